"""Plugins at work in a workspace: as good as built in, and contained when they fail."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.billing.desk import METRICS, catalogue, metered
from tests.plugin.written import DOUBLE, PAIRS, SQUARE, plugin
from usagebill_tui.billing.usage.answering import UsageRequest
from usagebill_tui.domain.invoice import invoice_json
from usagebill_tui.errors import InvalidInput, Refused, WrongCall
from usagebill_tui.workspace import Workspace

NOW = datetime(2026, 12, 1, tzinfo=UTC)
VERSION = '__version__ = "1.5"\n'
TEXT = catalogue(
    {
        "doubled": metered("doubled", unit_amount="1"),
        "squared": metered("gb", model="square", factor="0.5"),
        "plain": metered("gb", unit_amount="1"),
    },
    metrics=[*METRICS, {"code": "doubled", "event": "gb", "aggregation": "double", "property": "gb"}],
)
PAIRED = "#pairs\naccount=acme;metric=gb;timestamp=2026-10-05T00:00:00Z;gb=3\n"
OCTOBER = UsageRequest(first="2026-10-01", last="2026-11-01")

Open = Callable[[], Workspace]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open the same workspace again and again, with what is in the folder of plugins by then."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "p").mkdir(mode=0o700)
    with ExitStack() as stack:

        def open_it() -> Workspace:
            return stack.enter_context(
                Workspace.open("sandbox", home=tmp_path, clock=lambda: NOW, plugins_dir=tmp_path / "p")
            )

        yield open_it


@pytest.fixture
def filled(opened: Open, tmp_path: Path) -> Open:
    """The same, with all three plugins, a catalogue of theirs, and 3 GB of acme's."""
    plugin(tmp_path / "p", "acme_double", VERSION, DOUBLE)
    plugin(tmp_path / "p", "acme_square", VERSION, SQUARE)
    plugin(tmp_path / "p", "acme_pairs", VERSION, PAIRS)
    workspace = opened()
    workspace.apply_catalogue_text(TEXT, "c.toml")
    (tmp_path / "events.pairs").write_text(PAIRED, encoding="utf-8")
    assert workspace.import_events([tmp_path / "events.pairs"]).format == "pairs"
    return opened


def lines(workspace: Workspace, **options: Any) -> dict[str, tuple[str, str | None]]:
    (invoice,) = workspace.bill("2026-10", **options).invoices
    return {line.product or line.kind: (str(line.amount), line.not_rated) for line in invoice.lines}


def test_plugins_are_as_good_as_built_in(filled: Open) -> None:
    workspace = filled()
    assert [(state.name, state.status) for state in workspace.plugins] == [
        ("acme_double", "ok"),
        ("acme_pairs", "ok"),
        ("acme_square", "ok"),
    ]
    assert lines(workspace, finalize=True) == {
        "doubled": ("6.00", None),
        "squared": ("4.50", None),
        "plain": ("3.00", None),
    }
    (invoice,) = workspace.invoices()
    assert invoice_json(invoice)["plugins"] == {"acme_double": "1.5", "acme_square": "1.5"}
    assert workspace.changed_plugins(invoice) == []


def test_files_are_recognised_whatever_their_ending(filled: Open, tmp_path: Path) -> None:
    workspace = filled()
    (tmp_path / "more.log").write_text(PAIRED.replace("gb=3", "gb=4"), encoding="utf-8")
    report = workspace.import_events([tmp_path / "more.log"])
    assert (report.format, report.counts.accepted) == ("pairs", 1)
    (tmp_path / "other.log").write_text("none of it", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"'\.log' names no known format; use .*\.pairs.*\|pairs"):
        workspace.import_events([tmp_path / "other.log"])


FAULTY_FINISH = [
    ("1 / 0", "failed (ZeroDivisionError: division by zero)"),
    ("1.5", "returned 1.5 where an exact Decimal is due"),
    ("float(2)", "returned 2.0 where an exact Decimal is due"),
    ("Decimal('NaN')", "returned Decimal('NaN') where an exact Decimal is due"),
    ("Decimal('Infinity')", "returned Decimal('Infinity') where"),
    ("7", "returned 7 where an exact Decimal is due"),
    ("Decimal('1e95')", "returned a quantity beyond all reason"),
    ("__import__('sys').exit(9)", "failed (SystemExit: 9)"),
    ("values['summ']", "failed (KeyError: 'summ')"),
]


