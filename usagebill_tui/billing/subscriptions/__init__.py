"""Subscriptions that start, change, move and end, and what that does to what was billed."""
