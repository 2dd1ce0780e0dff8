import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from usagebill_tui.domain.properties import Value
from usagebill_tui.events.content import content_of
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.readers.json_values import decode
from usagebill_tui.events.types import Event, Options, Record

_BASE = {"account": "a", "metric": "m", "timestamp": "2026-10-01"}
_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.decimals(-1_000, 1_000, places=3)
)
_TREES = st.recursive(
    _LEAVES, lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=4), max_leaves=8
)


def _content(row: Mapping[str, Any]) -> str:
    event = Normaliser(Options()).normalise(Record(1, "", row))
    assert isinstance(event, Event)
    return event.content


def _json_content(properties: str) -> str:
    return _content({**_BASE, "properties": decode(properties)})


def test_the_text_behind_the_digest_never_changes() -> None:
    properties = {
        "n": Value(Decimal("1E-7")),
        "b": Value(Decimal(5), "5"),
        "j": Value(json="[1]"),
    }
    text = "1:s2:ac5:calls1700000000000000|1:bt1:5|1:jj3:[1]|1:nn0.0000001"
    content = content_of("s", "ac", "calls", 1_700_000_000_000_000, properties)
    assert content == hashlib.sha256(text.encode()).hexdigest()[:32]


@pytest.mark.parametrize("spelling", ["1.5", "1.50", "15e-1", "0.15E+1", "1.500000000000000000000"])
def test_the_spelling_of_a_number_does_not_matter(spelling: str) -> None:
    assert _json_content(f'{{"x":{spelling}}}') == _json_content('{"x":1.5}')
    assert _json_content(f'{{"x":[{spelling}]}}') == _json_content('{"x":[1.5]}')


def test_there_is_one_zero() -> None:
    assert _json_content('{"x":-0.0}') == _json_content('{"x":0}') == _json_content('{"x":0e5}')


def test_large_numbers_likewise() -> None:
    assert _json_content('{"x":1e30}') == _json_content('{"x":1' + "0" * 30 + "}")


def test_a_cell_and_a_json_number_are_the_same_and_a_json_text_is_another() -> None:
    cells = Normaliser(Options(), (*_BASE, "x")).normalise(Record(1, "", {**_BASE, "x": "374"}))
    assert isinstance(cells, Event)
    assert cells.content == _json_content('{"x":374}')
    assert cells.content != _json_content('{"x":"374"}')


def test_the_id_is_no_content() -> None:
    assert _content({**_BASE, "id": "1"}) == _content({**_BASE, "id": "2"}) == _content(_BASE)


@pytest.mark.parametrize(
    "other",
    [
        {"account": "am", "metric": ""},
        {"account": "b"},
        {"metric": "m2"},
        {"source": "s"},
        {"timestamp": "2026-10-01T00:00:00.000001"},
        {"x": True},
        {"x": "true"},
        {"x": 1},
        {"x": "1"},
        {"x": []},
        {"x": {}},
        {"x": [1]},
        {"x": ["1"]},
        {"x.y": 1},
        {"x": {"y": 1}},
        {"x": "|1:yt1:1"},
    ],
)
def test_different_events_differ(other: dict[str, Any]) -> None:
    if other.get("metric") == "":
        assert content_of("", "a", "m", 0, {}) != content_of("", "am", "", 0, {})
    else:
        assert _content({**_BASE, **other}) != _content(_BASE)
    rest = {"x": 2, "y": 3}
    assert _content({**_BASE, **rest, **other} if other.get("metric") != "" else _BASE) != _content(
        {**_BASE, **rest}
    )


@settings(max_examples=50)
@given(st.dictionaries(st.text(max_size=3), _TREES, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(properties: dict[str, Any], random: Any) -> None:
    def shuffled(value: object) -> object:
        if not isinstance(value, dict):
            return value
        items = list(value.items())
        random.shuffle(items)
        return {key: shuffled(inner) for key, inner in items}

    one = {**_BASE, "properties": properties, "list": [properties]}
    assert _content(one) == _content(
        {**_BASE, "list": [shuffled(properties)], "properties": shuffled(properties)}
    )