@pytest.mark.parametrize(("expression", "reason"), FAULTY_FINISH)
def test_an_aggregation_that_fails_costs_its_own_lines(
    filled: Open, tmp_path: Path, expression: str, reason: str
) -> None:
    plugin(
        tmp_path / "p",
        "acme_double",
        VERSION,
        DOUBLE.replace('2 * (values["sum"] or Decimal(0))', expression),
    )
    workspace = filled()
    billed = lines(workspace)
    assert (billed["squared"], billed["plain"]) == (("4.50", None), ("3.00", None))
    amount, why = billed["doubled"]
    assert amount == "0.00"
    assert (why or "").startswith(f"the aggregation type 'double' of plugin acme_double 1.5 {reason}")
    assert "usagebill plugins disable acme_double" in (why or "")
    usage = {row.metric: row for row in workspace.usage(OCTOBER)}
    assert (usage["doubled"].units, usage["doubled"].failure) == (None, why)
    assert (str(usage["gb"].units), usage["gb"].failure) == ("3", None)
    with pytest.raises(InvalidInput, match="usage of doubled by acme: the aggregation type 'double'"):
        workspace.report_usage(OCTOBER, tmp_path / "usage.csv")
    assert not (tmp_path / "usage.csv").exists()


@pytest.mark.parametrize("measures", ["1 / 0", "None", "{'sum': 'Sum'}", "{1: Count()}", "[Sum(path)]"])
def test_an_aggregation_that_asks_for_no_measures_costs_its_own_lines(
    filled: Open, tmp_path: Path, measures: str
) -> None:
    plugin(tmp_path / "p", "acme_double", DOUBLE.replace('{"sum": Sum(path)}', measures))
    workspace = filled()
    billed = lines(workspace)
    assert billed["plain"] == ("3.00", None)
    assert "the aggregation type 'double' of plugin acme_double" in (billed["doubled"][1] or "")


FAULTY_PRICE = [
    ("1 / 0", "failed on 3 units (ZeroDivisionError: division by zero)"),
    ("[Step(description='x', amount=1.5)]", "an amount that is not an exact number: 1.5"),
    ("[Step(description='x', amount=Decimal('NaN'))]", "an amount that is not an exact number"),
    ("[]", "returned no steps"),
    ("['free']", "returned str where a step is due"),
    ("None", "failed on 3 units (TypeError"),
    ("exit(2)", "failed on 3 units (SystemExit: 2)"),
    ("(_ for _ in ()).throw(RuntimeError('no\\nway'))", "(RuntimeError: no way)"),
]


@pytest.mark.parametrize(("expression", "reason"), FAULTY_PRICE)
def test_a_model_that_fails_costs_its_own_lines(
    filled: Open, tmp_path: Path, expression: str, reason: str
) -> None:
    steps = '[Step(description="squared", amount=units * units * params.factor)]'
    plugin(tmp_path / "p", "acme_square", VERSION, SQUARE.replace(steps, expression))
    workspace = filled()
    billed = lines(workspace)
    assert (billed["doubled"], billed["plain"]) == (("6.00", None), ("3.00", None))
    assert billed["squared"][0] == "0.00"
    assert "the pricing model 'square' of plugin acme_square 1.5" in (billed["squared"][1] or "")
    assert reason in (billed["squared"][1] or "")


@pytest.mark.parametrize("method", ["check", "in_currency", "event_property"])
def test_a_model_that_fails_before_it_prices_costs_its_own_lines(
    filled: Open, tmp_path: Path, method: str
) -> None:
    broken = f"    needs_events = True\n    def {method}(self, *_):\n        raise OSError('no')\n"
    plugin(tmp_path / "p", "acme_square", SQUARE.replace("    parameters", f"{broken}    parameters"))
    billed = lines(filled())
    assert billed["plain"] == ("3.00", None)
    assert "the pricing model 'square' of plugin acme_square" in (billed["squared"][1] or "")
    assert "OSError: no" in (billed["squared"][1] or "")


FAULTY_READ = [
    ("1 / 0", "failed on"),
    ("exit(2)", "failed on"),
    ("yield {'account': 'acme'}", "yielded dict where a Record is due"),
    ("yield Record('1', 'x', {})", "whose line is no number"),
    ("yield Record(1, 'x', {'gb': 1.5})", "yielded 1.5 in line 1, which is no exact value"),
    ("yield Record(1, 'x', {'gb': [{'a': Decimal('NaN')}]})", "yielded Decimal('NaN') in line 1"),
    ("yield Record(1, 'x', {1: 'a'})", "yielded 1 in line 1"),
    ("yield Record(1, 'x', 7)", "yielded fields of type int in line 1"),
    ("return None", "failed on"),
]


