"""A real usage trace; where it is from stands in tests/data/README.md."""

from decimal import Decimal
from pathlib import Path

from usagebill_tui.domain.properties import Value
from usagebill_tui.events.reading import read_events
from usagebill_tui.events.source import file_source
from usagebill_tui.events.types import Event, Options

_FILE = Path(__file__).parent.parent / "data" / "azure_llm_conv_head.csv"


def _events(options: Options) -> list[Event]:
    chunks = list(read_events(file_source(_FILE), options))
    assert not any(chunk.rejects for chunk in chunks)
    assert sum(chunk.rounded for chunk in chunks) == 0
    return [event for chunk in chunks for event in chunk.events]


def test_a_trace_without_account_and_metric() -> None:
    options = Options(map={"timestamp": "TIMESTAMP"}, set={"account": "acme", "metric": "llm"})
    events = _events(options)
    assert len(events) == 200
    first = events[0]
    assert (first.line, first.id, first.account, first.metric) == (2, None, "acme", "llm")
    assert first.timestamp == 1_700_158_546_680_590  # 18:15:46.6805900
    assert first.properties == {"ContextTokens": Value(Decimal(374)), "GeneratedTokens": Value(Decimal(44))}
    assert len({event.content for event in events}) == 200


def test_its_sums_are_those_of_the_file() -> None:
    options = Options(map={"timestamp": "TIMESTAMP"}, set={"account": "acme", "metric": "llm"})
    rows = [line.split(",") for line in _FILE.read_text(encoding="utf-8").splitlines()[1:]]
    for place, column in ((1, "ContextTokens"), (2, "GeneratedTokens")):
        found = sum(event.properties[column].number or 0 for event in _events(options))
        assert found == sum(int(row[place]) for row in rows)
