"""`usagebill audit`: every change, and those that are looked for."""

import json
from typing import Any

from tests.cli.conftest import Command


def rows(command: Command, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("audit", *options).out)
    return found


def test_it_is_narrowed_by_what_who_and_when(filled: Command) -> None:
    everything = rows(filled)
    assert [row["noun"] for row in rows(filled, "--what", "customer")] == ["customer"]
    assert [row["key"] for row in rows(filled, "--what", "import", "--what", "batch")] == ["1"]
    assert rows(filled, "--what", "import", "--what", "customer") == []
    assert rows(filled, "--who", everything[0]["who"]) == everything
    assert rows(filled, "--who", "nobody at all") == []
    day = everything[0]["at"][:10]
    assert rows(filled, "--since", day, "--until", "9999-01-01") == everything
    assert rows(filled, "--until", day) == []
    assert rows(filled, "--since", "9999-01-01") == []


def test_each_change_says_what_was_there_before_and_after(filled: Command) -> None:
    filled("subscriptions", "cancel", "acme-basic", "--at", "2024-02-01")
    (row,) = rows(filled, "--what", "acme-basic", "--what", "change")
    assert (row["before"].get("end"), row["after"]["end"]) == (None, "2024-02-01")
    table = filled("audit", "--what", "change", "--format", "csv")
    assert table.out.splitlines()[0] == "at,who,action,noun,key,before,after"


def test_a_wrong_day_is_one_line(filled: Command) -> None:
    wrong = filled("audit", "--since", "yesterday")
    assert (wrong.code in {1, 2}, wrong.err.count("\n")) == (True, 1)