@pytest.mark.parametrize(("statement", "reason"), FAULTY_READ)
def test_a_reader_that_fails_imports_nothing(
    filled: Open, tmp_path: Path, statement: str, reason: str
) -> None:
    faulty = f"""
class Faulty(EventReader):
    name = "faulty"
    endings = (".faulty",)

    def read(self, stream, name):
        {statement}

@hookimpl
def usagebill_register_event_readers(registry):
    registry.add_event_reader(Faulty())
"""
    plugin(tmp_path / "p", "zz", VERSION, faulty)
    (tmp_path / "x.faulty").write_text("x", encoding="utf-8")
    workspace = filled()
    before = len(workspace.batches())
    with pytest.raises(InvalidInput, match=r"the event reader 'faulty' of plugin zz 1\.5") as error:
        workspace.import_events([tmp_path / "x.faulty"])
    assert reason in str(error.value)
    assert len(workspace.batches()) == before


def test_an_invoice_with_a_line_that_is_not_rated_stays_a_draft(filled: Open, tmp_path: Path) -> None:
    plugin(tmp_path / "p", "acme_square", VERSION, SQUARE.replace("units * units", "1 / 0 * units"))
    workspace = filled()
    run = workspace.bill("2026-10", finalize=True)
    (invoice,) = run.invoices
    assert (invoice.status, invoice.number, str(invoice.total)) == ("draft", None, "9.00")
    assert [(one.invoice, one.line, one.product) for one in run.not_rated] == [(invoice.id, 2, "squared")]
    line = invoice.lines[1]
    assert [step.description for step in line.steps] == ["not rated"]
    assert line.warnings == (f"not rated: {line.not_rated}",)
    assert (str(line.units), line.events) == ("3", 1)
    with pytest.raises(
        Refused, match=r"line 2 \(squared\) of invoice .* is not rated: the pricing model"
    ) as error:
        workspace.finalize(invoice.id)
    assert error.value.exit_code == 5
    assert workspace.bill("2026-10").not_rated == run.not_rated
    plugin(tmp_path / "p", "acme_square", VERSION, SQUARE)
    mended = filled().bill("2026-10", finalize=True)
    assert [(one.number, str(one.total)) for one in mended.invoices] == [("INV-0001", "13.50")]
    assert mended.not_rated == ()


def test_what_a_lost_plugin_made_can_be_read_and_is_named_by_version(filled: Open, tmp_path: Path) -> None:
    final = filled().bill("2026-10", finalize=True).invoices[0]
    for name in ("acme_square", "acme_double"):
        (tmp_path / "p" / f"{name}.py").unlink()
    workspace = filled()
    assert invoice_json(workspace.invoice("INV-0001")) == invoice_json(final)
    assert workspace.changed_plugins(workspace.invoice("INV-0001")) == [
        "computed with plugin acme_double 1.5, which is not loaded now",
        "computed with plugin acme_square 1.5, which is not loaded now",
    ]
    explanation = workspace.explain("INV-0001")
    assert [len(list(workspace.events_behind(explanation, line))) for line in explanation.lines] == [1, 1, 1]
    (run,) = [workspace.bill("2026-11")]
    assert [(one.product, one.reason.partition(";")[0]) for one in run.not_rated] == [
        ("doubled", "unknown aggregation type 'double'"),
        ("squared", "unknown pricing model 'square'"),
    ]
    for one in run.not_rated:
        assert one.reason.endswith(
            "invoice INV-0001 was computed with plugin acme_double 1.5, plugin acme_square 1.5"
        )
    assert {row.metric: row.failure is not None for row in workspace.usage(OCTOBER)}["doubled"]
    assert workspace.export_catalogue()


def test_a_plugin_of_another_version_is_said(filled: Open, tmp_path: Path) -> None:
    filled().bill("2026-10", finalize=True)
    plugin(tmp_path / "p", "acme_square", '__version__ = "2.0"\n', SQUARE)
    workspace = filled()
    assert workspace.changed_plugins(workspace.invoice("INV-0001")) == [
        "computed with plugin acme_square 1.5; version 2.0 is loaded now"
    ]


def test_parameters_that_a_newer_plugin_does_not_take_cost_its_own_lines(
    filled: Open, tmp_path: Path
) -> None:
    plugin(tmp_path / "p", "acme_square", VERSION, SQUARE.replace("factor", "multiplier"))
    billed = lines(filled())
    assert billed["plain"] == ("3.00", None)
    assert "factor" in (billed["squared"][1] or "")


def test_plugin_parameters_are_checked_like_built_in_ones(filled: Open) -> None:
    workspace = filled()
    with pytest.raises(InvalidInput, match="did you mean 'factor'"):
        workspace.apply_catalogue_text(TEXT.replace("factor", "facter"), "c.toml")
    with pytest.raises(WrongCall, match="did you mean 'pairs'"):
        list(_imported(workspace, "pears"))


def _imported(workspace: Workspace, input_format: str) -> Iterator[object]:
    from usagebill_tui.billing.imports.importing import ImportRequest
    from usagebill_tui.events.types import Options

    yield workspace.import_events(["x"], ImportRequest(options=Options(input_format=input_format)))
