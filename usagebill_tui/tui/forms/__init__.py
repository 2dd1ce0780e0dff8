"""Forms, made from declarations: what a value may be, and the rows in which it is typed."""
