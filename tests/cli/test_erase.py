"""`usagebill erase`: asked first, then done; what is printed, and with which exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from usagebill_tui.errors import StorageFailed


def test_it_asks_for_a_yes_and_shows_what_would_go(filled: Command) -> None:
    refused = filled("erase", "--customer", "acme")
    assert (refused.code, refused.out) == (5, "")
    assert (
        refused.err
        == ("error: erasing the data of 'acme' cannot be taken back: look with --dry-run, then say --yes\n")
        or "look with --dry-run" in refused.err
    )
    dry = filled("erase", "--customer", "acme", "--dry-run", "--format", "csv")
    assert dry.code == 0
    assert dry.out.splitlines() == [
        "kind,name,rows,outcome,reason",
        "contact,name,,erased,",
        "name,acme,,kept,events and invoices name the customer by it",
        "property,gb,1,kept,metric storage reads it",
        "text,entries of the audit,1,erased,",
    ]
    assert json.loads(filled("customers").out)[0]["name"] == "Acme Inc."


@pytest.mark.parametrize("yes", [["--yes"], [], ["--dry-run"]])
def test_who_or_what_is_not_there_is_said_before_a_yes_is_asked_for(filled: Command, yes: list[str]) -> None:
    customer = filled("erase", "--customer", "acne", *yes)
    assert (customer.code, customer.out) == (4, "")
    assert "there is no customer 'acne'" in customer.err
    path = filled("erase", "--customer", "acme", "--property", "colour", *yes)
    assert (path.code, "no event of acme has a property 'colour'" in path.err) == (4, True)


def test_it_is_done_and_told(filled: Command) -> None:
    done = filled("erase", "--customer", "acme", "--yes")
    assert (done.code, done.err) == (0, "production: rewrote 0 events in 0 segments\n")
    assert {row["outcome"] for row in json.loads(done.out)} == {"erased", "kept"}
    assert json.loads(filled("customers").out)[0]["name"] == ""
    assert json.loads(filled("audit").out)[-1]["action"] == "erase"


def test_backups_made_before_are_named(filled: Command, tmp_path: Path) -> None:
    target = tmp_path / "monday.tar"
    assert filled("backup", str(target)).code == 0
    done = filled("erase", "--customer", "acme", "--yes")
    copies = [row["name"] for row in json.loads(done.out) if row["outcome"] == "by hand"]
    assert copies == [str(target)]
    assert done.err.endswith("1 earlier copies hold the data as it was: delete them by hand\n")


def test_what_is_left_in_files_is_said_with_3(filled: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise StorageFailed("disk full")

    with monkeypatch.context() as broken:
        broken.setattr("usagebill_tui.store.erasing.clear_remains", fails)
        done = filled("erase", "--customer", "acme", "--yes")
    assert (done.code, "doctor --repair" in done.err) == (3, True)
    assert filled("doctor", "--repair").code == 0
    assert "erasure" not in filled("doctor").out


def test_unknown_names_are_one_line(filled: Command) -> None:
    assert filled("erase", "--customer", "acne", "--yes").code == 4
    unknown = filled("erase", "--customer", "acme", "--property", "gbb", "--dry-run")
    assert (unknown.code, unknown.err.count("\n")) == (4, 1)
