"""Whatever changes a workspace says so in its audit: who, what, when."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, catalogue, fee, metered
from usagebill_tui.billing.erasing import Erasure
from usagebill_tui.billing.subscriptions.moving import MoveRequest
from usagebill_tui.events.types import Options

PRODUCTS = {"fee": fee("49.00", timing="arrears"), "gb": metered("gb", unit_amount="2")}
TEXT = catalogue(PRODUCTS, plans=[{"code": "old", "products": ["fee"]}])
DEARER = catalogue({**PRODUCTS, "gb": metered("gb", unit_amount="3")})


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    """January is final, February a draft; a late event waits to be settled."""
    desk = open_desk(TEXT)
    desk.events(("acme", "gb", "2026-01-05T10:00:00Z", {"gb": 3}))
    desk.workspace.bill("2026-01", finalize=True)
    desk.workspace.bill("2026-02")
    desk.events(("acme", "gb", "2026-01-06T10:00:00Z", {"gb": 1}))
    return desk


Change = Callable[[Desk], object]
CHANGES: dict[str, tuple[str, str, Change]] = {
    "import": ("import", "batch", lambda d: d.events(("acme", "gb", "2026-03-01T00:00:00Z", {"gb": 1}))),
    "undo": ("undo", "batch", lambda d: d.workspace.undo_batch(1)),
    "apply": ("change", "product", lambda d: d.apply(DEARER)),
    "add subscription": (
        "add",
        "subscription",
        lambda d: d.workspace.add_subscription("acme", {"plan": "old", "start": date(2026, 5, 1)}),
    ),
    "change subscription": (
        "change",
        "subscription",
        lambda d: d.workspace.change_subscription("acme-pro", {"aliases": ["other"]}),
    ),
    "cancel": (
        "change",
        "subscription",
        lambda d: d.workspace.cancel_subscription("acme-pro", date(2027, 9, 1)),
    ),
    "bill": ("add", "invoice", lambda d: d.workspace.bill("2026-03")),
    "finalize": ("finalize", "invoice", lambda d: d.workspace.finalize("acme-pro_2026-02-01")),
    "finalize all": (
        "finalize",
        "invoice",
        lambda d: d.workspace.finalize_drafts(["acme-pro_2026-02-01"]),
    ),
    "void": ("void", "invoice", lambda d: d.workspace.void("INV-0001")),
    "pay": ("pay", "invoice", lambda d: d.workspace.pay("INV-0001", Decimal(1))),
    "accept": ("accept", "adjustment", lambda d: d.workspace.accept_adjustment("INV-0001")),
    "save mapping": ("save", "mapping", lambda d: d.workspace.save_mapping("m", Options())),
    "archive": ("archive", "plan", lambda d: d.workspace.archive("plan", ["old"])),
    "erase": ("erase", "customer", lambda d: d.workspace.erase(Erasure(customer="acme"))),
    "backup": ("add", "backup", lambda d: d.workspace.note_backup(d.folder / "b.tar", 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told(desk: Desk, name: str) -> None:
    action, noun, change = CHANGES[name]
    before = desk.workspace.audit()
    change(desk)
    added = desk.workspace.audit()[len(before) :]
    assert (action, noun) in {(one.action, one.noun) for one in added}
    assert {(one.who, one.at) for one in added} == {("ada", desk.now)}
    for one in added:
        for side in (one.before, one.after):
            assert side is None or isinstance(json.loads(side), dict | str)


def test_moving_tells_of_both_subscriptions(desk: Desk) -> None:
    desk.apply(DEARER)
    before = len(desk.workspace.audit())
    desk.workspace.move_subscriptions(MoveRequest(source="pro@1", target="pro@2", day=date(2027, 9, 1)))
    told = {(one.action, one.noun, one.key) for one in desk.workspace.audit()[before:]}
    assert {("change", "subscription", "acme-pro"), ("add", "subscription", "acme-pro-2")} <= told


def test_a_credit_note_is_told(desk: Desk) -> None:
    before = len(desk.workspace.audit())
    desk.workspace.credit("INV-0001", reason="kindness")
    assert {one.noun for one in desk.workspace.audit()[before:]} == {"invoice"}


def test_what_changes_nothing_tells_nothing(desk: Desk) -> None:
    before = len(desk.workspace.audit())
    desk.apply(TEXT)
    desk.workspace.bill("2026-02", dry_run=True)
    desk.workspace.archive("plan", ["old"], dry_run=True)
    desk.workspace.archive("plan", ["old"], away=False)
    desk.workspace.verify()
    assert len(desk.workspace.audit()) == before
