"""Whether what is stored is still what it was, and computes to the same again."""
