"""Plugins as texts, written to files of their own or into a made-up installed package."""

import textwrap
from pathlib import Path

HEAD = "from usagebill_tui.plugin import *\nfrom decimal import Decimal\nimport msgspec\n"

DOUBLE = """
class Double(Aggregation):
    name = "double"
    title = "Double"

    def measures(self, path, params):
        return {"sum": Sum(path)}

    def finish(self, values, params):
        return 2 * (values["sum"] or Decimal(0))

@hookimpl
def usagebill_register_aggregations(registry):
    registry.add_aggregation(Double())
"""

SQUARE = """
class SquareParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    factor: Decimal = Decimal(1)

class Square(PricingModel):
    name = "square"
    title = "Square"
    parameters = SquareParameters

    def price(self, units, params, events=()):
        return [Step(description="squared", amount=units * units * params.factor)]

@hookimpl
def usagebill_register_pricing_models(registry):
    registry.add_pricing_model(Square())
"""

PAIRS = """
class Pairs(EventReader):
    name = "pairs"
    endings = (".pairs",)

    def recognises(self, start):
        return start.startswith(b"#pairs")

    def read(self, stream, name):
        for number, line in enumerate(stream, 1):
            text = line.decode().strip()
            if not text.startswith("#"):
                yield Record(number, text, dict(part.split("=") for part in text.split(";")))

@hookimpl
def usagebill_register_event_readers(registry):
    registry.add_event_reader(Pairs())
"""


def plugin(folder: Path, name: str, *parts: str, head: str = HEAD) -> Path:
    """Write a single-file plugin that only its owner can write."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(head + "".join(textwrap.dedent(part) for part in parts), encoding="utf-8")
    path.chmod(0o600)
    return path


def package(site: Path, name: str, version: str, *parts: str, entry: str | None = None) -> None:
    """Write an installed package of one module, with the metadata that installing it would have left."""
    module = name.replace("-", "_")
    plugin(site, module, *parts)
    info = site / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[usagebill_tui]\n{entry or name} = {module}\n", "utf-8")
