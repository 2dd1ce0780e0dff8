import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagebill_tui.domain.properties import Value, path_of


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        (("region",), "region"),
        (("usage", "output"), "usage.output"),
        (("a.b",), '"a.b"'),
        (("a.b", "c"), '"a.b".c'),
        (("usage", ""), 'usage.""'),
        (('say "hi"',), r'"say \"hi\""'),
        (('back\\"slash',), r'"back\\\"slash"'),
        (("größe", "n o"), "größe.n o"),
    ],
)
def test_a_key_is_quoted_where_it_must_be(keys: tuple[str, ...], path: str) -> None:
    assert path_of(keys) == path


@given(st.lists(st.text(st.sampled_from('ab."\\ é'), max_size=4), min_size=1, max_size=4))
def test_a_path_names_its_keys_and_no_others(keys: list[str]) -> None:
    parts = re.findall(r'(?:^|(?<=\.))("(?:[^"\\]|\\.)*"|[^."]+)(?:\.|$)', path_of(tuple(keys)))
    assert [json.loads(part) if part.startswith('"') else part for part in parts] == keys


def test_values_are_compared_in_their_plain_text() -> None:
    assert Value(number=Decimal("1.50")).as_text() == "1.5"
    assert Value(number=Decimal("1E+3")).as_text() == "1000"
    assert Value(number=Decimal("1.5"), text="1.50").as_text() == "1.50"
    assert Value(text="").as_text() == ""
    assert Value(json="true").as_text() == "true"
