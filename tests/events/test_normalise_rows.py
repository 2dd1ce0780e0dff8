import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from usagebill_tui.domain.properties import Value
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.normalise import Normaliser
from usagebill_tui.events.types import Event, Options, Record, Reject

D = Decimal
_BASE = {"account": "acme", "metric": "calls", "timestamp": "1970-01-01T00:00:01Z"}


def _object(row: Mapping[str, Any], options: Options | None = None) -> Event | Reject:
    return Normaliser(options or Options()).normalise(Record(7, "RAW", row))


def _cells(row: Mapping[str, str], options: Options | None = None) -> Event | Reject:
    return Normaliser(options or Options(), tuple(row)).normalise(Record(7, "RAW", row))


def _event(found: Event | Reject) -> Event:
    assert isinstance(found, Event), found
    return found


def _reason(found: Event | Reject) -> str:
    assert isinstance(found, Reject), found
    assert (found.line, found.raw) == (7, "RAW")
    return found.reason


def test_the_own_shape() -> None:
    row = {
        "id": "e1",
        "source": "s",
        **_BASE,
        "properties": {"model": "x", "usage": {"in": 3}},
        "region": "eu",
    }
    event = _event(_object(row))
    assert (event.line, event.id, event.source, event.account, event.metric) == (
        7,
        "e1",
        "s",
        "acme",
        "calls",
    )
    assert event.timestamp == 1_000_000
    assert event.properties == {"model": Value(text="x"), "usage.in": Value(D(3)), "region": Value(text="eu")}


def test_cells_under_a_header() -> None:
    row = {
        **_BASE,
        "id": "",
        "source": "",
        "usage.output": "5",
        "empty": "",
        "a..b": "x",
        "properties": '{"k": [1]}',
    }
    event = _event(_cells(row))
    assert (event.id, event.source) == (None, "")
    assert event.properties == {
        "usage.output": Value(D(5)),
        '"a..b"': Value(text="x"),
        "k": Value(json="[1]"),
    }


def test_objects_become_paths() -> None:
    row: dict[str, Any] = {
        **_BASE,
        "a.b": 1,
        "c": {"d": {}, "e": None, "f": [{"g": None}], "": True},
        "n": None,
        "properties": None,
    }
    assert _event(_object(row)).properties == {
        '"a.b"': Value(D(1)),
        "c.d": Value(json="{}"),
        "c.f": Value(json='[{"g":null}]'),
        'c.""': Value(json="true"),
    }


@pytest.mark.parametrize("field", ["account", "metric", "timestamp"])
def test_a_missing_field_is_named(field: str) -> None:
    assert _reason(_cells({**_BASE, field: ""})) == f"{field} is missing"
    assert _reason(_object({**_BASE, field: None})) == f"{field} is missing"
    row = {name: value for name, value in _BASE.items() if name != field}
    assert _reason(_object(row)) == f"{field} is missing"
    assert _reason(_cells(row)) == f"{field} is missing"


@pytest.mark.parametrize("field", ["id", "source", "account", "metric"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, "is true or false, not a text"),
        (D("1.5"), "is a number with a fraction or exponent, not a text"),
        ({"a": 1}, "is an object, not a text"),
        ([], "is a list, not a text"),
        (" \t", "is blank"),
        ("x" * 1_001, "is longer than 1,000 characters"),
        (10**1_000, "is longer than 1,000 characters"),
    ],
)
def test_names_must_be_texts(field: str, value: object, reason: str) -> None:
    assert _reason(_object({**_BASE, field: value})) == f"{field} {reason}"


def test_integers_are_names_by_their_digits() -> None:
    event = _event(_object({**_BASE, "id": 12345678901234567890123, "account": -7}))
    assert (event.id, event.account) == ("12345678901234567890123", "-7")
    assert _event(_object({**_BASE, "account": "x" * 1_000})).account == "x" * 1_000


def test_empty_names_in_json() -> None:
    assert _event(_object({**_BASE, "source": ""})).source == ""
    assert _reason(_object({**_BASE, "account": ""})) == "account is blank"
    assert _reason(_object({**_BASE, "id": ""})) == "id is blank"


