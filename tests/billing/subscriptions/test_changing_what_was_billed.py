from pathlib import Path

import pytest

from tests.test_backups import fill
from usagebill_tui.errors import Refused
from usagebill_tui.workspace import Workspace

CONTRACT = """
[[product]]
code = "m"
name = "Things"
metric = "m"
price = {{ unit_amount = "2" }}

[[plan]]
code = "basic"
name = "Basic"
currency = "USD"
products = ["m"]

[[customer]]
id = "acme"
name = "Acme"

[[customer.subscription]]
id = "acme-basic"
plan = "basic"
start = {start}
{end}
"""


def agreed(workspace: Workspace, *, start: str = "2023-10-16", end: str = "") -> None:
    text = CONTRACT.format(start=start, end=f"end = {end}" if end else "")
    workspace.apply_catalogue_text(text, "contract.toml")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    fill(tmp_path / "home")
    return Workspace.open(home=tmp_path / "home")


def test_a_billed_period_is_not_cut(workspace: Workspace) -> None:
    agreed(workspace)
    workspace.bill("2023-11", finalize=True)
    with pytest.raises(Refused, match="up to 2023-12-01"):
        agreed(workspace, end="2023-11-20")
    agreed(workspace, end="2023-12-01")
    agreed(workspace, end="2023-12-15")
    agreed(workspace)


def test_a_period_that_was_billed_up_to_the_end_is_not_lengthened(workspace: Workspace) -> None:
    agreed(workspace, end="2023-11-20")
    workspace.bill("2023-11", finalize=True)
    with pytest.raises(Refused, match="stays 2023-11-20"):
        agreed(workspace)
    with pytest.raises(Refused, match="its start stays 2023-10-16"):
        agreed(workspace, start="2023-10-01", end="2023-11-20")


def test_after_the_invoice_is_void_the_contract_may_change(workspace: Workspace) -> None:
    agreed(workspace, end="2023-11-20")
    (invoice,) = workspace.bill("2023-11").invoices
    workspace.void(invoice.id)
    agreed(workspace, start="2023-10-01")
    assert workspace.catalogue().subscriptions["acme-basic"].end is None
