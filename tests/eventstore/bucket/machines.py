"""Several machines, each with a cache of its own, on one catalogue and one prefix of a bucket."""

from pathlib import Path

from tests.eventstore.bucket.storage import BUCKET, Line
from tests.eventstore.stores import empty_database
from usagebill_tui.eventstore.bucket.address import read_address
from usagebill_tui.eventstore.bucket.objects import Objects
from usagebill_tui.eventstore.bucket.place import BucketPlace
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.store.engine import open_sqlite


class Machines:
    """Machines by name. The catalogue is a file that all of them open, as no two real ones could."""

    def __init__(self, folder: Path, line: Line, prefix: str) -> None:
        self.folder = folder
        self.line = line
        self.address = f"s3://{BUCKET}/{prefix}?endpoint=http://127.0.0.1:{line.port}&retries=1&timeout=20"
        self.objects = Objects(read_address(self.address))
        self._stores: list[ParquetEventStore] = []
        (folder / "catalogue.db").write_bytes(empty_database())

    def open(self, name: str, *, cache: int = 10**9) -> ParquetEventStore:
        """Return the store as a machine has it."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        engine = open_sqlite(self.folder / "catalogue.db")
        place = BucketPlace(engine, Objects(read_address(self.address)), folder, cache)
        self._stores.append(ParquetEventStore(engine, folder, place))
        return self._stores[-1]

    def cached(self, name: str) -> set[str]:
        """Return the segments in a machine's cache."""
        return {path.name for path in (self.folder / name).glob("*.parquet")}

    def kept(self) -> set[str]:
        """Return the names of all objects."""
        return set(self.objects.names())

    def put(self, name: str, content: bytes) -> None:
        """Put another content in the place of an object, as no usagebill does."""
        self.objects.delete([name])
        assert self.objects.claim(name, content)

    def close(self) -> None:
        """Let go of all stores."""
        for store in self._stores:
            store.close()
            store.engine.dispose()
