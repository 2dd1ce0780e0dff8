"""Files of several shapes, and rows that might be of more than one."""

import pytest

from tests.events.shapes import (
    test_shape_cloudevents,
    test_shape_lago,
    test_shape_meteroid,
    test_shape_orb,
    test_shape_stripe,
    test_shape_usagebill,
)
from tests.events.shapes.reading import Row, lines, read, table
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.types import Options

LAGO, METEROID, ORB, STRIPE = (
    test_shape_lago.ROW,
    test_shape_meteroid.ROW,
    test_shape_orb.ROW,
    test_shape_stripe.ROW,
)
OWN, CLOUD = test_shape_usagebill.ROW, test_shape_cloudevents.ROW
# The code and both customers: an event of Lago's or of Meteroid's, for different accounts.
UNCLEAR = {
    "code": "storage",
    "external_customer_id": "one",
    "customer_id": "other",
    "timestamp": "2026-10-01T12:30:00Z",
}
TWO_IDS = {**ORB, "event_id": "event-1"}


def test_a_mixed_file_is_read_row_by_row() -> None:
    found = lines(LAGO, STRIPE, OWN, CLOUD, ORB, LAGO)
    assert found.rejects == []
    assert [event.account for event in found.events] == [
        "sub_1",
        "cus_1",
        "acme",
        "customer-1",
        "acme",
        "sub_1",
    ]
    assert found.format == "jsonl:lago+stripe+usagebill+cloudevents+orb"


@pytest.mark.parametrize(("row", "names"), [(UNCLEAR, "lago and meteroid"), (TWO_IDS, "orb and flexprice")])
def test_an_ambiguous_row_is_rejected_with_the_candidates_named(row: Row, names: str) -> None:
    found = lines(row)
    assert found.reasons == [f"its keys fit {names}; say which with --input-format"]
    with pytest.raises(InvalidInput, match=f"u.csv: its keys fit {names}; say which with --input-format"):
        table(row)


def test_an_ambiguous_row_is_what_the_first_row_that_decides_is() -> None:
    assert [event.account for event in lines(LAGO, UNCLEAR).events] == ["sub_1", "one"]
    assert [event.account for event in lines(METEROID, UNCLEAR).events] == ["acme", "other"]
    assert [event.account for event in lines(UNCLEAR, METEROID, LAGO).events] == ["other", "acme", "sub_1"]
    assert len(lines(OWN, UNCLEAR).rejects) == 1


def test_only_the_first_thousand_rows_are_asked() -> None:
    assert len(lines(*[UNCLEAR] * 999, LAGO).rejects) == 0
    found = lines(*[UNCLEAR] * 1_000, LAGO)
    assert (len(found.rejects), len(found.events)) == (1_000, 1)


def test_input_format_settles_it() -> None:
    for name, account in (("lago", "one"), ("meteroid", "other"), ("jsonl:lago", "one")):
        assert lines(UNCLEAR, options=Options(input_format=name)).event.account == account
    found = table(TWO_IDS, options=Options(input_format="csv:flexprice"))
    assert (found.event.id, found.format) == ("event-1", "csv:flexprice")


def test_input_format_overrules_what_is_plain() -> None:
    found = lines(LAGO, options=Options(input_format="usagebill"))
    assert found.reasons == ["account is missing"]
    assert found.format == "jsonl"


def test_a_row_that_lacks_what_decides_is_read_like_the_others() -> None:
    found = lines(LAGO, {"transaction_id": "t2", "timestamp": 1})
    assert found.reasons == [
        "account is missing (column 'external_subscription_id' or 'external_customer_id')"
    ]


def test_two_marks_are_settled_by_what_is_there() -> None:
    row = {**LAGO, "event_type": "x"}
    assert lines(row).format == "jsonl:lago"
    other = {
        "code": "c",
        "transaction_id": "t",
        "event_type": "x",
        "customer_id": "k",
        "timestamp": "2026-10-01",
    }
    assert lines(other).event.metric == "x"


def test_flags_name_what_a_shape_lacks() -> None:
    row = {key: value for key, value in ORB.items() if key != "external_customer_id"}
    found = lines({**row, "tenant": "t"}, options=Options(map={"account": "tenant"}))
    assert (found.format, found.event.id, found.event.account) == ("jsonl:orb", "key-1", "t")
    found = lines(row, options=Options(set={"account": "acme"}))
    assert (found.format, found.event.account, found.event.metric) == ("jsonl:orb", "acme", "api_call")


@pytest.mark.parametrize("name", ["lagoo", "csv:json", "lago:csv", "csv:lago:x", "lago:stripe", ":", "csv:"])
def test_names_that_are_no_input_format(name: str) -> None:
    with pytest.raises(WrongCall, match="unknown input format"):
        read("{}", Options(input_format=name))


def test_a_thousand_different_keys_do_not_hurt() -> None:
    rows = [{**LAGO, "transaction_id": f"t{n}", "properties": {}, f"key{n}": n} for n in range(1_000)]
    found = lines(*rows)
    assert len(found.events) == 1_000
    assert {path for event in found.events for path in event.properties} == {f"key{n}" for n in range(1_000)}
