"""What is PostgreSQL's own: how it is opened, whose turn it is to write, and what its failures say."""
