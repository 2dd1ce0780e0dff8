"""Reports over what was used and billed: each a table, whatever shows or writes it."""
