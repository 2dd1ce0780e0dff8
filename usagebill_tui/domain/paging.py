"""Pages of long lists: what is asked for, and what is found."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` rows from `offset` of those that hold `text`, sorted by a column (None: as the list is).

    What is archived is among them only where that is asked for.
    """

    text: str = ""
    sort: str | None = None
    descending: bool = False
    offset: int = 0
    limit: int = 200
    archived: bool = False


class PageFound(NamedTuple, Generic[T]):
    """The rows of a page, how many match the text, and how many there are at all."""

    rows: Sequence[T]
    matching: int
    total: int
