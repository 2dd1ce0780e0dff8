"""Events as Parquet segments in a bucket of object storage, with a cache on each machine. Experimental."""
