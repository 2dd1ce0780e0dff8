"""The demo: a workspace filled with sample customers and a real trace, billed as of a fixed day."""
