"""What a ClickHouse server's failures say to people: one line each, by the server's own error codes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from usagebill_tui.errors import StorageFailed
from usagebill_tui.eventstore.parquet.files import MEND_DISK

_UNREACHABLE = "start the server, or mend the address, the network or the firewall between"
_RIGHTS = "let the user have the rights that docs/clickhouse.md names"
_TABLES = "make its tables: usagebill workspaces create NAME --event-store …, or restore them from a backup"
_SPACE = "free some space on the server's disk and try again"
_MEMORY = "let the server have more memory (max_memory_usage), or ask about fewer customers at once"
_PASSING = (202, 209, 210, 225, 242, 279, 285, 286, 289, 319, 999)
"""Too many queries at once, networks, replicas that lag or are too few, inserts of unknown fate, Keeper."""
_MENDS = {
    **dict.fromkeys((192, 193, 194, 516), "check the user and its password"),
    81: _TABLES,
    60: _TABLES,
    47: "its tables are not those of this usagebill: restore them from a backup",
    164: _RIGHTS,
    497: _RIGHTS,
    241: _MEMORY,
    243: _SPACE,
    159: "ask about fewer customers or a shorter time, or give the address a longer ?timeout=",
    **dict.fromkeys(_PASSING, "try again once the server, its replicas and its Keeper are well"),
    701: "name a cluster of the server: SELECT DISTINCT cluster FROM system.clusters",
}
"""How to mend it, by the code of the server's error."""
_NOISE = re.compile(r"\s*\((?:version|for url) .*$|\.?\s*Stack trace:.*$")
_MOST = 300


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turn the failures of a server, and of the way to it, into one clear line."""
    from clickhouse_connect.driver.exceptions import ClickHouseError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClickHouseError as error:
        raise (_unreachable if _is_of_the_way(error) else _told)(error, place) from error
    except (HTTPError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            # A file of this machine, not the way to the server.
            what = f"cannot be read or written: {error.strerror}"
            raise StorageFailed(what, where=str(error.filename), mend=MEND_DISK) from error
        raise _unreachable(error, place) from error


def _told(error: Exception, place: str) -> StorageFailed:
    mend = _MENDS.get(getattr(error, "code", 0), "look into the server's log")
    return StorageFailed(_words(error), where=place, mend=mend)


def _unreachable(error: BaseException, place: str) -> StorageFailed:
    """Return the line for a connection that failed, by what lies at the bottom of it."""
    said = str(error)
    while (below := error.__cause__ or error.__context__) is not None:
        error, said = below, f"{said} {below}"
    if "timed out" in said or isinstance(error, TimeoutError):
        what, mend = "did not answer in time", "try again, or give the address a longer ?timeout="
    elif isinstance(error, OSError) and error.strerror and not isinstance(error, ConnectionResetError):
        what, mend = f"cannot be reached: {error.strerror}", _UNREACHABLE
    else:
        what, mend = "cannot be reached: the connection was lost", _UNREACHABLE
    return StorageFailed(what, where=place, mend=mend)


def is_passing(error: Exception) -> bool:
    """Tell whether the same may work in a moment: a lost connection, a server that is busy or starts."""
    return _is_of_the_way(error) or getattr(error, "code", None) in _PASSING


def _is_of_the_way(error: Exception) -> bool:
    """Tell whether neither the server nor the driver refused something: the way to the server failed."""
    from clickhouse_connect.driver.exceptions import NotSupportedError, ProgrammingError

    if isinstance(error, ProgrammingError | NotSupportedError):
        return False
    return getattr(error, "code", None) is None


def _words(error: Exception) -> str:
    """Return what the server says, in one line, without what leads up to it."""
    said = " ".join(str(error).split()) or type(error).__name__
    line = _NOISE.sub("", said.rpartition("DB::Exception: ")[2]).rstrip(". ")
    return line if len(line) <= _MOST else f"{line[:_MOST]} …"
