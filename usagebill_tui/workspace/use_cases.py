"""All that a workspace's methods import when they are called, for programs with several threads.

Two threads that import parts of a circle of packages at the same moment can see one half made: the import
system lets go rather than wait for ever. So an interface loads everything before a second thread asks.
"""

import importlib
import threading

MODULES = (
    "billing.usage.accounts",
    "billing.adjustments.adjusting",
    "billing.adjustments.adjustment_report",
    "billing.anomalies",
    "billing.bookkeeping.exporting",
    "billing.browsing",
    "billing.catalogue",
    "billing.catalogue.applying",
    "billing.catalogue.archiving",
    "billing.usage.comparing",
    "billing.adjustments.concerned",
    "billing.adjustments.crediting",
    "billing.subscriptions.customer_rows",
    "billing.documents.exporting",
    "billing.documents.files",
    "billing.erasing",
    "billing.invoices.estimating",
    "billing.usage.explaining",
    "billing.invoices.finalizing",
    "billing.proofs.health",
    "billing.house",
    "billing.imports.importing",
    "billing.imports.inbox",
    "billing.invoices.invoicing",
    "billing.invoices.lifecycle",
    "billing.imports.mappings",
    "billing.imports.mending",
    "billing.proofs.missing",
    "billing.subscriptions.moving",
    "billing.imports.one_by_one",
    "billing.overview",
    "billing.parity",
    "billing.prepaid.applying",
    "billing.prepaid.drafts",
    "billing.prepaid.granting",
    "billing.imports.previewing",
    "billing.usage.reporting",
    "billing.reports.known",
    "billing.reports.request",
    "billing.adjustments.settling",
    "billing.simulating",
    "billing.simulating.repricing",
    "billing.invoices.sketching",
    "billing.subscriptions.subscribing",
    "billing.usage.tracing",
    "billing.usage.trending",
    "billing.usage.trying",
    "billing.usage.unbilled",
    "billing.usage.answering",
    "billing.imports.watching",
    "billing.why",
    "config",
    "domain.money",
    "domain.names",
    "domain.periods",
    "domain.zones",
    "errors",
    "events.source",
    "events.types",
    "eventstore.types",
    "extensions",
    "plugin.health",
    "store.audit",
    "store.balances",
    "store.catalogue",
    "store.ledger",
    "store.manifest",
    "store.neighbourhood",
    "store.rejects",
)
"""Modules of this package; a test holds them against what the methods import."""

EVENTS = "eventstore.parquet.store"
"""What a workspace in a folder imports when its events are first asked for."""

_LOCK = threading.Lock()


def load() -> None:
    """Import them, one thread at a time."""
    with _LOCK:
        for name in (*MODULES, EVENTS):
            importlib.import_module(f"usagebill_tui.{name}")
