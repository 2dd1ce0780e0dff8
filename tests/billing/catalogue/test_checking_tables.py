"""A few tables are checked and applied around what they concern, and it comes to what the whole would."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.catalogue import applying
from usagebill_tui.billing.catalogue.applying import Applied
from usagebill_tui.errors import UsagebillError
from usagebill_tui.workspace import Workspace

TEXT = catalogue(
    {"fee": fee("49.00"), "calls": metered("calls", unit_amount="0.35")},
    plans=[{"code": "other", "products": ["fee"]}],
    customer={"aliases": ["a1", "a2"], "tax_percent": "8.25"},
)
MORE = """
[[customer]]
id = "globex"
aliases = ["g1"]
[[customer.subscription]]
id = "globex-one"
aliases = ["sub_g"]
plan = "other"
start = 2026-01-01
[[customer]]
id = "zeta"
"""


def ended(day: str) -> dict[str, Any]:
    """Return the tables that end the subscription of globex."""
    one = {"id": "globex-one", "aliases": ["sub_g"], "plan": "other", "start": "2026-01-01", "end": day}
    return {"customer": [{"id": "globex", "aliases": ["g1"], "subscription": [one]}]}


CASES: dict[str, dict[str, Any]] = {
    "a name": {"customer": [{"id": "acme", "name": "Acme"}]},
    "nothing new": {"customer": [{"id": "zeta"}]},
    "a new customer": {"customer": [{"id": "new", "aliases": ["n1"]}]},
    "an id that is an alias": {"customer": [{"id": "g1"}]},
    "an alias that is an id": {"customer": [{"id": "new", "aliases": ["acme"]}]},
    "an alias that is an alias": {"customer": [{"id": "zeta", "aliases": ["a2"]}]},
    "an alias of a subscription": {"customer": [{"id": "zeta", "aliases": ["sub_g"]}]},
    "a subscription": {
        "customer": [{"id": "zeta", "subscription": [{"plan": "other", "start": "2026-02-01"}]}]
    },
    "its name is taken": {
        "customer": [
            {"id": "zeta", "subscription": [{"id": "globex-one", "plan": "other", "start": "2026-02-01"}]}
        ]
    },
    "its alias is taken": {
        "customer": [
            {"id": "zeta", "subscription": [{"plan": "other", "start": "2026-02-01", "aliases": ["sub_g"]}]}
        ]
    },
    "billed twice": {
        "customer": [{"id": "acme", "subscription": [{"plan": "plan", "start": "2026-03-01", "id": "two"}]}]
    },
    "no such plan": {"customer": [{"id": "zeta", "subscription": [{"plan": "none", "start": "2026-02-01"}]}]},
    "an end": ended("2027-01-01"),
    "an end within what was paid": ended("2026-05-16"),
    "another start of what was billed": {
        "customer": [
            {
                "id": "globex",
                "aliases": ["g1"],
                "subscription": [{"id": "globex-one", "plan": "other", "start": "2026-02-01"}],
            }
        ]
    },
    "a zone": {"customer": [{"id": "globex", "aliases": ["g1"], "timezone": "Asia/Tokyo"}]},
    "a price": {"product": [{"code": "calls", "metric": "calls", "price": {"unit_amount": "2"}}]},
    "an unknown metric": {"product": [{"code": "calls", "metric": "none", "price": {"unit_amount": "2"}}]},
    "a used plan": {"plan": [{"code": "other", "currency": "USD", "products": ["fee", "calls"]}]},
    "a metric": {"metric": [{"code": "calls", "aggregation": "max", "property": "n"}]},
    "archived, though used": {
        "plan": [{"code": "other", "currency": "USD", "products": ["fee"], "archived": True}]
    },
    "an impossible value": {"customer": [{"id": "acme", "timezone": "Nowhere"}]},
}


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    made = open_desk(TEXT)
    made.workspace.apply_catalogue_text(MORE, "more.toml")
    made.workspace.bill("2026-05", finalize=True)
    return made


class Refusal(NamedTuple):
    """What an error says."""

    kind: str
    what: str
    key: str | None
    mend: str | None


def said(do: Callable[[dict[str, Any]], Applied], tables: dict[str, Any]) -> Refusal | tuple[object, object]:
    """Return what is said of tables: their changes and what these do to invoices, or why they are refused."""
    try:
        found = do(tables)
    except UsagebillError as error:
        return Refusal(type(error).__name__, error.what, error.key, error.mend)
    return found.changes, found.consequences


def whole(workspace: Workspace, tables: dict[str, Any]) -> Applied:
    """Say what applying tables would do, with all customers read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(applying, "_FEW", -1)
        return workspace.apply_tables(tables, dry_run=True)


def test_each_case_is_said_alike(desk: Desk) -> None:
    workspace = desk.workspace
    before = workspace.export_catalogue()
    consequences = 0
    for name, tables in CASES.items():
        full = said(partial(whole, workspace), tables)
        assert said(partial(workspace.apply_tables, dry_run=True), tables) == full, name
        quick = said(workspace.check_tables, tables)
        assert quick == full if isinstance(full, Refusal) else quick == (full[0], ()), name
        consequences += not isinstance(full, Refusal) and bool(full[1])
    assert consequences == 1
    assert workspace.export_catalogue() == before


@pytest.mark.parametrize("name", ["a subscription", "an end within what was paid", "a used plan"])
def test_what_is_saved_is_the_same(name: str, desk: Desk) -> None:
    wanted = whole(desk.workspace, CASES[name])
    done = desk.workspace.apply_tables(CASES[name])
    assert (done.changes, done.consequences) == (wanted.changes, wanted.consequences)
    assert desk.workspace.catalogue() == wanted.after


def test_the_part_around_a_name_is_whole(desk: Desk) -> None:
    every = desk.workspace.catalogue()
    for name in ("globex", "g1", "globex-one", "sub_g"):
        part = desk.workspace.catalogue_around(name)
        assert part.customers == {"globex": every.customers["globex"]}
        assert part.subscriptions == {"globex-one": every.subscriptions["globex-one"]}
        assert (part.products, part.plans, part.versions) == (every.products, every.plans, every.versions)
    assert desk.workspace.catalogue_around().customers == {}
    assert desk.workspace.catalogue_around("nobody").customers == {}