def test_mapped_columns_are_no_properties() -> None:
    options = Options(
        map={"account": "tenant", "properties.tokens": "n"}, set={"metric": "m", "properties.env": "1"}
    )
    row = {"tenant": "t", "n": "5", "timestamp": "2026-10-01", "account": "other"}
    for event in (_event(_cells(row, options)), _event(_object({**row, "n": 5}, options))):
        assert (event.account, event.metric) == ("t", "m")
        assert event.properties == {"tokens": Value(D(5)), "account": Value(text="other"), "env": Value(D(1))}


def test_a_column_may_be_a_path_into_objects() -> None:
    options = Options(
        map={
            "account": "payload.customer",
            "metric": "properties.kind",
            "timestamp": '"a.b".t',
            "properties.usage": "payload.counts",
        }
    )
    row = {
        "payload": {"customer": "c", "counts": {"in": 1, "out": {}}, "rest": 2},
        "properties": {"kind": "m", "k": 1},
        "a.b": {"t": "2026-10-01"},
    }
    event = _event(_object(row, options))
    assert (event.account, event.metric) == ("c", "m")
    assert event.properties == {
        "usage.in": Value(D(1)),
        "usage.out": Value(json="{}"),
        "payload.rest": Value(D(2)),
        "k": Value(D(1)),
    }


def test_a_key_with_dots_comes_before_a_path() -> None:
    options = Options(map={"account": "a.b"})
    event = _event(_object({**_BASE, "a.b": "key", "a": {"b": "path"}}, options))
    assert event.account == "key"
    assert event.properties["a.b"] == Value(text="path")


def test_properties_may_be_mapped() -> None:
    options = Options(map={"properties": "data.values"})
    event = _event(_object({**_BASE, "data": {"values": {"x": 1}}}, options))
    assert event.properties == {"x": Value(D(1))}
    event = _event(_cells({**_BASE, "data": '{"x":1}'}, Options(map={"properties": "data"})))
    assert event.properties == {"x": Value(D(1))}


def test_properties_may_be_fixed_as_a_whole() -> None:
    options = Options(set={"properties": '{"x": {"y": 1.50}}'})
    for found in (_object(_BASE, options), _cells(_BASE, options)):
        assert _event(found).properties == {"x.y": Value(D("1.5"))}
    with pytest.raises(WrongCall, match="--set properties: properties is not a JSON object"):
        Normaliser(Options(set={"properties": "[]"}))


@pytest.mark.parametrize("field", ["id", "source", "account", "timestamp", "properties"])
def test_a_mapped_column_that_a_json_row_lacks_rejects_it(field: str) -> None:
    assert _reason(_object(_BASE, Options(map={field: "x.y"}))) == f"{field} is missing (column 'x.y')"
    assert (
        _reason(_object({**_BASE, "x": 5}, Options(map={field: "x.y"})))
        == f"{field} is missing (column 'x.y')"
    )


def test_a_mapped_property_that_a_row_lacks_is_just_missing() -> None:
    options = Options(map={"properties.p": "x.y"})
    assert _event(_object(_BASE, options)).properties == {}
    assert _event(_object({**_BASE, "x": {"y": None}}, options)).properties == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(map={"account": "tenent"}), "there is no column 'tenent'; did you mean 'tenant'?"),
        (Options(map={"properties.x": "zzz"}), "there is no column 'zzz'; its columns are tenant, n"),
        (Options(id_from=("n", "zzz")), "there is no column 'zzz'"),
    ],
)
def test_a_header_must_have_the_columns_asked_for(options: Options, message: str) -> None:
    with pytest.raises(InvalidInput, match=message.replace("?", r"\?")):
        Normaliser(options, ("tenant", "n"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(map={"acount": "x"}), "unknown field 'acount'; did you mean 'account'"),
        (Options(set={"colour": "x"}), "unknown field 'colour'; known: account, id"),
        (Options(set={"properties.": "x"}), "unknown field 'properties.'"),
        (Options(map={"account": "x"}, set={"account": "y"}), "account is both mapped and set"),
        (
            Options(map={"properties.a": "x"}, set={'properties."a"': "y"}),
            "properties.a is both mapped and set; use one of --map and --set",
        ),
        (Options(map={"properties.a": "x", 'properties."a"': "y"}), "the property a is given twice"),
        (Options(map={"id": "x"}, id_from=("y",)), "the id is given by --id-from and again"),
    ],
)
def test_options_that_contradict_themselves(options: Options, message: str) -> None:
    with pytest.raises(WrongCall, match=message):
        Normaliser(options)


