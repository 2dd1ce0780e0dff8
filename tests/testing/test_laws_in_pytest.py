"""Laws above a test: pytest makes a test of each, and leaves other tests alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.obedient import Doubled, Flat, Pairs
from usagebill_tui.testing import Law, LawBroken, Laws, aggregation_laws, pricing_laws, reader_laws

FAILING = """
from decimal import Decimal
from usagebill_tui.plugin import PricingModel, Step
from usagebill_tui.testing import pricing_laws
from tests.testing.obedient import Flat

class Rounding(Flat):
    def price(self, units, params, events=()):
        return [Step(description="u", quantity=units, unit_amount=params.amount, amount=units)]

@pricing_laws(Rounding())
def test_laws(law):
    law()

def test_other():
    pass
"""


@aggregation_laws(Doubled(), property="usage.gb")
def test_an_aggregation_type(law: Law) -> None:
    law()


@pricing_laws(Flat())
@reader_laws(Pairs())
def test_several_above_one_test(law: Law, request: pytest.FixtureRequest) -> None:
    law()
    assert request.node.callspec.id == f"{law.subject}: {law.name}"
    assert law.says.endswith(".")


def test_laws_need_no_pytest() -> None:
    script = (
        "import sys, usagebill_tui.testing as kit; [getattr(kit, name).__doc__ for name in kit.__all__];"
        "print('pytest' in sys.modules, 'duckdb' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_the_plugin_costs_other_test_runs_nothing() -> None:
    script = (
        "import sys, usagebill_tui.testing.pytest_plugin;"
        "print(sorted(m for m in sys.modules if m.startswith(('usagebill_tui', 'msgspec', 'pytest'))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (
        done.stdout == "['usagebill_tui', 'usagebill_tui.testing', 'usagebill_tui.testing.pytest_plugin']\n"
    )


def test_a_broken_law_is_a_failed_test_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "test_failing.py").write_text(FAILING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAILED" in done.stdout
    assert "[pricing model flat: steps multiply out]" in done.stdout
    assert "1 failed, 9 passed" in done.stdout


def test_all_can_be_tried_at_once() -> None:
    laws = pricing_laws(Flat())
    laws.check()
    assert len(laws) == len(list(laws)) == 9
    broken = Laws("thing")
    broken.add("never", _never, lambda: None)
    with pytest.raises(LawBroken, match=r"never: failed \(SystemExit: 3\)"):
        broken.check()


def _never(_case: None) -> None:
    """Nothing holds to this."""
    raise SystemExit(3)
