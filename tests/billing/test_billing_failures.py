"""A line that cannot be priced, or a customer that cannot be billed, is reported; the others are billed."""

from collections.abc import Sequence
from datetime import date

import pytest

from tests.billing.conftest import OpenDesk
from tests.billing.desk import Desk, Table, amounts, catalogue, metered
from usagebill_tui.billing.invoices.due import DuePeriod, Portion
from usagebill_tui.billing.invoices.rating import Rater, Usages
from usagebill_tui.errors import InvalidInput, NotFound
from usagebill_tui.plugin.registry import Registry, builtin_registry

CALLS = metered("calls", unit_amount="1")


def without_package() -> Registry:
    """A registry in which the pricing model `package` is gone, as when a plugin was taken out."""
    registry = Registry()
    registry.aggregations.update(builtin_registry().aggregations)
    models = builtin_registry().pricing_models
    registry.pricing_models.update({name: model for name, model in models.items() if name != "package"})
    return registry


def crowd(odd: Table) -> list[Table]:
    """Nine customers, of which the fourth has a price of its own."""
    return [
        {
            "id": f"c{number}",
            "subscription": [
                {"plan": "pro", "start": date(2026, 1, 1), "prices": {"calls": odd} if number == 4 else {}}
            ],
        }
        for number in range(1, 10)
    ]


def called(desk: Desk) -> None:
    desk.events(*[(f"c{number}", "calls", "2026-10-05T00:00:00Z", {"gb": 1}) for number in range(1, 10)])


def test_a_model_that_is_gone_stops_its_customer_alone(open_desk: OpenDesk) -> None:
    package = {"model": "package", "package_size": 10, "package_amount": "5"}
    desk = open_desk(catalogue({"calls": CALLS}, more=crowd(package)))
    called(desk)
    with Desk(desk.folder, registry=without_package()) as poorer:
        run = poorer.workspace.bill("2026-10", finalize=True)
        assert run.failures == ()
        (line,) = run.not_rated
        assert (line.customer, line.line, line.product) == ("c4", 1, "calls")
        assert line.reason.startswith("unknown pricing model 'package'")
        numbers = {each.customer: each.number for each in run.invoices}
        assert numbers.pop("c4") is None
        assert sorted(str(number) for number in numbers.values()) == [f"INV-{n:04}" for n in range(1, 10)]
    again = desk.workspace.bill("2026-10", finalize=True)
    assert [(each.customer, amounts(each), each.number) for each in again.invoices] == [
        ("c4", {"calls": "5.00"}, "INV-0010")
    ]
    assert (again.failures, again.billed) == ((), 9)


def test_a_price_of_single_events_without_amounts_stops_its_customer_alone(open_desk: OpenDesk) -> None:
    percentage = {"model": "percentage", "rate_percent": "1"}
    desk = open_desk(catalogue({"calls": CALLS}, more=crowd(percentage)))
    called(desk)
    run = desk.workspace.bill("2026-10")
    assert [(each.customer, "amounts are missing" in each.reason) for each in run.not_rated] == [("c4", True)]
    assert len(run.invoices) == 10


def test_an_amount_that_no_invoice_holds_stops_its_customer_alone(open_desk: OpenDesk) -> None:
    dear = {"model": "per_unit", "unit_amount": "99999999999999999999"}
    desk = open_desk(catalogue({"calls": CALLS}, more=crowd(dear)))
    called(desk)
    run = desk.workspace.bill("2026-10")
    assert [each.customer for each in run.failures] == ["c4"]
    assert "more than an invoice can hold" in run.failures[0].reason
    assert len(run.invoices) == 9


def test_only_the_periods_that_fail_are_not_rated(open_desk: OpenDesk) -> None:
    percentage = {"model": "percentage", "rate_percent": "1"}
    desk = open_desk(catalogue({"calls": CALLS}, more=crowd(percentage)))
    called(desk)
    run = desk.workspace.bill("2026-09-01..2026-12-01", ["c4"])
    assert [(str(each.period.start.date()), len(each.not_rated)) for each in run.invoices] == [
        ("2026-09-01", 0),
        ("2026-10-01", 1),
        ("2026-11-01", 0),
    ]
    assert len(run.not_rated) == 1


def test_finding_a_fault_among_many_takes_few_tries(
    open_desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    percentage = {"model": "percentage", "rate_percent": "1"}
    desk = open_desk(catalogue({"calls": CALLS}, more=crowd(percentage)))
    called(desk)
    tries: list[int] = []
    measured = Rater.measured

    def counted(self: Rater, periods: Sequence[tuple[DuePeriod, Sequence[Portion]]]) -> list[Usages]:
        tries.append(len(periods))
        return measured(self, periods)

    monkeypatch.setattr(Rater, "measured", counted)
    desk.workspace.bill("2026-10")
    assert len(tries) <= 9
    assert max(tries) == tries[0] == 10


@pytest.mark.parametrize("period", ["2026-13", "October", "2026-11-01..2026-10-01", ""])
def test_what_is_no_period_is_refused(open_desk: OpenDesk, period: str) -> None:
    with pytest.raises(InvalidInput):
        open_desk(catalogue({"calls": CALLS})).workspace.bill(period)


def test_an_unknown_customer_is_named_with_the_nearest_one(open_desk: OpenDesk) -> None:
    workspace = open_desk(catalogue({"calls": CALLS})).workspace
    with pytest.raises(NotFound, match="there is no customer 'acne'; did you mean 'acme'"):
        workspace.bill("2026-10", ["acne"])
    with pytest.raises(NotFound, match="there is no customer 'acne'; did you mean 'acme'"):
        workspace.estimate(["acne"])
