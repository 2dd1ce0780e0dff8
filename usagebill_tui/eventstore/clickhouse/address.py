"""Where a ClickHouse server is: `clickhouse://user:password@host:port/database?secure=true`."""

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from usagebill_tui.errors import InvalidInput

_MEND = "write clickhouse://user:${CLICKHOUSE_PASSWORD}@host:8123/database"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_PORT, _SECURE_PORT = 8123, 8443
_ANSWER, _CONNECT = 300, 10
OPTIONS = ("secure", "verify", "ca_cert", "timeout", "connect_timeout")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A database of a server, reached over HTTP. Timeouts are in seconds; it holds a password."""

    host: str
    port: int
    database: str
    user: str = "default"
    password: str = ""
    secure: bool = False
    verify: bool = True
    ca_cert: str | None = None
    timeout: int = _ANSWER
    connect_timeout: int = _CONNECT

    @property
    def place(self) -> str:
        """Return where the events lie, for messages: no user, no password."""
        return f"ClickHouse {self.host}:{self.port}/{self.database}"


def read_address(text: str) -> Address:
    """Read an address; raises InvalidInput, showing nothing that might be a password, for any other text."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise InvalidInput("the event store's address cannot be read", mend=_MEND) from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = [name for name in options if name not in OPTIONS]
    if unknown:
        known = ", ".join(OPTIONS)
        raise InvalidInput(
            f"the event store's address has an unknown option {unknown[0]!r}", mend=f"use {known}"
        )
    secure = _flag(options, "secure", usual=parts.scheme.endswith("+https"))
    return Address(
        host=parts.hostname or "localhost",
        port=port or (_SECURE_PORT if secure else _PORT),
        database=_database(unquote(parts.path)),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or ""),
        secure=secure,
        verify=_flag(options, "verify", usual=True),
        ca_cert=options.get("ca_cert"),
        timeout=_seconds(options, "timeout", _ANSWER),
        connect_timeout=_seconds(options, "connect_timeout", _CONNECT),
    )


def check_name(name: str, what: str) -> str:
    """Return a name of a database or cluster; raises InvalidInput for one that would have to be quoted."""
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{name!r} is no name for a {what}", mend="use letters, digits, _ and -, a letter first"
        )
    return name


def _database(path: str) -> str:
    name = path.strip("/")
    if not name:
        raise InvalidInput("the event store's address names no database", mend=_MEND)
    return check_name(name, "database")


def _flag(options: dict[str, str], name: str, *, usual: bool) -> bool:
    text = options.get(name)
    if text is None:
        return usual
    if text.lower() not in _YES:
        raise InvalidInput(f"{name}={text} in the event store's address", mend=f"write {name}=true or false")
    return _YES[text.lower()]


def _seconds(options: dict[str, str], name: str, usual: int) -> int:
    text = options.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise InvalidInput(f"{name}={text} in the event store's address", mend=f"write {name}=60: seconds")
    return int(text)