def test_a_name_given_both_ways_rejects_the_row() -> None:
    reason = "property 'region' is given twice"
    assert _reason(_object({**_BASE, "region": "eu", "properties": {"region": "eu"}})) == reason
    assert _reason(_cells({**_BASE, "region": "eu", "properties": '{"region": "eu"}'})) == reason
    assert _reason(_cells({**_BASE, "region": "eu"}, Options(set={"properties.region": "us"}))) == reason
    assert _reason(_object({**_BASE, "region": "eu"}, Options(set={"properties.region": "us"}))) == reason
    assert (
        _reason(_cells({**_BASE, "region": "a", "x": "b"}, Options(map={"properties.region": "x"}))) == reason
    )
    given_once = _cells({**_BASE, "region": "", "properties": '{"region": "eu"}'})
    assert _event(given_once).properties == {"region": Value(text="eu")}


def test_properties_must_be_an_object() -> None:
    assert _reason(_object({**_BASE, "properties": [1]})) == "properties is not an object"
    assert _reason(_object({**_BASE, "properties": "[1]"})) == "properties is not a JSON object"
    assert _reason(_cells({**_BASE, "properties": "[1]"})) == "properties is not a JSON object"
    assert _reason(_cells({**_BASE, "properties": "{"})).startswith("properties cannot be read: broken JSON")


def test_properties_may_be_the_text_of_an_object() -> None:
    assert _event(_object({**_BASE, "properties": '{"a": 1.50}'})).properties == {"a": Value(D("1.5"))}


def test_nesting_is_bounded_in_objects_lists_and_both() -> None:
    def within(levels: int, *, lists: bool) -> dict[str, Any]:
        value: object = {} if not lists else []
        for level in range(levels - 2):
            value = [value] if lists and level % 2 else {"k": value}
        return {**_BASE, "deep": value}

    for lists in (False, True):
        _event(_object(within(50, lists=lists)))
        assert _reason(_object(within(51, lists=lists))) == "nested deeper than 50 levels"


def test_nesting_is_bounded_around_a_number() -> None:
    deep: object = 1
    for _ in range(50):
        deep = {"k": deep}
    assert _reason(_object({**_BASE, "deep": deep})) == "nested deeper than 50 levels"
    assert _event(_object({**_BASE, "less": {"k": 1}})).properties == {"less.k": Value(D(1))}


def test_ids_made_from_columns() -> None:
    options = Options(id_from=("order", "line"))
    row = {**_BASE, "id": "ignored", "order": "A,1", "line": "2"}
    for event in (_event(_cells(row, options)), _event(_object({**row, "line": D("2.0")}, options))):
        assert event.id == json.dumps(["A,1", "2"])
        assert event.properties.keys() == {"id", "order", "line"}
    assert _reason(_cells({**row, "line": ""}, options)) == "id cannot be made: line is missing"
    assert _reason(_object({**_BASE, "order": "A"}, options)) == "id cannot be made: line is missing"
    assert (
        _reason(_object({**row, "line": []}, options))
        == "id cannot be made: line is neither a text nor a number"
    )
    assert _event(_object({**_BASE, "x": {"y": True}}, Options(id_from=("x.y",)))).id == '["true"]'
    assert _event(_object({**_BASE, "x": 1}, Options(id_from=("account", "x")))).id == '["acme", "1"]'


def test_a_record_with_an_error_is_a_reject() -> None:
    found = Normaliser(Options()).normalise(Record(7, "RAW", None, "broken"))
    assert _reason(found) == "broken"


def test_numbers_rounded_are_counted_in_events_only() -> None:
    normaliser = Normaliser(Options(set={"properties.fine": "0.1234567890123456789"}))
    fine = D("0.1234567890123456789")
    normaliser.normalise(Record(1, "", {**_BASE, "a": fine, "b": [fine]}))
    normaliser.normalise(Record(2, "", {**_BASE, "a": fine, "timestamp": "never"}))
    assert normaliser.rounded == 1


def test_times_are_read_in_the_zone_and_unit_of_the_options() -> None:
    options = Options(timezone="Europe/Berlin", time_unit="ms")
    assert _event(_cells({**_BASE, "timestamp": "1970-01-01 01:00:00.5"}, options)).timestamp == 500_000
    assert _event(_cells({**_BASE, "timestamp": "12"}, options)).timestamp == 12_000
    assert _event(_object({**_BASE, "timestamp": 12}, options)).timestamp == 12_000
    assert "say --time-unit" in _reason(_object({**_BASE, "timestamp": 12}))
