"""What stands in front of a screen and gives an answer."""
