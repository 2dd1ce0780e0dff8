"""An invoice whose plugin is gone or newer: every way of computing it again says so, and none fails."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.billing.desk import METRICS, catalogue, metered
from tests.plugin.written import DOUBLE, SQUARE, plugin
from usagebill_tui.billing.simulating import SimulationRequest
from usagebill_tui.billing.why import WhyRequest
from usagebill_tui.domain.periods import Days
from usagebill_tui.workspace import Workspace

NOW = datetime(2026, 12, 1, tzinfo=UTC)
VERSION, NEWER = '__version__ = "1.5"\n', '__version__ = "2.0"\n'
TEXT = catalogue(
    {
        "doubled": metered("doubled", unit_amount="1"),
        "squared": metered("gb", model="square", factor="0.5"),
        "plain": metered("gb", unit_amount="1"),
    },
    metrics=[*METRICS, {"code": "doubled", "event": "gb", "aggregation": "double", "property": "gb"}],
)
EVENT = (
    '{"id": "%s", "account": "acme", "metric": "gb", '
    '"timestamp": "2026-10-05T00:00:00Z", "properties": {"gb": 3}}'
)
OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
GONE = "which is not loaded now"

Open = Callable[[], Workspace]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open the same workspace again and again, with what is in the folder of plugins by then.

    October is final, computed with two plugins.
    """
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "p"
    plugin(folder, "acme_double", VERSION, DOUBLE)
    plugin(folder, "acme_square", VERSION, SQUARE)
    with ExitStack() as stack:

        def open_it() -> Workspace:
            return stack.enter_context(
                Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW, plugins_dir=folder)
            )

        workspace = open_it()
        workspace.apply_catalogue_text(TEXT, "c.toml")
        deliver(workspace, tmp_path, "e1")
        assert [one.number for one in workspace.bill("2026-10", finalize=True).invoices] == ["INV-0001"]
        yield open_it


def deliver(workspace: Workspace, folder: Path, name: str) -> None:
    path = folder / f"{name}.jsonl"
    path.write_text(EVENT % name)
    workspace.import_events([path])


def lose(folder: Path, *names: str) -> None:
    for name in names:
        (folder / "p" / f"{name}.py").unlink()


def verified(workspace: Workspace) -> list[tuple[str, str]]:
    return [(one.status, one.detail) for one in workspace.verify()]


def test_verify_proves_it_while_the_plugins_are_there(opened: Open) -> None:
    ((status, detail),) = verified(opened())
    assert (status, detail.endswith("; 1 final ones recompute to the same bytes")) == ("ok", True)


def test_verify_says_which_plugin_is_gone_and_does_not_fail(opened: Open, tmp_path: Path) -> None:
    lose(tmp_path, "acme_square")
    warning, fine = verified(opened())
    assert warning == ("warning", f"not recomputable: computed with plugin acme_square 1.5, {GONE}")
    assert fine[0] == "ok"
    assert fine[1].endswith("; 0 final ones recompute to the same bytes")


def test_verify_says_which_plugin_is_newer(opened: Open, tmp_path: Path) -> None:
    plugin(tmp_path / "p", "acme_double", NEWER, DOUBLE.replace("2 *", "3 *"))
    warning, _ = verified(opened())
    assert warning == (
        *("warning", "not recomputable: computed with plugin acme_double 1.5; version 2.0 is loaded now"),
    )


def test_a_plugin_that_fails_now_is_a_fault_unless_it_is_another(opened: Open, tmp_path: Path) -> None:
    broken = DOUBLE.replace('2 * (values["sum"] or Decimal(0))', "1 / 0")
    plugin(tmp_path / "p", "acme_double", NEWER, broken)
    assert verified(opened())[0][0] == "warning"
    plugin(tmp_path / "p", "acme_double", VERSION, broken)
    ((status, detail),) = verified(opened())
    assert (status, "ZeroDivisionError" in detail) == ("failed", True)


def test_adjustments_name_it_as_a_problem(opened: Open, tmp_path: Path) -> None:
    lose(tmp_path, "acme_square", "acme_double")
    workspace = opened()
    deliver(workspace, tmp_path, "late")
    (proposal,) = workspace.adjustment_proposals()
    assert proposal.rest.differences == ()
    assert "acme_square 1.5" in proposal.problem
    assert GONE in proposal.problem


def test_explaining_shows_steps_and_events_all_the_same(opened: Open, tmp_path: Path) -> None:
    lose(tmp_path, "acme_square", "acme_double")
    workspace = opened()
    explanation = workspace.explain("INV-0001")
    assert [len(list(workspace.events_behind(explanation, line))) for line in explanation.lines] == [1, 1, 1]
    assert [len(said) > 0 for said in workspace.changed_plugins(explanation.invoice)] == [True, True]


def test_why_says_that_it_cannot_be_priced(opened: Open, tmp_path: Path) -> None:
    lose(tmp_path, "acme_double")
    answer = opened().why(
        WhyRequest(customer="acme", metric="doubled", first="2026-10-01", last="2026-11-01")
    )
    assert "unknown aggregation type 'double'" in repr(answer)


def test_simulating_names_who_cannot_be_compared(opened: Open, tmp_path: Path) -> None:
    lose(tmp_path, "acme_square")
    result = opened().simulate(SimulationRequest(days=OCTOBER, plan="pro"))
    assert "unknown pricing model 'square'" in repr(result)
