"""The table of keys in docs/interface.md, made from the declared actions.

python -m tests.docs.keys_table     writes it into the page
"""

from collections.abc import Iterator
from pathlib import Path

from usagebill_tui.tui.actions import Action, key_name
from usagebill_tui.tui.app import ACTIONS
from usagebill_tui.tui.pages import PAGES, page_type_of
from usagebill_tui.tui.screens.adjustments import AdjustmentsPage
from usagebill_tui.tui.screens.bill import BillPage
from usagebill_tui.tui.screens.credit_note import CreditNotePage
from usagebill_tui.tui.screens.credit_notes import CreditNotesPage
from usagebill_tui.tui.screens.credits import CreditsPage
from usagebill_tui.tui.screens.editor import EditorPage
from usagebill_tui.tui.screens.import_files import ImportPage
from usagebill_tui.tui.screens.invoice import InvoicePage
from usagebill_tui.tui.screens.ledger import LedgerPage
from usagebill_tui.tui.screens.ledger_entries import EntriesPage
from usagebill_tui.tui.screens.move import MovePage
from usagebill_tui.tui.screens.page import COMMON
from usagebill_tui.tui.screens.parity import ParityPage
from usagebill_tui.tui.screens.plan import PlanPage
from usagebill_tui.tui.screens.plan_editor import PlanEditor
from usagebill_tui.tui.screens.product import ProductPage
from usagebill_tui.tui.screens.simulate import SimulatePage
from usagebill_tui.tui.screens.watch import WatchPage

PAGE = Path(__file__).parents[2] / "docs" / "interface.md"
MARK = "a test holds it to the code -->\n"


def table() -> str:
    """Return the table as the page has it."""
    lines = ["| where | key | does | id |", "|---|---|---|---|"]
    lines += [_line("screens", f"page.{page.name}", page.key, f"{page.title}: {page.help}") for page in PAGES]
    for where, actions in _parts():
        lines += [_line(where, action.id, action.keys, action.title) for action in actions]
    return "\n".join(lines) + "\n"


def _parts() -> Iterator[tuple[str, tuple[Action, ...]]]:
    yield "everywhere", (*COMMON, *ACTIONS)
    for page in PAGES:
        yield page.title, page_type_of(page.name).ACTIONS
    yield "one invoice", InvoicePage.ACTIONS
    yield "billing a period", BillPage.ACTIONS
    yield "one plan", PlanPage.ACTIONS
    yield "moving customers", MovePage.ACTIONS
    yield "simulating", SimulatePage.ACTIONS
    yield "comparing", ParityPage.ACTIONS
    yield "ledger", (*LedgerPage.ACTIONS, *EntriesPage.ACTIONS)
    yield "credit notes", (*CreditNotesPage.ACTIONS, *CreditNotePage.ACTIONS)
    yield "adjustments", AdjustmentsPage.ACTIONS
    yield "credits", CreditsPage.ACTIONS
    yield "importing", ImportPage.ACTIONS
    yield "watching", WatchPage.ACTIONS
    yield "forms", ProductPage.ACTIONS
    yield "a plan's form", PlanEditor.ACTIONS[len(EditorPage.ACTIONS) :]


def _line(where: str, name: str, keys: str, text: str) -> str:
    shown = " ".join(f"`{key_name(key)}`" for key in keys.split(","))
    return f"| {where} | {shown} | {text} | `{name}` |"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.split(MARK)[0] + MARK + table(), encoding="utf-8")
