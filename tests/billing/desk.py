"""A workspace to bill in: a clock that stands still, catalogues and events in few words."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import tomli_w

from tests.databases import fixed_for
from usagebill_tui.billing.imports.importing import ImportReport
from usagebill_tui.domain.invoice import Invoice, invoice_json
from usagebill_tui.homes import Home
from usagebill_tui.plugin.registry import Registry
from usagebill_tui.workspace import Workspace

Table = dict[str, Any]
LATER = "2027-06-15T12:00:00Z"

METRICS: list[Table] = [
    {"code": "calls", "aggregation": "count"},
    {"code": "gb", "aggregation": "sum", "property": "gb"},
    {"code": "peak", "event": "gb", "aggregation": "max", "property": "gb"},
    {"code": "stored", "event": "gb", "aggregation": "sum", "property": "gb", "recurring": True},
]


def metered(metric: str, **price: Any) -> Table:
    return {"metric": metric, "price": price}


def fee(amount: str, timing: str = "advance", kind: str = "recurring") -> Table:
    return {"fee": kind, "timing": timing, "price": {"unit_amount": amount}}


def catalogue(
    products: Mapping[str, Table],
    *,
    plan: Table | None = None,
    customer: Table | None = None,
    subscription: Table | None = None,
    metrics: Iterable[Table] = METRICS,
    more: Iterable[Table] = (),
    plans: Iterable[Table] = (),
    others: Iterable[Table] = (),
) -> str:
    """One plan `pro` of these products, and acme on it from 2026.

    `more` customers and `plans` may follow, and `others`: acme's other subscriptions.
    """
    bound = {"id": "acme-pro", "plan": "pro", "start": datetime(2026, 1, 1, tzinfo=UTC).date()}
    tables = {
        "currency": "USD",
        "metric": list(metrics),
        "product": [{"code": code, **table} for code, table in products.items()],
        "plan": [{"code": "pro", "products": list(products), **(plan or {})}, *plans],
        "customer": [
            {
                "id": "acme",
                **(customer or {}),
                "subscription": [
                    {**bound, **(subscription or {})},
                    *({**bound, **each} for each in others),
                ],
            },
            *more,
        ],
    }
    return tomli_w.dumps(tables)


class Desk:
    """An open workspace in a folder; `now` is what its clock shows."""

    def __init__(
        self,
        folder: Path,
        text: str | None = None,
        now: str = LATER,
        registry: Registry | None = None,
    ) -> None:
        self.folder = folder
        self.now = datetime.fromisoformat(now)
        home = Home(folder / "home")
        fixed = fixed_for(folder)
        if fixed is not None and not home.exists("sandbox"):
            home.add("sandbox", fixed)
        self.workspace = Workspace.open(
            "sandbox", home=folder / "home", clock=lambda: self.now, who="ada", registry=registry
        )
        self._files = 0
        if text is not None:
            self.apply(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.workspace.close()

    def apply(self, text: str) -> None:
        self.workspace.apply_catalogue(self._written("toml", text))

    def events(self, *rows: tuple[str, str, str] | tuple[str, str, str, Mapping[str, Any]]) -> ImportReport:
        """Import rows of account, metric, timestamp and perhaps properties, each with an id of its own."""
        lines = []
        for number, (account, metric, timestamp, *rest) in enumerate(rows):
            identity = f"{self._files}-{number}"
            row = {"id": identity, "account": account, "metric": metric, "timestamp": timestamp}
            lines.append(json.dumps({**row, "properties": rest[0] if rest else {}}))
        return self.workspace.import_events([self._written("jsonl", "\n".join(lines))])

    def _written(self, ending: str, text: str) -> Path:
        self._files += 1
        path = self.folder / f"{self._files}.{ending}"
        path.write_text(text, encoding="utf-8")
        return path


def amounts(invoice: Invoice) -> dict[str, str]:
    """Return each line's amount by its product (`minimum` and `maximum` for those of the plan)."""
    return {line.product or line.kind: str(line.amount) for line in invoice.lines}


def as_json(invoices: Iterable[Invoice]) -> bytes:
    return msgspec.json.encode([invoice_json(invoice) for invoice in invoices])
