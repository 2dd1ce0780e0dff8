"""What was used: measured, compared, explained, and whose it is."""
