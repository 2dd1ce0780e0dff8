"""`subscriptions` and its single changes: rows, exit codes, one-line errors, dry runs that leave nothing."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

DEARER = """
[[product]]
code = "storage"
name = "Storage"
metric = "storage"
price = { unit_amount = "0.20" }
"""


@pytest.fixture
def two_versions(filled: Command, tmp_path: Path) -> Command:
    """A command line whose plan `basic` has two versions, with acme on the first."""
    (tmp_path / "dearer.toml").write_text(DEARER, encoding="utf-8")
    assert filled("catalog", "apply", "dearer.toml").code == 0
    return filled


def ends(command: Command) -> dict[str, str | None]:
    return {one["id"]: one["end"] for one in json.loads(command("subscriptions").out)}


def test_without_a_subcommand_it_lists(filled: Command) -> None:
    plain = filled("subscriptions", "--customer", "acme", "--format", "csv")
    assert plain.out == filled("subscriptions", "list", "--customer", "acme", "--format", "csv").out
    assert plain.out == ("id,customer,plan,start,end,aliases\nacme-basic,acme,basic@1,2023-11-01,,[]\n")
    assert json.loads(filled("subscriptions", "--customer", "nobody").out) == []


def test_move_prints_each_move_and_the_dry_run_its_effect(two_versions: Command) -> None:
    call = ("subscriptions", "move", "--from", "basic@1", "--to", "basic@2", "--at", "2023-12-01")
    dry = two_versions(*call, "--dry-run")
    (row,) = json.loads(dry.out)
    assert (dry.code, dry.err) == (0, "1 would be moved\n")
    keys = ("subscription", "start", "end", "currency", "before", "after", "difference", "problem")
    assert [row[key] for key in keys] == [
        *("acme-basic", "2023-11-01", "2023-12-01", "USD", "1.38", "2.63", "1.25", None),
    ]
    assert ends(two_versions) == {"acme-basic": None}
    done = two_versions(*call, "--format", "csv")
    assert done.code == 0
    assert done.out == (
        "subscription,customer,plan_before,plan_after,day,successor,credit\n"
        "acme-basic,acme,basic@1,basic@2,2023-12-01,acme-basic-2,\n"
    )
    assert ends(two_versions) == {"acme-basic": "2023-12-01", "acme-basic-2": None}
    again = two_versions(*call)
    assert (again.code, json.loads(again.out)) == (0, [])
    assert again.err == "0 moved\nacme-basic stays: it ends on 2023-12-01\n"


def test_what_was_billed_is_refused_with_5(two_versions: Command) -> None:
    assert two_versions("bill", "2023-11", "--finalize").code == 0
    for call in (
        ("move", "--from", "basic@1", "--to", "basic@2", "--at", "2023-11-15"),
        ("cancel", "acme-basic", "--at", "2023-11-15"),
        ("change", "acme-basic", "--plan", "basic@2"),
    ):
        refused = two_versions("subscriptions", *call)
        assert (refused.code, refused.out, refused.err.count("\n")) == (5, "", 1), call
    assert ends(two_versions) == {"acme-basic": None}


def test_cancel_ends_on_a_day_and_says_what_changes(filled: Command) -> None:
    call = ("subscriptions", "cancel", "acme-basic", "--at", "2024-01-01", "--format", "table")
    dry = filled(*call, "--dry-run")
    assert (dry.code, dry.err) == (0, "nothing was changed: a dry run\n")
    assert ends(filled) == {"acme-basic": None}
    assert filled(*call).out == dry.out == "~ subscription acme-basic\n    end:  → 2024-01-01\n"
    assert ends(filled) == {"acme-basic": "2024-01-01"}
    later = filled("subscriptions", "cancel", "acme-basic")
    assert later.code == 5
    assert "ends on 2024-01-01 already" in later.err


def test_a_draft_is_made_anew_for_the_new_end_and_that_is_said(filled: Command) -> None:
    assert filled("bill", "2023-11").code == 0
    cancel = ("subscriptions", "cancel", "acme-basic", "--at", "2023-11-15")
    told = json.loads(filled(*cancel, "--dry-run").out)[-1]
    assert told == {"action": "renew", "noun": "invoice", "key": "acme-basic_2023-11-01", "fields": {}}
    done = filled(*cancel, "--format", "table")
    assert done.out.endswith("draft acme-basic_2023-11-01: made anew\n")
    (draft,) = json.loads(filled("invoices").out)
    assert draft["period"]["end"] == "2023-11-15T00:00:00Z"


def test_now_and_a_day_are_one_too_many(filled: Command) -> None:
    assert filled("subscriptions", "cancel", "acme-basic", "--now", "--at", "2023-11-15").code == 2


def test_add_and_change_take_prices_aliases_and_ends(filled: Command, tmp_path: Path) -> None:
    (tmp_path / "more.toml").write_text('[[customer]]\nid = "globex"\n', encoding="utf-8")
    assert filled("catalog", "apply", "more.toml").code == 0
    price = '{"tiers": [{"up_to": 2, "unit_amount": 0.1}, {"unit_amount": "0.05"}], "model": "tiered"}'
    added = filled(
        *("subscriptions", "add", "globex", "--plan", "basic", "--start", "2024-02-01", "--alias", "g1"),
        *("--alias", "g2", "--price", f"requests={price}"),
    )
    assert added.code == 0, added.err
    one = json.loads(filled("subscriptions", "--customer", "globex").out)[0]
    assert (one["id"], one["plan"], one["aliases"]) == ("globex-basic", "basic@1", ["g1", "g2"])
    assert one["prices"]["requests"]["tiers"][0]["unit_amount"] == "0.1"
    assert filled("subscriptions", "add", "globex", "--plan", "basic", "--start", "2024-02-01").code == 5
    changed = filled(
        *("subscriptions", "change", "g1", "--end", "2024-05-01", "--alias", "none"),
        *("--price", 'storage={"unit_amount": "7"}', "--price", "requests=none"),
    )
    assert changed.code == 0, changed.err
    one = json.loads(filled("subscriptions", "--customer", "globex").out)[0]
    assert (one["end"], one["aliases"], list(one["prices"])) == ("2024-05-01", [], ["storage"])
    assert filled("subscriptions", "change", "globex-basic", "--end", "none").code == 0
    assert json.loads(filled("subscriptions", "--customer", "globex").out)[0]["end"] is None
    assert filled("subscriptions", "change", "globex-basic", "--end", "none").err.startswith(
        "nothing to change"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cancel", "acme-basik"), 4, "did you mean 'acme-basic'?"),
        (("cancel", "acme-basic", "--at", "tomorrow"), 2, "write it like 2026-10-01"),
        (("change", "acme-basic"), 2, "nothing to change"),
        (("change", "acme-basic", "--price", "7"), 2, "names no product"),
        (("change", "acme-basic", "--price", "storage={"), 1, "--price storage: is not JSON"),
        (("change", "acme-basic", "--price", 'calls={"unit_amount": 1}'), 1, "sells no product 'calls'"),
        (("add", "globex", "--plan", "basic", "--start", "2024-01-01"), 4, "no customer 'globex'"),
        (("add", "acme", "--plan", "basik", "--start", "2024-01-01"), 1, "did you mean 'basic'?"),
        (("add", "acme", "--plan", "basic", "--start", "2024-01-01", "--id", "b"), 5, "billed twice"),
        (("move", "--from", "basic@1", "--to", "basic@7"), 4, "known: basic@1"),
        (("move", "--from", "basic@1", "--to", "basic@1"), 2, "both left and moved to"),
        (("move", "--from", "basik", "--to", "basic@1"), 4, "did you mean 'basic'?"),
    ],
)
def test_errors_are_one_line_and_change_nothing(
    filled: Command, arguments: tuple[str, ...], code: int, said: str
) -> None:
    before = filled("catalog", "export").out
    result = filled("subscriptions", *arguments)
    assert (result.code, result.out, result.err.count("\n")) == (code, "", 1)
    assert said in result.err
    assert filled("catalog", "export").out == before
