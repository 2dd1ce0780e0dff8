"""Events in immutable Parquet segments that the manifest lists, with DuckDB as the query engine."""
