"""What PostgreSQL's failures say to people: one line each, by the codes of the SQL standard."""

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from usagebill_tui.errors import InvalidInput, StorageFailed, UsagebillError
from usagebill_tui.store.postgresql.opening import place_of, schema_of

_UNREACHABLE = "start the server, or mend the address, the network or the firewall between"
_AGAIN = "try again"
_MENDS = {
    "28": "check the user and its password, and what pg_hba.conf lets in",
    "3D000": "create the database, or mend the address",
    "3F000": "create the workspace again, or join it: usagebill workspaces create NAME --database … --join",
    "42P01": "restore the schema from a backup",
    "42501": "let the user have the rights that docs/postgresql.md names",
    "25006": "connect to the server that takes writes, not to its copy",
    "40": _AGAIN,
    "53": "let the server have more connections, memory or disk",
    "54000": "shorten the longest name in it",
    "55P03": "another usagebill is writing; try again when it is done",
    "57": _AGAIN,
    "58": "look into the server's log",
    "XX": "look into the server's log",
}
"""How to mend it, by the code or its class (its first two characters)."""

_PASSING = ("40001", "40P01", "57P01", "57P02", "57P03", "53300")


def told(error: DBAPIError, engine: Engine) -> UsagebillError | None:
    """Return a failure as one clear line; None for a fault of the statement itself."""
    code = code_of(error)
    where = place_of(engine)
    if error.connection_invalidated or is_unreachable(error):
        reached = "the connection was lost; nothing was changed" if code or _was_open(error) else None
        what = reached or f"cannot be reached: {_words(error)}"
        mend = _MENDS.get(code, _MENDS.get(code[:2], _UNREACHABLE)) if code else _mend(error, reached)
        return StorageFailed(what, where=where, mend=mend)
    if "NUL (0x00)" in str(error.orig):
        return InvalidInput("a text holds a NUL character", where=where, mend="take it out of the text")
    mend = _MENDS.get(code) or _MENDS.get(code[:2], "")
    if not mend:
        return None
    return StorageFailed(f"{_words(error)}; nothing was changed", where=where, mend=mend)


def not_there(engine: Engine) -> StorageFailed:
    """Return the error for a schema that does not exist or is empty."""
    what = f"there is no workspace in the schema {schema_of(engine)}"
    return StorageFailed(what, where=place_of(engine), mend=_MENDS["3F000"])


def is_passing(error: DBAPIError) -> bool:
    """Tell whether the same may work in a moment: the server starts, is full, or hung up."""
    words = str(error.orig)
    told_so = any(word in words for word in ("starting up", "shutting down", "too many"))
    return error.connection_invalidated or code_of(error) in _PASSING or (not code_of(error) and told_so)


def is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection is gone, so that nobody knows what the server did last."""
    return error.connection_invalidated or code_of(error) in {"57P01", "57P02", "57P03"}


def is_unreachable(error: DBAPIError) -> bool:
    """Tell whether there never was a connection."""
    return not code_of(error) and "connection" in str(error.orig) and not _was_open(error)


def code_of(error: DBAPIError) -> str:
    """Return the five characters of the SQL standard's code, empty where the server gave none."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def _was_open(error: DBAPIError) -> bool:
    words = str(error.orig)
    return "connection is closed" in words or "consuming input" in words or "server closed" in words


def _mend(error: DBAPIError, reached: str | None) -> str:
    words = str(error.orig)
    by_words = {
        "password": _MENDS["28"],
        "pg_hba": _MENDS["28"],
        "authentication": _MENDS["28"],
        "role ": _MENDS["28"],
        "database ": _MENDS["3D000"],
        "too many": _MENDS["53"],
    }
    found = next((mend for word, mend in by_words.items() if word in words and "FATAL" in words), None)
    return found or (_AGAIN if reached else _UNREACHABLE)


def _words(error: DBAPIError) -> str:
    """Return the server's own words: of several lines the last that says what it is."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL:" in line]
    line = (fatal or lines or ["it does not answer"])[0]
    return line.rpartition("FATAL:")[2].rpartition("failed: ")[2].strip()
