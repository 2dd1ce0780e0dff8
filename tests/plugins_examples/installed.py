"""The example packages of `plugins/` as if they were installed."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "plugins"
PACKAGES = sorted(path.parent for path in FOLDER.glob("*/pyproject.toml"))


def project(package: Path) -> dict[str, Any]:
    """Return the `[project]` table of a package."""
    table: dict[str, Any] = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def install(package: Path, site: Path) -> None:
    """Write what installing a package would: its modules, linked to, and its metadata."""
    told = project(package)
    site.mkdir(exist_ok=True)
    for module in (package / "src").iterdir():
        if module.is_dir() and module.name.isidentifier() and module.name != "__pycache__":
            (site / module.name).symlink_to(module)
    info = site / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
    info.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    points = told["entry-points"]["usagebill_tui"]
    lines = ["[usagebill_tui]", *(f"{name} = {module}" for name, module in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
