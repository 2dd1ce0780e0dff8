"""A ClickHouse server: statements go there, rows come back. The driver is imported here and in `dialect`."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.clickhouse.address import Address
from usagebill_tui.eventstore.clickhouse.failures import is_passing, translated

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from clickhouse_connect.driver.external import ExternalData

_T = TypeVar("_T")
Row = tuple[Any, ...]

OLDEST = (25, 3)
"""ClickHouse 25.3: joins on conditions other than equality are ready for use there."""
ATTEMPTS = 4
"""How often a request is sent that meets a lost connection or a busy server."""
_PAUSES = (0.2, 1.0, 3.0)
SETTINGS: Mapping[str, str | int] = {
    "output_format_decimal_trailing_zeros": 0,
    "join_use_nulls": 1,
    "count_distinct_implementation": "uniqExact",
    "select_sequential_consistency": 1,
    "distributed_foreground_insert": 1,
    "insert_quorum": "auto",
    "insert_quorum_parallel": 0,
    "max_partitions_per_insert_block": 0,
    "max_query_size": 1 << 24,
    "prefer_localhost_replica": 1,
}
"""What exactness and reading one's own writes rest on; the quorum concerns replicated tables alone."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A table that a statement brings along: its name, its columns with their types, and its rows."""

    name: str
    structure: str
    data: bytes
    format: str = "JSONCompactEachRow"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """SQL with marks like `%(name)s`, the values for them, and the tables that it brings along.

    `format` is that of what is fetched as a file.
    """

    sql: str
    parameters: Mapping[str, Any] = {}
    given: Sequence[Given] = ()
    format: str = "Parquet"


def given_rows(name: str, structure: str, rows: Sequence[Sequence[Any]]) -> Given:
    """Return a table of rows of texts and whole numbers."""
    return Given(name=name, structure=structure, data=msgspec.json.Encoder().encode_lines(rows))


class Server:
    """A database of a ClickHouse server, connected to when it is first asked."""

    def __init__(self, address: Address, pause: Callable[[float], None] = time.sleep) -> None:
        self.address = address
        self.place = address.place
        self.pause = pause
        self._lock = threading.Lock()
        self._client: Client | None = None

    @property
    def version(self) -> str:
        """Return the server's version."""
        with translated(self.place):
            return str(self._connected().server_version)

    def rows(self, statement: Statement) -> list[Row]:
        """Return all rows of a statement."""
        return self._patiently(lambda: self._rows(statement))

    def value(self, statement: Statement) -> Any:
        """Return the first value of the first row of a statement, None where there is none."""
        found = self.rows(statement)
        return found[0][0] if found else None

    def stream(self, statement: Statement, size: int) -> Iterator[list[Row]]:
        """Yield the rows of a statement as they come, at most `size` at a time."""
        with translated(self.place), self._streamed(statement) as blocks:
            for block in blocks:
                rows = iter(block)
                while part := list(islice(rows, size)):
                    yield [tuple(row) for row in part]

    def fetch(self, statement: Statement, path: Path) -> None:
        """Write the rows of a statement to a file."""
        self._patiently(lambda: self._fetch(statement, path))

    def run(
        self,
        sql: str,
        settings: Mapping[str, str | int] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        """Run a statement that returns nothing; it is sent once."""
        with translated(self.place):
            self._connected().command(sql, parameters=dict(parameters or {}), settings=dict(settings or {}))

    def insert(self, table: str, columns: Sequence[str], path: Path, token: str) -> None:
        """Send a Parquet file's rows; sent again under one token, what arrived before is not stored twice."""
        self._patiently(lambda: self._insert(table, columns, path, token))

    def close(self) -> None:
        """Let go of the connections; the next statement makes others."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _rows(self, statement: Statement) -> list[Row]:
        found = self._connected().query(
            statement.sql,
            parameters=dict(statement.parameters),
            external_data=_external(statement.given),
        )
        return [tuple(row) for row in found.result_rows]

    def _streamed(self, statement: Statement) -> Any:
        return self._connected().query_row_block_stream(
            statement.sql,
            parameters=dict(statement.parameters),
            external_data=_external(statement.given),
        )

    def _fetch(self, statement: Statement, path: Path) -> None:
        stream: Any = self._connected().raw_stream(
            statement.sql,
            parameters=dict(statement.parameters),
            fmt=statement.format,
            # What fails half-way is then told of as an error, and not as the end of a file.
            settings={"wait_end_of_query": 1},
            external_data=_external(statement.given),
        )
        with path.open("wb") as file:
            while part := stream.read(1 << 20):
                file.write(part)
        stream.close()

    def _insert(self, table: str, columns: Sequence[str], path: Path, token: str) -> None:
        settings: dict[str, Any] = {
            "insert_deduplication_token": token,
            "insert_deduplicate": 1,
            "max_insert_threads": 1,
            "input_format_parquet_preserve_order": 1,
        }
        with path.open("rb") as file:
            self._connected().raw_insert(
                table, list(columns), insert_block=file, settings=settings, fmt="Parquet", compression=None
            )

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """Do it again, after a pause, where the connection was lost or the server is busy."""
        for pause in _PAUSES[: ATTEMPTS - 1]:
            try:
                with translated(self.place):
                    return work()
            except StorageFailed as error:
                if error.__cause__ is None or not is_passing(error.__cause__):  # type: ignore[arg-type] # an error's
                    raise
            self.pause(pause)
        with translated(self.place):
            return work()

    def _connected(self) -> "Client":
        with self._lock:
            if self._client is None:
                client = self._connect()
                _check_version(client, self.place)
                self._client = client
            return self._client

    def _connect(self) -> "Client":
        import clickhouse_connect

        address = self.address
        return clickhouse_connect.get_client(
            interface="https" if address.secure else "http",
            host=address.host,
            port=address.port,
            username=address.user,
            password=address.password,
            database=address.database or None,
            verify=address.verify,
            ca_cert=address.ca_cert,
            connect_timeout=address.connect_timeout,
            send_receive_timeout=address.timeout,
            client_name="usagebill",
            autogenerate_session_id=False,
            query_retries=0,
            settings=dict(SETTINGS),
        )


def _external(given: Sequence[Given]) -> "ExternalData | None":
    if not given:
        return None
    from clickhouse_connect.driver.external import ExternalData

    tables = ExternalData()
    for one in given:
        tables.add_file(file_name=one.name, data=one.data, fmt=one.format, structure=one.structure)
    return tables


def _check_version(client: "Client", place: str) -> None:
    """Raise StorageFailed for a server that lacks what the statements use."""
    version = str(client.server_version)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST:
        wanted = ".".join(str(part) for part in OLDEST)
        client.close()
        raise StorageFailed(f"is version {version}", where=place, mend=f"use ClickHouse {wanted} or newer")
