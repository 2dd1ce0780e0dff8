"""Catalogue, manifest of events and ledger in a relational database, through SQLAlchemy."""
