import subprocess
import sys

import pytest

from usagebill_tui.domain.aggregation.builtin import EventCount
from usagebill_tui.domain.pricing.per_unit import PerUnit
from usagebill_tui.errors import InvalidInput
from usagebill_tui.plugin.registry import Registry, builtin_registry


def test_all_built_ins_are_registered_under_their_names() -> None:
    registry = builtin_registry()
    assert set(registry.aggregations) == {
        "count",
        "sum",
        "unique_count",
        "max",
        "min",
        "average",
        "latest",
        "weighted_sum",
        "percentile",
    }
    assert set(registry.pricing_models) == {
        "per_unit",
        "tiered",
        "volume",
        "package",
        "percentage",
        "tiered_percentage",
        "dynamic",
    }
    for name, model in registry.pricing_models.items():
        assert (model.name, bool(model.title)) == (name, True)
    for name, aggregation in registry.aggregations.items():
        assert (aggregation.name, bool(aggregation.title)) == (name, True)


def test_two_of_one_name_are_refused() -> None:
    registry = Registry()
    registry.add_aggregation(EventCount())
    registry.add_pricing_model(PerUnit())
    with pytest.raises(InvalidInput, match="two aggregation types are called 'count'"):
        registry.add_aggregation(EventCount())
    with pytest.raises(InvalidInput, match="two pricing models are called 'per_unit'"):
        registry.add_pricing_model(PerUnit())


def test_an_unknown_name_suggests_the_nearest() -> None:
    registry = builtin_registry()
    with pytest.raises(InvalidInput, match="unknown pricing model 'teired'; did you mean 'tiered'"):
        registry.pricing_model("teired")
    with pytest.raises(
        InvalidInput, match="unknown aggregation type 'uniquecount'; did you mean 'unique_count'"
    ):
        registry.aggregation("uniquecount")
    with pytest.raises(InvalidInput, match="unknown pricing model 'zzz'; known: dynamic, package"):
        registry.pricing_model("zzz")


@pytest.mark.parametrize(
    "module",
    ["usagebill_tui.plugin", "usagebill_tui.plugin.builtin", "usagebill_tui.domain.pricing.protocol"],
)
def test_each_module_can_be_imported_first(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
