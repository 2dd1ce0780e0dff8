"""What all tests share: repeatable property tests, and no reading of this machine's own settings."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.engines import choose, is_left_out

if TYPE_CHECKING:
    from tests.databases import Schemas
    from tests.postgresql.server import Server

os.environ["TZ"] = "UTC"
for name in [name for name in os.environ if name.startswith("USAGEBILL_")]:
    del os.environ[name]

_settings = tempfile.TemporaryDirectory(prefix="usagebill-settings-")
os.environ["XDG_CONFIG_HOME"] = _settings.name

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background ignores Ctrl-C for them, and so would every process
    # that they start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--catalogue", choices=["sqlite", "postgresql"], default="sqlite")
    parser.addoption("--events", choices=["parquet", "clickhouse"], default="parquet")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite_only: looks into a SQLite file; left out on PostgreSQL")
    config.addinivalue_line("markers", "every_event_store: run on each engine of events")
    config.addinivalue_line("markers", "parquet_only: looks into a folder of segments; not on ClickHouse")
    config.addinivalue_line("markers", "needs_chdb: about ClickHouse; run with --events clickhouse")
    choose(config.getoption("--events"))
    if config.getoption("--catalogue") == "postgresql":
        # Tests that leave an engine to the garbage collector cost nothing on a file.
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = [item for item in items if is_left_out(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]
    if config.getoption("--catalogue") == "postgresql":
        left_out = [item for item in items if item.get_closest_marker("sqlite_only")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def postgresql() -> "Iterator[Server]":
    """A real server of our own; where there is none, the test is skipped, or fails if one is required."""
    from tests.postgresql.server import REQUIRED, programs, running

    if programs() is None:
        reason = "there is no PostgreSQL server here (Debian's package postgresql has one)"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every test work on the database that was chosen for the run."""
    if request.config.getoption("--catalogue") != "postgresql":
        yield
        return
    schemas = request.getfixturevalue("catalogue_schemas")
    yield
    schemas.give_back()


@pytest.fixture(autouse=True)
def _tables() -> Iterator[None]:
    """Remove the tables that a test made in ClickHouse's engine."""
    yield
    chdb = sys.modules.get("tests.eventstore.chdb_server")
    if chdb is not None:
        chdb.drop_databases()


@pytest.fixture(scope="session")
def server_schemas(postgresql: "Server") -> "Schemas":
    """The schemas of the server that stand for folders."""
    from tests.databases import Schemas

    return Schemas(postgresql)


@pytest.fixture(scope="session")
def catalogue_schemas(server_schemas: "Schemas") -> "Iterator[Schemas]":
    """Those schemas, worked on by every test of the run."""
    from tests.databases import working_on

    with working_on(server_schemas):
        yield server_schemas
