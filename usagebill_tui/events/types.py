"""What passes between reading a file, normalising its rows and storing them."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from usagebill_tui.domain.event import Chunk, Event, Reject
from usagebill_tui.domain.reading import Record

__all__ = ["FIELDS", "Chunk", "Event", "Options", "Record", "Reject", "Resolution", "TimeUnit"]

FIELDS = ("id", "source", "account", "metric", "timestamp", "properties")
"""The fields of an event, as `--map` and `--set` name them."""


TimeUnit = Literal["s", "ms", "us", "ns"]
"""Seconds, milliseconds, microseconds or nanoseconds since 1970 UTC."""


Resolution = Literal["reject", "earlier", "later"]
"""What to do with a local time that stands for no instant or for two: nothing, or take one of the two.

A time that was skipped also has two: by the offset after the change (earlier) and by that before (later).
"""


class Options(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How rows become events.

    `input_format` names a format, a shape, or both (`csv:lago`). `encoding` is that of text, `delimiter` and
    `quote` (empty: there are no quotes) those of CSV. `map` names the column (or path) of a field, `set`
    fixes a field's value; `timezone` reads times without an offset, `ambiguous_time` and `nonexistent_time`
    those that a change of clocks shows twice or skips; `time_unit` reads numeric times; `id_from` lists the
    columns that make the id.
    """

    input_format: str | None = None
    encoding: str = "utf-8"
    delimiter: str | None = None
    quote: str | None = None
    map: Mapping[str, str] = {}
    set: Mapping[str, str] = {}
    timezone: str = "UTC"
    time_unit: TimeUnit | None = None
    ambiguous_time: Resolution = "reject"
    nonexistent_time: Resolution = "reject"
    id_from: tuple[str, ...] = ()
