"""The terminal interface. Everything it shows and does, the command line shows and does too."""
