"""Addresses of servers: URLs in which names of environment variables stand for secrets."""

import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote, unquote

from usagebill_tui.errors import InvalidInput, Refused

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_KEYS = re.compile(r"(?i)passw|secret|token|apikey|api_key|access_key")


def is_address(text: str) -> bool:
    """Tell whether a text names a server, or a variable that does, and not a file."""
    return "://" in text or _VARIABLE.fullmatch(text) is not None


def check_no_secret(address: str, what: str) -> None:
    """Raise Refused where an address spells a password out, which would then be stored."""
    mend = "write a variable's name for it, as in ada:${PGPASSWORD}@host, and set that variable"
    user, _, query = _parts(address)
    password = user.partition(":")[2]
    spelt = [value for key, value in parse_qsl(query) if _SECRET_KEYS.search(key)]
    if any(value and _VARIABLE.fullmatch(unquote(value)) is None for value in (password, *spelt)):
        raise Refused(f"the {what}'s address holds a password", where=shown(address), mend=mend)


def filled(address: str, what: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return an address with its variables' values, to connect by and never to show.

    Raises InvalidInput, naming the variable, where one is not set.
    """

    def value(name: str) -> str:
        if name not in environment:
            mend = f"set it, as in: export {name}=…"
            where = f"{what} {shown(address)}"
            raise InvalidInput(f"the environment variable {name} is not set", where=where, mend=mend)
        return environment[name]

    whole = _VARIABLE.fullmatch(address)
    if whole is not None:
        return value(whole[1])
    scheme, slashes, _ = address.partition("://")
    user, host, query = _parts(address)
    in_user = _replaced(user, lambda name: quote(value(name), safe=""))
    in_query = _replaced(query, lambda name: quote(value(name), safe=""))
    text = f"{scheme}{slashes}{in_user}{'@' if user else ''}{_replaced(host, value)}"
    return f"{text}?{in_query}" if query else text


def shown(address: str) -> str:
    """Return an address as it may be shown: with its variables' names, without any password."""
    if "://" not in address:
        return address
    scheme, slashes, _ = address.partition("://")
    user, host, query = _parts(address)
    name, colon, password = user.partition(":")
    kept = password if _VARIABLE.fullmatch(password) is not None else "…"
    text = f"{scheme}{slashes}{name}{colon}{kept if colon else ''}{'@' if user else ''}{host}"
    pairs = [_masked(pair) for pair in query.split("&")] if query else []
    return f"{text}?{'&'.join(pairs)}" if pairs else text


def _masked(pair: str) -> str:
    key, equals, value = pair.partition("=")
    secret = _SECRET_KEYS.search(key) is not None and _VARIABLE.fullmatch(unquote(value)) is None
    return f"{key}{equals}{'…' if secret else value}"


def _parts(address: str) -> tuple[str, str, str]:
    """Return user and password, host and what is there, and the options of an address."""
    rest, _, query = address.partition("://")[2].partition("?")
    front, slash, path = rest.partition("/")
    # A password that was not encoded may hold whatever it likes.
    if "@" in path:
        front, slash, path = rest, "", ""
    user, _, host = front.rpartition("@")
    return user, f"{host}{slash}{path}", query


def _replaced(text: str, value: Callable[[str], str]) -> str:
    return _VARIABLE.sub(lambda found: value(found[1]), text)
