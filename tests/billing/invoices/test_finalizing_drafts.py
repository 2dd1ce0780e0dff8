from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from usagebill_tui.billing.invoices import run_words
from usagebill_tui.workspace import Workspace

CATALOGUE = """
currency = "USD"
[[product]]
code = "fee"
fee = "recurring"
price = { unit_amount = "10.00" }
[[plan]]
code = "basic"
products = ["fee"]
[[customer]]
id = "b"
[[customer.subscription]]
id = "b-basic"
plan = "basic"
start = 2023-01-01
[[customer]]
id = "a"
[[customer.subscription]]
id = "a-basic"
plan = "basic"
start = 2023-01-01
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    now = datetime(2023, 4, 1, 9, tzinfo=UTC)
    with Workspace.open("sandbox", home=tmp_path, clock=lambda: now, who="me") as opened:
        opened.apply_catalogue_text(CATALOGUE, "test.toml")
        opened.bill("2023-01-01..2023-03-01")
        yield opened


def test_drafts_are_numbered_by_period_and_customer(workspace: Workspace) -> None:
    drafts = [one.id for one in workspace.invoices()]
    assert workspace.browse.draft_sums() == {"USD": (4, Decimal("40.00"))}
    done = workspace.finalize_drafts(drafts[::-1])
    assert [one.id for one in done.invoices] == drafts
    assert [one.number for one in done.invoices] == ["INV-0001", "INV-0002", "INV-0003", "INV-0004"]
    assert done.refused == {}
    assert [workspace.invoice(one.id) for one in done.invoices] == list(done.invoices)
    assert [one.action for one in workspace.audit()[-4:]] == ["finalize"] * 4
    assert workspace.browse.draft_sums() == {}


def test_one_by_one_comes_to_the_same(workspace: Workspace, tmp_path: Path) -> None:
    first = workspace.invoices()[0].id
    together = workspace.finalize_drafts([first]).invoices[0]
    now = datetime(2023, 4, 1, 9, tzinfo=UTC)
    with Workspace.open("sandbox", home=tmp_path / "other", clock=lambda: now, who="me") as other:
        other.apply_catalogue_text(CATALOGUE, "test.toml")
        other.bill("2023-01-01..2023-03-01")
        assert other.finalize(first) == together


def test_what_is_no_draft_is_named_and_left_alone(workspace: Workspace) -> None:
    first, second, *_ = [one.id for one in workspace.invoices()]
    workspace.void(first)
    done = workspace.finalize_drafts([first, second, second, "nobody's"])
    assert [one.id for one in done.invoices] == [second]
    assert done.refused == {"nobody's": "there is no such invoice", first: "it is void, no draft"}
    assert workspace.invoice(first).status == "void"


def test_only_the_drafts_that_are_named_are_added_up(workspace: Workspace) -> None:
    assert workspace.browse.draft_sums(workspace.browse.drafts()[:3]) == {"USD": (3, Decimal("30.00"))}


def test_a_run_is_told_in_sentences(workspace: Workspace) -> None:
    run = workspace.bill("2023-03", dry_run=True)
    assert run_words.done(run, dry_run=True).startswith("2 would be made or renewed, 0 drafts unchanged")
    assert run_words.sums_text(run_words.sums(run.invoices)) == "$20.00"
    assert run_words.unfinished(run) is None
    later = workspace.bill("2023-04", dry_run=True)
    assert run_words.unfinished(later) == "the period has not ended for a-basic, b-basic"
    assert list(run_words.left(later)) == ["not ended yet: a-basic, b-basic"]
    assert run_words.sums_text({"USD": Decimal(1), "JPY": Decimal(5)}) == "¥5 and $1.00"
