"""Conditions as they are typed in a form: `region = eu, uk; tier = gold`."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.tui.forms.field import Field, conditions, conditions_text

FIELD = Field(key="when", title="When", kind="conditions")


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("region=eu", {"region": "eu"}),
        ("region = eu , uk;tier = gold ;", {"region": ["eu", "uk"], "tier": "gold"}),
        ('"a.b" = "x; y", z', {'"a.b"': ["x; y", "z"]}),
        ('"a=b".c = "say ""hi"""', {'"a=b".c': 'say "hi"'}),
        ('empty = ""', {"empty": ""}),
        ("size = 1.50", {"size": "1.50"}),
        ("eq = a=b", {"eq": "a=b"}),
    ],
)
def test_what_is_typed_is_read(text: str, table: dict[str, Any]) -> None:
    assert FIELD.problem(text) is None
    assert FIELD.value(text) == table


@pytest.mark.parametrize("text", ["region", "region =", "= eu", ";", "a = 1; a = 2", "region eu; x = 1"])
def test_what_cannot_be_read_is_said(text: str) -> None:
    assert FIELD.problem(text) == "write it like region = eu, uk; tier = gold"


WORDS = st.text("ab ,;=\"'é\n1.", max_size=6)


@given(
    st.dictionaries(
        st.sampled_from(["r", "usage.output", '"a;b"', '"x=y".z']),
        st.one_of(WORDS, st.lists(WORDS, min_size=2, max_size=3)),
        min_size=1,
    )
)
def test_what_is_shown_reads_back(table: dict[str, Any]) -> None:
    assert conditions(conditions_text(table)) == table
