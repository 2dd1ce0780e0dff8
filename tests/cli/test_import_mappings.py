"""Saved mappings: written once, used by name."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

SAVE = (
    *("--map", "account=tenant", "--map", "timestamp=when", "--set", "metric=calls"),
    *("--delimiter", ";", "--timezone", "Europe/Berlin", "--save-mapping", "crm"),
)


def _rows(name: str, when: str) -> None:
    Path(name).write_text(f"tenant;when;gb\nacme;{when};1\n", encoding="utf-8")


def test_a_mapping_is_saved_used_listed_and_deleted(usagebill: Command) -> None:
    _rows("one.csv", "2026-10-01 02:00")
    saved = usagebill("import", "one.csv", *SAVE)
    assert saved.code == 0
    assert "saved the mapping crm" in saved.err
    _rows("two.csv", "2026-10-02 02:00")
    assert usagebill("import", "two.csv", "--mapping", "crm").code == 0
    times = [event["timestamp"] for event in json.loads(usagebill("events").out)]
    assert times == ["2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"]
    (listed,) = json.loads(usagebill("mappings").out)
    assert listed == {
        "name": "crm",
        "options": {
            "delimiter": ";",
            "map": {"account": "tenant", "timestamp": "when"},
            "set": {"metric": "calls"},
            "timezone": "Europe/Berlin",
        },
    }
    assert usagebill("mappings", "delete", "crm").code == 0
    assert json.loads(usagebill("mappings").out) == []
    assert [
        entry["action"] for entry in json.loads(usagebill("audit").out) if entry["noun"] == "mapping"
    ] == [
        "save",
        "delete",
    ]


def test_what_is_said_wins_over_what_was_saved(usagebill: Command) -> None:
    _rows("one.csv", "2026-10-01 02:00")
    usagebill("import", "one.csv", *SAVE)
    _rows("two.csv", "2026-10-02 02:00")
    said = ("--set", "account=other", "--map", "metric=tenant", "--timezone", "UTC")
    assert usagebill("import", "two.csv", "--mapping", "crm", *said).code == 0
    event = json.loads(usagebill("events").out)[-1]
    assert (event["account"], event["metric"], event["timestamp"]) == (
        "other",
        "acme",
        "2026-10-02T02:00:00Z",
    )
    assert event["properties"] == {"gb": "1"}


def test_the_same_bytes_by_the_mapping_or_by_its_options_are_the_same_reading(usagebill: Command) -> None:
    _rows("one.csv", "2026-10-01 02:00")
    usagebill("import", "one.csv", *SAVE)
    again = json.loads(usagebill("import", "one.csv", "--mapping", "crm").out)
    assert (again["accepted"], again["duplicates"]) == (0, 1)


def test_an_id_that_is_said_takes_the_place_of_one_that_is_made(usagebill: Command) -> None:
    Path("x.csv").write_text("account,metric,timestamp,a,b\nc,m,2026-10-01,1,2\n", encoding="utf-8")
    assert usagebill("import", "x.csv", "--id-from", "a,b", "--save-mapping", "ab").code == 0
    assert usagebill("import", "x.csv", "--mapping", "ab", "--map", "id=a", "--again").code == 0
    assert usagebill("import", "x.csv", "--mapping", "ab", "--id-from", "b", "--again").code == 0
    ids = sorted(event["id"] for event in json.loads(usagebill("events").out))
    assert ids == ["1", '["1", "2"]', '["2"]']


@pytest.mark.parametrize("extra", [("--expect-rows", "2"), ("--dry-run",)])
def test_only_an_import_that_is_done_saves(usagebill: Command, extra: tuple[str, ...]) -> None:
    _rows("one.csv", "2026-10-01 02:00")
    usagebill("import", "one.csv", *SAVE, *extra)
    assert json.loads(usagebill("mappings").out) == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("import", "one.csv", "--mapping", "crn"), 4, "there is no mapping 'crn'; did you mean 'crm'?"),
        (("mappings", "delete", "crn"), 4, "there is no mapping 'crn'; did you mean 'crm'?"),
        (("import", "one.csv", "--save-mapping", "../x"), 1, "'../x' cannot be a mapping's name"),
    ],
)
def test_wrong_names(usagebill: Command, arguments: tuple[str, ...], code: int, says: str) -> None:
    _rows("one.csv", "2026-10-01 02:00")
    usagebill("import", "one.csv", *SAVE)
    done = usagebill(*arguments)
    assert (done.code, done.out) == (code, "")
    assert says in done.err
