"""A subscription that follows another: what the file may say, and what it is refused for."""

from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Table, catalogue, metered
from usagebill_tui.errors import InvalidInput, Refused

CALLS = {"calls": metered("calls", unit_amount="1")}
ENDED = {"end": date(2026, 3, 1)}
NEXT: Table = {"id": "next", "start": date(2026, 3, 1), "follows": "acme-pro"}


def test_it_survives_a_file(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, subscription=ENDED, others=[NEXT]))
    text = desk.workspace.export_catalogue()
    assert 'follows = "acme-pro"' in text
    assert "since" not in text
    assert desk.workspace.apply_catalogue_text(text, "again.toml").changes == ()
    other = open_desk(text)
    assert other.workspace.catalogue() == desk.workspace.catalogue()
    assert other.workspace.catalogue().subscriptions["next"].since == date(2026, 1, 1)


def test_a_table_without_the_key_leaves_what_is_followed(open_desk: OpenDesk) -> None:
    desk = open_desk(catalogue(CALLS, subscription=ENDED, others=[NEXT]))
    silent = {key: value for key, value in NEXT.items() if key != "follows"}
    desk.apply(catalogue(CALLS, subscription=ENDED, others=[silent]))
    assert desk.workspace.catalogue().subscriptions["next"].follows == "acme-pro"


@pytest.mark.parametrize(
    ("subscription", "others", "said"),
    [
        (
            ENDED,
            [{**NEXT, "follows": "acme-por"}],
            "no other subscription 'acme-por'.*did you mean 'acme-pro'",
        ),
        (ENDED, [{**NEXT, "follows": "next"}], "no other subscription 'next'"),
        ({}, [NEXT], "followed by 'next' from 2026-03-01 on, so it has to end by then"),
        ({"end": date(2026, 3, 2)}, [NEXT], "give it the end 2026-03-01 or an earlier one"),
        (
            ENDED,
            [{**NEXT, "end": date(2026, 4, 1)}, {**NEXT, "id": "last", "start": date(2026, 4, 1)}],
            "'acme-pro' is followed by 'next' already, not by 'last' too",
        ),
    ],
)
def test_what_cannot_be_followed_is_refused(
    open_desk: OpenDesk, subscription: Table, others: list[Table], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        open_desk(catalogue(CALLS, subscription=subscription, others=others))


def test_another_customers_subscription_cannot_be_followed(open_desk: OpenDesk) -> None:
    more = [{"id": "beta", "subscription": [{**NEXT, "plan": "pro"}]}]
    with pytest.raises(InvalidInput, match="'beta' has no other subscription 'acme-pro'"):
        open_desk(catalogue(CALLS, subscription=ENDED, more=more))


def test_an_alias_of_what_is_followed_tells_its_events_apart_too(open_desk: OpenDesk) -> None:
    beside = {"id": "beside", "aliases": ["b"]}
    named = {**ENDED, "aliases": ["a"]}
    desk = open_desk(catalogue(CALLS, subscription=named, others=[beside, NEXT]))
    desk.events(*((name, "calls", f"2026-0{month}-05T00:00:00Z") for name in "ab" for month in (2, 3)))
    made = [one for month in ("2026-02", "2026-03") for one in desk.workspace.bill(month).invoices]
    counted = [(one.subscription, *(str(line.units) for line in one.lines)) for one in made]
    assert counted == [("acme-pro", "1"), ("beside", "1"), ("beside", "1"), ("next", "1")]
    with pytest.raises(Refused, match="billed twice"):
        open_desk(catalogue(CALLS, subscription=ENDED, others=[beside, NEXT]))
