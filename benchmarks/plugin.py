"""Plugins for the benchmark: a sum by a measure, the same by a fold, and many that do nothing."""

from pathlib import Path

_CODE = """
from decimal import Decimal

from usagebill_tui.plugin import Aggregation, FoldAggregation, Sum, hookimpl


class PushedSum(Aggregation):
    name = "pushed_sum"
    title = "Sum by a measure"

    def measures(self, path, params):
        return {"sum": Sum(path)}

    def finish(self, values, params):
        return values["sum"] or Decimal(0)


class FoldedSum(FoldAggregation):
    name = "folded_sum"
    title = "Sum by a fold"

    def start(self, period, params):
        return Decimal(0)

    def step(self, state, batch, params):
        return sum((number for number in batch.numbers["value"] if number is not None), state)

    def merge(self, earlier, later, params):
        return earlier + later

    def finish(self, state, params):
        return state


@hookimpl
def usagebill_register_aggregations(registry):
    registry.add_aggregation(PushedSum())
    registry.add_aggregation(FoldedSum())
"""
_IDLE = """
from usagebill_tui.plugin import hookimpl


@hookimpl
def usagebill_register_aggregations(registry):
    pass
"""
_CATALOGUE = """
[[metric]]
code = "{name}"
name = "{name}"
event = "api"
aggregation = "{name}"
property = "units"
"""


def write_plugin(folder: Path) -> None:
    """Write the plugin into a folder that only its owner may write to."""
    folder.mkdir(mode=0o700)
    (folder / "sums.py").write_text(_CODE, encoding="utf-8")


def write_idle_plugins(folder: Path, count: int) -> None:
    """Write so many plugins that register nothing."""
    folder.mkdir(mode=0o700)
    for number in range(count):
        (folder / f"idle{number}.py").write_text(_IDLE, encoding="utf-8")


def write_metrics(path: Path) -> None:
    """Write a catalogue file with a metric for each of the plugin's aggregation types."""
    text = "".join(_CATALOGUE.format(name=name) for name in ("pushed_sum", "folded_sum"))
    path.write_text(text, encoding="utf-8")
