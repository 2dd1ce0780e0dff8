"""What is archived is left out of lists, comes back, and is refused where it is still used."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.catalogue.archiving import uses
from usagebill_tui.domain.catalogue import Archivable
from usagebill_tui.domain.paging import PageRequest
from usagebill_tui.errors import InvalidInput, NotFound, Refused

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="1")},
    subscription={"end": date(2026, 3, 1)},
    plans=[{"code": "new", "products": ["fee"]}],
    more=[{"id": "globex", "subscription": [{"plan": "new", "start": date(2026, 1, 1)}]}],
)


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk(TEXT)


def archived(desk: Desk) -> set[tuple[str, str]]:
    return set(desk.workspace.catalogue().archived)


def test_what_is_used_no_more_goes_from_the_lists_and_comes_back(desk: Desk) -> None:
    workspace = desk.workspace
    changes = workspace.archive("plan", ["pro"])
    assert [(one.action, one.noun, one.key) for one in changes] == [("archive", "plan", "pro")]
    workspace.archive("customer", ["acme"])
    workspace.archive("metric", ["gb", "peak", "stored"])
    assert [e.plan.code for e in workspace.browse.plans(PageRequest()).rows] == ["new"]
    assert [e.customer.id for e in workspace.browse.customers(PageRequest(text="a")).rows] == []
    everything = workspace.browse.customers(PageRequest(archived=True))
    assert ([e.customer.id for e in everything.rows], everything.total) == (["acme", "globex"], 2)
    assert workspace.browse.customers(PageRequest()).total == 1
    assert list(workspace.catalogue().without_archived().metrics) == ["calls"]
    assert workspace.archive("plan", ["pro"]) == []
    workspace.archive("plan", ["pro"], away=False)
    workspace.archive("customer", ["acme"], away=False)
    assert {noun for noun, _ in archived(desk)} == {"metric"}


USED: list[tuple[Archivable, str, str]] = [
    ("metric", "calls", "product 'calls' prices it"),
    ("product", "fee", "plan '(pro|new)' sells it"),
    ("plan", "new", "subscription 'globex-new' is on it"),
    ("customer", "globex", "its subscription 'globex-new' has not ended"),
    ("subscription", "globex-new", "it has not ended"),
]


@pytest.mark.parametrize(("noun", "key", "by"), USED)
def test_what_is_still_used_is_refused(desk: Desk, noun: Archivable, key: str, by: str) -> None:
    before = len(desk.workspace.audit())
    with pytest.raises(Refused, match=f"{noun} '{key}' is archived, and {by}") as caught:
        desk.workspace.archive(noun, [key])
    assert caught.value.exit_code == 5
    with pytest.raises(Refused):
        desk.workspace.archive(noun, [key], dry_run=True)
    assert (archived(desk), len(desk.workspace.audit())) == (set(), before)


def test_nothing_new_may_use_what_is_archived(desk: Desk) -> None:
    desk.workspace.archive("plan", ["pro"])
    desk.workspace.archive("product", ["calls"])
    with pytest.raises(Refused, match="plan 'pro' is archived, and subscription 'globex-pro' is on it"):
        desk.workspace.add_subscription("globex", {"plan": "pro", "start": date(2026, 9, 1)})
    with pytest.raises(Refused, match="product 'calls' is archived, and plan 'pro' sells it"):
        desk.workspace.archive("plan", ["pro"], away=False)


def test_a_dry_run_says_it_and_does_not(desk: Desk) -> None:
    assert len(desk.workspace.archive("plan", ["pro"], dry_run=True)) == 1
    assert archived(desk) == set()
    with pytest.raises(NotFound, match="there is no plan 'por'"):
        desk.workspace.archive("plan", ["pro", "por"])
    assert archived(desk) == set()


def test_past_periods_are_billed_all_the_same(desk: Desk) -> None:
    desk.events(("acme", "calls", "2026-02-03T10:00:00Z"))
    desk.workspace.archive("subscription", ["acme-pro"])
    desk.workspace.archive("customer", ["acme"])
    desk.workspace.archive("plan", ["pro"])
    (invoice,) = [i for i in desk.workspace.bill("2026-02", finalize=True).invoices if i.customer == "acme"]
    assert invoice.total == Decimal("50.00")
    assert {f.status for f in desk.workspace.verify()} == {"ok"}


def test_the_catalogue_file_says_it_and_reads_back(desk: Desk) -> None:
    desk.workspace.archive("plan", ["pro"])
    desk.workspace.archive("customer", ["acme"])
    text = desk.workspace.export_catalogue()
    assert text.count("archived = true") == 2
    applied = desk.workspace.apply_catalogue_text(text, "c.toml")
    assert applied.changes == ()
    back = text.replace("archived = true", "archived = false")
    changes = desk.workspace.apply_catalogue_text(back, "c.toml").changes
    assert {(c.action, c.noun, c.key) for c in changes} == {
        ("unarchive", "plan", "pro"),
        ("unarchive", "customer", "acme"),
    }
    # A table that does not say it leaves it as it is.
    desk.workspace.apply_catalogue_text(text, "c.toml")
    desk.workspace.apply_catalogue_text(TEXT, "c.toml")
    assert archived(desk) == {("plan", "pro"), ("customer", "acme")}


def test_a_file_that_archives_what_it_uses_is_refused_with_its_place(desk: Desk) -> None:
    text = (
        '[[product]]\ncode = "fee"\nfee = "recurring"\ntiming = "advance"\n'
        'price = { unit_amount = "49.00" }\narchived = true\n'
    )
    with pytest.raises(Refused, match=r'c\.toml, \[\[product\]\] "fee", archived'):
        desk.workspace.apply_catalogue_text(text, "c.toml")
    assert archived(desk) == set()


def test_a_wrong_value_names_its_key(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match='"calls", archived'):
        desk.workspace.apply_catalogue_text(
            '[[metric]]\ncode = "calls"\naggregation = "count"\narchived = "yes"\n', "c.toml"
        )


def test_the_audit_says_who_archived_what(desk: Desk) -> None:
    desk.workspace.archive("plan", ["pro"])
    desk.workspace.archive("plan", ["pro"], away=False)
    last = [(one.who, one.action, one.noun, one.key) for one in desk.workspace.audit()[-2:]]
    assert last == [("ada", "archive", "plan", "pro"), ("ada", "unarchive", "plan", "pro")]


def test_lint_finds_what_apply_would_refuse(desk: Desk) -> None:
    sold = desk.workspace.catalogue()
    away = msgspec.structs.replace(sold, archived=frozenset({("product", "fee"), ("plan", "pro")}))
    assert [(use.noun, use.key) for use in uses(away, lambda one: one.end is not None)] == [
        ("product", "fee")
    ]
