"""Checking a few tables says what a dry run of applying them says, in changes and in errors."""

from typing import Any, NamedTuple

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.errors import UsagebillError

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
    "an end": {
        "customer": [
            {
                "id": "globex",
                "aliases": ["g1"],
                "subscription": [
                    {
                        "id": "globex-one",
                        "aliases": ["sub_g"],
                        "plan": "other",
                        "start": "2026-01-01",
                        "end": "2027-01-01",
                    }
                ],
            }
        ]
    },
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
    "a used plan": {"plan": [{"code": "other", "products": ["fee", "calls"]}]},
    "a metric": {"metric": [{"code": "calls", "aggregation": "max", "property": "n"}]},
    "archived, though used": {"plan": [{"code": "other", "products": ["fee"], "archived": True}]},
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


def said(do: Any, tables: dict[str, Any]) -> object:
    try:
        return do(tables).changes
    except UsagebillError as error:
        return Refusal(type(error).__name__, error.what, error.key, error.mend)


def test_each_case_is_said_alike(desk: Desk) -> None:
    workspace = desk.workspace

    def applied(tables: dict[str, Any]) -> Any:
        return workspace.apply_tables(tables, dry_run=True)

    before = workspace.export_catalogue()
    answers = {name: (said(workspace.check_tables, one), said(applied, one)) for name, one in CASES.items()}
    for name, (quick, full) in answers.items():
        assert quick == full, name
    assert sum(isinstance(quick, Refusal) for quick, _ in answers.values()) >= 8
    assert workspace.export_catalogue() == before


def test_the_part_around_a_name_is_whole(desk: Desk) -> None:
    every = desk.workspace.catalogue()
    for name in ("globex", "g1", "globex-one", "sub_g"):
        part = desk.workspace.catalogue_around(name)
        assert part.customers == {"globex": every.customers["globex"]}
        assert part.subscriptions == {"globex-one": every.subscriptions["globex-one"]}
        assert (part.products, part.plans, part.versions) == (every.products, every.plans, every.versions)
    assert desk.workspace.catalogue_around().customers == {}
    assert desk.workspace.catalogue_around("nobody").customers == {}
