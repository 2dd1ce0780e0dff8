"""Column types that keep values exact, unambiguous and in one order in every database."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that every database orders, compares and folds the same: by its bytes, ASCII's case only."""

_ESCAPE, _NUL = "\U000f0000", "\U000f0001"
"""Characters that nobody uses: one for NUL, one before either where somebody did use it."""

_ESCAPED = re.compile(f"{_ESCAPE}(.)|{_NUL}", re.DOTALL)


def word(most: int) -> TypeEngine[str]:
    """Return the type of a short text of at most so many characters, ordered as `TEXT` is."""
    return String(most).with_variant(String(most, collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An instant with microseconds: aware UTC in Python, naive UTC in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware datetime into naive UTC."""
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn naive UTC into an aware datetime."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class Verbatim(TypeDecorator[str]):
    """Foreign text to the letter, NUL characters too, which PostgreSQL's own texts cannot hold."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that `TEXT` is in a database."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what writes a value; where the database takes any text, nothing."""
        return _escaped if dialect.name == "postgresql" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Return what reads a value back."""
        del coltype
        return _unescaped if dialect.name == "postgresql" else None


def _escaped(value: str | None) -> str | None:
    if value is None or (value.isascii() and "\0" not in value):
        return value
    plain = value.replace(_ESCAPE, _ESCAPE * 2).replace(_NUL, f"{_ESCAPE}{_NUL}")
    return plain.replace("\0", _NUL)


def _unescaped(value: str | None) -> str | None:
    if value is None or value.isascii():
        return value
    return _ESCAPED.sub(lambda found: found[1] or "\0", value)
