"""docs/python.md is run as it stands, and its amounts are worked out once more."""

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """Code of the page, where it stands there, what the page shows below it, and what it printed."""

    line: int
    code: str
    shown: str
    printed: str


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> list[Block]:
    """Run the page in an empty folder."""
    with contextlib.chdir(tmp_path_factory.mktemp("notebook")):
        return list(_run(PAGE.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def printed(blocks: list[Block]) -> str:
    return "".join(block.printed for block in blocks)


def _run(page: str) -> Iterator[Block]:
    names: dict[str, Any] = {"__name__": "__main__"}
    for found in _BLOCK.finditer(page):
        line = page.count("\n", 0, found.start()) + 2
        # Line feeds in front make a failure name the page's own line.
        code = compile("\n" * (line - 1) + found["code"], str(PAGE), "exec")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(code, names)  # noqa: S102 - the page is ours, and running it is the point
        yield Block(line, found["code"], found["shown"] or "", output.getvalue())


def test_every_block_prints_what_the_page_shows(blocks: list[Block]) -> None:
    for block in blocks:
        assert block.printed == block.shown, f"{PAGE.name}, line {block.line}"


def test_no_block_of_the_page_is_left_out(blocks: list[Block]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert len(blocks) == page.count("```python") == page.count("```text")


def test_the_page_goes_the_whole_way(blocks: list[Block]) -> None:
    code = "".join(block.code for block in blocks)
    for step in (
        "Workspace.open(",
        ".apply_catalogue(",
        ".import_events(",
        ".usage(",
        ".estimate(",
        ".bill(",
        ".explain(",
        ".finalize(",
        ".pay(",
    ):
        assert step in code


def test_its_amounts_follow_from_the_files_that_it_writes(
    blocks: list[Block], printed: str, tmp_path: Path
) -> None:
    requests, hours = _files(blocks, tmp_path)
    lines = [Decimal("49.00"), cents((requests - 1000) * Decimal("0.01")), cents(hours * Decimal("0.85"))]
    subtotal = sum(lines, Decimal(0))
    tax = cents(subtotal * Decimal("0.0825"))
    for name, amount in zip(("Platform fee", "API requests", "Compute hours"), lines, strict=True):
        assert f"{name:<14}{amount:>8}\n" in printed
    assert f"{subtotal} + {tax} tax = {subtotal + tax} USD\n" in printed
    assert f"final 50.00 paid, {subtotal + tax - 50} due\n" in printed


def _files(blocks: list[Block], folder: Path) -> tuple[int, Decimal]:
    """Write the page's files again; return how many requests and what sum of hours they hold."""
    with contextlib.chdir(folder):
        for block in blocks:
            for written in re.findall(
                r'^(?:Path\("jobs\.csv"\)\.write_text\(.*?^\)\n|with Path\("events\.jsonl"\).*?\n\n)',
                block.code,
                re.DOTALL | re.MULTILINE,
            ):
                exec(written, {"Path": Path, "json": json})  # noqa: S102 - likewise
        lines = Path("events.jsonl").read_text(encoding="utf-8").splitlines()
        with Path("jobs.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["finished"] and row["hours"] != "unknown"]
    return len({json.loads(line)["id"] for line in lines}), sum(
        (Decimal(row["hours"]) for row in rows), Decimal(0)
    )


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
