"""The main screens: their keys, names and where their code is, imported when one is first opened."""

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from usagebill_tui.tui.screens.page import Page


@dataclass(frozen=True)
class PageEntry:
    """A main screen: `code` is `module:class` in `usagebill_tui.tui.screens`."""

    key: str
    name: str
    title: str
    code: str
    help: str


PAGES: tuple[PageEntry, ...] = (
    PageEntry("1", "home", "Home", "home:HomePage", "This period at a glance, and what to do next"),
    PageEntry("2", "metrics", "Metrics", "metrics:MetricsPage", "What is measured"),
    PageEntry("3", "products", "Products", "products:ProductsPage", "What is sold, and at which price"),
    PageEntry("4", "plans", "Plans", "plans:PlansPage", "Products together, on which terms"),
    PageEntry("5", "customers", "Customers", "customers:CustomersPage", "Who pays, and what they use"),
    PageEntry("6", "events", "Events", "events:EventsPage", "What happened: imports, batches, rejects"),
    PageEntry("7", "invoices", "Invoices", "invoices:InvoicesPage", "Bill a period, finalise, pay"),
    PageEntry("8", "reports", "Reports", "reports:ReportsPage", "Usage and money by customer, metric, time"),
    PageEntry("9", "plugins", "Plugins", "plugins:PluginsPage", "What is loaded, from where, what failed"),
    PageEntry("0", "settings", "Settings", "settings:SettingsPage", "Workspaces, theme and keys"),
)


@dataclass(frozen=True)
class PlaceEntry:
    """A screen behind the main ones that the palette opens from anywhere: `code` is as for a main screen."""

    name: str
    title: str
    code: str
    help: str


PLACES: tuple[PlaceEntry, ...] = (
    PlaceEntry("simulate", "Simulate prices", "simulate:SimulatePage", "Real past usage under other prices"),
    PlaceEntry(
        "parity", "Compare with another system", "parity:ParityPage", "Our invoices against a CSV file"
    ),
    PlaceEntry("ledger", "Ledger", "ledger:LedgerPage", "Accounts, their balances and entries"),
    PlaceEntry("credit_notes", "Credit notes", "credit_notes:CreditNotesPage", "What was taken off invoices"),
    PlaceEntry(
        "credits", "Prepaid credits", "credits:CreditsPage", "Of all customers, and what invoices owe back"
    ),
    PlaceEntry(
        "adjustments", "Adjustments", "adjustments:AdjustmentsPage", "What late events make of final invoices"
    ),
    PlaceEntry("watch", "Watch a folder", "watch:WatchPage", "Import files as they are finished there"),
    PlaceEntry("payments", "Payments", "payments:PaymentsPage", "All money received and given back"),
    PlaceEntry("bill", "Bill a period", "bill:BillPage", "First what would be made, then invoices"),
    PlaceEntry("audit", "Audit", "audit:AuditPage", "Who changed what, and when"),
    PlaceEntry("health", "Health", "health:HealthPage", "What doctor and verify find, and how to mend it"),
    PlaceEntry(
        "catalogue", "Catalogue file", "catalogue:CataloguePage", "Apply one, a ready one too, or write ours"
    ),
    PlaceEntry("import", "Import events", "import_files:ImportPage", "Files, previewed and checked"),
)


def place_of(name: str) -> "Page":
    """Make one of the screens behind the main ones by its name."""
    return _code_of(next(entry.code for entry in PLACES if entry.name == name))()


def _code_of(code: str) -> "type[Page]":
    module, _, kind = code.partition(":")
    found: type[Page] = getattr(importlib.import_module(f"usagebill_tui.tui.screens.{module}"), kind)
    return found


def entry_of(name: str) -> PageEntry:
    """Return the entry of a main screen by its name."""
    return next(entry for entry in PAGES if entry.name == name)


def page_type_of(name: str) -> "type[Page]":
    """Import the code of a main screen."""
    return _code_of(entry_of(name).code)


def page_of(name: str) -> "Page":
    """Make a main screen by its name."""
    return page_type_of(name)()
