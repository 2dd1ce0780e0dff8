"""The demo's files: its catalogue, its invented events month by month, and a real trace."""

import gzip
import io
from datetime import datetime
from importlib.resources import files

from usagebill_tui.demo.events import json_lines, sample_events
from usagebill_tui.domain.periods import rfc3339
from usagebill_tui.events.source import Source

CATALOGUE = "catalogue.toml"
TRACE = "azure_llm_conv.csv"


def catalogue_text() -> str:
    """Return the catalogue file of the demo."""
    return _data(CATALOGUE).decode()


def trace_bytes() -> bytes:
    """Return 3,000 requests to a language-model service as CSV; see data/ATTRIBUTION.md."""
    return gzip.decompress(_data(f"{TRACE}.gz"))


def trace_source() -> Source:
    """Return the trace as a file to import."""
    return _source(TRACE, trace_bytes())


def event_sources(delivered: datetime) -> tuple[Source, Source]:
    """Return the events before an instant and the rest, as two files to import."""
    events = sample_events()
    moment = rfc3339(delivered)
    before = [event for event in events if event.timestamp < moment]
    after = [event for event in events if event.timestamp >= moment]
    return (
        _source("events-2023-10.jsonl", json_lines(before)),
        _source("events-2023-11.jsonl", json_lines(after)),
    )


def _source(name: str, content: bytes) -> Source:
    return Source(name, lambda: io.BytesIO(content))


def _data(name: str) -> bytes:
    return files("usagebill_tui.demo").joinpath("data", name).read_bytes()
