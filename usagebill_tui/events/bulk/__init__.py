"""Rows that a query engine reads by itself: whatever it cannot vouch for goes the way of every row."""
