"""What passes between reading a file, normalising its rows and storing them."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from usagebill_tui.domain.event import Chunk, Event, Reject

__all__ = ["FIELDS", "Chunk", "Event", "Options", "Record", "Reject", "TimeUnit"]

FIELDS = ("id", "source", "account", "metric", "timestamp", "properties")
"""The fields of an event, as `--map` and `--set` name them."""


TimeUnit = Literal["s", "ms", "us", "ns"]
"""Seconds, milliseconds, microseconds or nanoseconds since 1970 UTC."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How rows become events.

    `map` names the column (or path) of a field, `set` fixes a field's value; `timezone` reads times without
    an offset; `time_unit` reads numeric times; `id_from` lists the columns that make the id.
    """

    input_format: str | None = None
    map: Mapping[str, str] = {}
    set: Mapping[str, str] = {}
    timezone: str = "UTC"
    time_unit: TimeUnit | None = None
    id_from: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row as a reader found it: `fields` by column or key, or the `error` that kept it from being read.

    `line` counts from 1 (for a JSON array: the element's place); `raw` is the row's own text.
    """

    line: int
    raw: str
    fields: Mapping[str, Any] | None
    error: str | None = None
