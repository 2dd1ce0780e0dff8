"""What billing means: frozen values and pure functions. No database, no file, no screen, no clock."""
