"""What billing means, written a second time and as plainly as possible, to compare the real thing with."""
