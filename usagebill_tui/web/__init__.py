"""The interface in a browser on this machine: a page of our own, and nobody else's."""
