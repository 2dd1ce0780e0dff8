"""Pages of the long lists, asked of the database by its indexes: one file a noun."""
