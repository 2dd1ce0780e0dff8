"""Foreign texts that would harm a terminal or an interface that obeyed them, and a workspace full of them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from usagebill_tui.workspace import Workspace

NOW = datetime(2023, 12, 5, 9, tzinfo=UTC)
MARKUP = "[/] [bold]x[/bold] [@click=app.quit]x[/] [red"
CONTROL = "\x1b[9991mA\x1b]0;pwned\x07B\x9b9991mC\x9d0;pwned\x9cD\x1bP9991q\x1b\\E\x00F\x08G"
DIRECTION = "\u202egnp.exe\u202c \u2066x\u2069 \u200bשלום عربي"
WIDE = "日本語テキスト🙂👩\u200d👩\u200d👧"
LONG = "L" * 10_000
TEXTS = (MARKUP, CONTROL, DIRECTION, WIDE, LONG, "")
NAMES = (MARKUP, f"n {DIRECTION}", WIDE, LONG, "", "plain")

CATALOGUE = """
currency = "USD"
[[metric]]
code = "m"
name = {markup}
aggregation = "sum"
property = "n"
unit = {wide}

[[product]]
code = "m"
name = {markup}
metric = "m"
price = {{ model = "tiered", tiers = [{{ up_to = 5, unit_amount = "1" }}, {{ unit_amount = "0.5" }}] }}

[[plan]]
code = "p"
name = {markup}
products = ["m"]
"""

CUSTOMER = """
[[customer]]
id = "c{number}"
name = {name}
aliases = [{alias}]

[[customer.subscription]]
plan = "p"
start = 2023-11-01
"""


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def fill(home: Path, files: Path, name: str = "sandbox") -> None:
    """Make a workspace whose names, accounts, codes, files, values and reasons are all hostile."""
    text = CATALOGUE.format(markup=_toml(MARKUP), wide=_toml(WIDE))
    for number, one in enumerate(NAMES):
        text += CUSTOMER.format(number=number, name=_toml(one), alias=_toml(f"{MARKUP}{number}"))
    with Workspace.open(name, home=home, clock=lambda: NOW) as workspace:
        workspace.apply_catalogue_text(text, "hostile.toml")
        workspace.import_events([_events(files)])
        workspace.bill("2023-11", finalize=True)
        due = next(one.number for one in workspace.invoices() if one.number is not None and one.amount_due)
        workspace.pay(due, "1", reference=CONTROL)


def _events(files: Path) -> Path:
    file = files / "[@click=app.quit]x[\x1b[9991m].jsonl"
    rows = []
    for number, text in enumerate(TEXTS):
        row = {"id": f"{number}{text[:200]}", "account": f"c{number}", "metric": "m"}
        rows.append(
            {**row, "timestamp": "2023-11-02T09:00:00Z", "properties": {"n": 7, "t": text, text or "k": 1}}
        )
        rows.append({**row, "id": f"u{number}", "account": f"u{text[:500]}", "metric": f"x{text[:500]}",
                     "timestamp": "2023-11-03T09:00:00Z", "properties": {"n": text}})  # fmt: skip
        rows.append({"id": f"r{number}", "account": "c1", "metric": "m", "timestamp": text, "properties": {}})
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file
