"""Event files on their way in: read, checked, stored as one batch or not at all; and folders watched."""
