"""A workspace: everything that can be done, in one place. Command line, screens and notebooks start here.

with Workspace.open("sandbox") as workspace:
    workspace.apply_catalogue(Path("catalogue.toml"))
    workspace.import_events(["events.jsonl"])
    for invoice in workspace.bill("2023-11").invoices:
        print(invoice.customer, invoice.total, invoice.currency)
"""

import getpass
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from usagebill_tui.billing import (
    adjusting,
    adjustment_report,
    comparing,
    crediting,
    customer_rows,
    estimating,
    explaining,
    finalizing,
    health,
    importing,
    invoicing,
    lifecycle,
    mappings,
    moving,
    one_by_one,
    overview,
    reporting,
    settling,
    sketching,
    subscribing,
    trying,
)
from usagebill_tui.billing import usage as usage_use_case
from usagebill_tui.billing.accounts import Accounts
from usagebill_tui.billing.adjusting import Proposal
from usagebill_tui.billing.agreed import Definitions
from usagebill_tui.billing.anomalies import Anomaly, AnomalyRequest, anomalies, note
from usagebill_tui.billing.bookkeeping import exporting as bookkeeping
from usagebill_tui.billing.browsing import Browsing
from usagebill_tui.billing.catalogue import Finding, applying, write_catalogue
from usagebill_tui.billing.catalogue.applying import Applied
from usagebill_tui.billing.comparing import ComparedLine, Comparison
from usagebill_tui.billing.concerned import touched_invoices
from usagebill_tui.billing.documents import exporting
from usagebill_tui.billing.documents.files import form_of
from usagebill_tui.billing.documents.table import Table
from usagebill_tui.billing.explaining import ExplainedLine, Explanation
from usagebill_tui.billing.finalizing import Finalized
from usagebill_tui.billing.house import House
from usagebill_tui.billing.importing import ImportReport, ImportRequest, Progress
from usagebill_tui.billing.inbox import Inbox
from usagebill_tui.billing.invoicing import Run
from usagebill_tui.billing.mending import export_rejects, import_mended
from usagebill_tui.billing.missing import changed_plugins
from usagebill_tui.billing.moving import Moved, MoveRequest
from usagebill_tui.billing.one_by_one import FileOutcome
from usagebill_tui.billing.parity import Parity, ParityRequest, compare_with
from usagebill_tui.billing.previewing import FilePreview, preview_file
from usagebill_tui.billing.reports.known import report_named
from usagebill_tui.billing.reports.request import ReportRequest
from usagebill_tui.billing.settling import Acceptance, Form
from usagebill_tui.billing.simulating import Simulation, SimulationRequest, simulate
from usagebill_tui.billing.trending import Trend, trend
from usagebill_tui.billing.unbilled import Unbilled, UnbilledRequest, report_unbilled, unbilled
from usagebill_tui.billing.usage import UsageRequest
from usagebill_tui.billing.watching import Handled, Pace, Waiting, Watcher
from usagebill_tui.billing.why import Why, WhyRequest, events_behind, why
from usagebill_tui.clock import Clock, StoppedClock, system_clock
from usagebill_tui.config import DEFAULT_WORKSPACE, chosen_home, read_settings
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.credit_note import CreditNote
from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.money import parse_money
from usagebill_tui.domain.names import suggestion
from usagebill_tui.domain.periods import Days, parse_instant, parse_period
from usagebill_tui.domain.pricing import Charge
from usagebill_tui.domain.usage import Usage
from usagebill_tui.domain.zones import local_day, to_micros, zone
from usagebill_tui.errors import InvalidInput, NotFound
from usagebill_tui.events.source import Source, open_source
from usagebill_tui.events.types import Options
from usagebill_tui.eventstore.history import Fate, Key, Version
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import Search, StoredEvent
from usagebill_tui.extensions import chosen_extensions
from usagebill_tui.homes import Home
from usagebill_tui.plugin import Registry
from usagebill_tui.plugin.health import Plugins, PluginState
from usagebill_tui.store import audit, ledger, manifest, rejects
from usagebill_tui.store.adjustments import Accepted
from usagebill_tui.store.catalogue import load_catalogue
from usagebill_tui.store.database import Database
from usagebill_tui.store.entries import Balance, Entry
from usagebill_tui.store.ledger import Payment


class Workspace:
    """One workspace, open. Use it as a context manager, or `close` it."""

    def __init__(self, name: str, folder: Path, house: House, plugins: tuple[PluginState, ...] = ()) -> None:
        self.name = name
        self.folder = folder
        self.plugins = plugins
        """How each plugin that was found fares."""
        self._house = house

    @classmethod
    def open(
        cls,
        name: str = DEFAULT_WORKSPACE,
        *,
        home: str | Path | None = None,
        clock: Clock = system_clock,
        who: str | None = None,
        registry: Registry | None = None,
        plugins: Plugins | None = None,
        plugins_dir: str | Path | Sequence[str | Path] = (),
    ) -> Self:
        """Open a workspace below `home` (default: the user's data folder).

        `production` and `sandbox` are created when first opened; others raise NotFound until created. Raises
        StorageFailed where the folder cannot be written, Refused where a newer usagebill has written it.

        Plugins are those installed, those in the user's folder and the single files in `plugins_dir` (one
        folder or several), unless `plugins` are given as loaded, or a `registry` stands for all of them.
        """
        place = Home(chosen_home(None if home is None else str(home)))
        fixed = place.fixed(name, clock())
        if fixed.now is not None and clock is system_clock:
            clock = StoppedClock(datetime.fromisoformat(fixed.now))
        folder = place.folder(name)
        database = Database(folder / fixed.database)
        events = ParquetEventStore(database.engine, folder / fixed.events)
        author = who or login_name()
        if registry is not None:
            loaded = Plugins(registry, ())
        else:
            loaded = plugins or chosen_extensions(_folders(plugins_dir)).load()
        return cls(name, folder, House(database, events, loaded.registry, clock, author), loaded.health)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the workspace's files."""
        self._house.events.close()
        self._house.database.close()

    def on_waiting(self, say: Callable[[str], None]) -> None:
        """Have a sentence said where an import or undo waits for another process for over a second."""
        self._house.events.waiting = say

    # Catalogue

    def catalogue(self) -> Catalogue:
        """Return metrics, products, plans and their versions, customers and subscriptions."""
        with self._house.database.reading() as session:
            return load_catalogue(session)

    def apply_catalogue(self, file: str | Path, *, dry_run: bool = False) -> Applied:
        """Bring the catalogue to what a TOML file says, all of it or nothing."""
        return self.apply_catalogue_text(read_text(file), str(file), dry_run=dry_run)

    def lint_catalogue(self, file: str | Path) -> list[Finding]:
        """Return what in a catalogue file is allowed but would surprise somebody."""
        return applying.lint_file(self._house.registry, read_text(file), str(file))

    def apply_catalogue_text(self, text: str, name: str, *, dry_run: bool = False) -> Applied:
        """Do what `apply_catalogue` does for a text; `name` is what errors call it."""
        return applying.apply_catalogue(self._house, text, name, dry_run=dry_run)

    def apply_tables(self, tables: Mapping[str, Any], *, dry_run: bool = False) -> Applied:
        """Do what `apply_catalogue` does for a file's tables as plain data: `{"metric": [{"code": …}]}`.

        An error's `key` is the path of the value that cannot be used.
        """
        return applying.apply_tables(self._house, tables, dry_run=dry_run)

    def add_subscription(self, customer: str, table: Mapping[str, Any], *, dry_run: bool = False) -> Applied:
        """Put a customer on a plan: `{"plan": "pro", "start": …}` and any key of the file's table."""
        return subscribing.add_subscription(self._house, customer, table, dry_run=dry_run)

    def change_subscription(self, name: str, changes: Mapping[str, Any], *, dry_run: bool = False) -> Applied:
        """Give a subscription other values by the keys of its table; None takes one away."""
        return subscribing.change_subscription(self._house, name, changes, dry_run=dry_run)

    def cancel_subscription(self, name: str, day: date | None = None, *, dry_run: bool = False) -> Applied:
        """End a subscription on a day, by default where its current period ends."""
        return subscribing.cancel_subscription(self._house, name, day, dry_run=dry_run)

    def move_subscriptions(self, request: MoveRequest, *, dry_run: bool = False) -> Moved:
        """Take customers from one plan version to another, all or none; a dry run says the effect on each."""
        return moving.move_subscriptions(self._house, request, dry_run=dry_run)

    def import_customers(self, file: str | Path, *, dry_run: bool = False) -> Applied:
        """Add and change the customers of a CSV file (`billing.customer_rows.COLUMNS`), all or none."""
        return customer_rows.import_customers(self._house, read_text(file), str(file), dry_run=dry_run)

    @property
    def registry(self) -> Registry:
        """Return the known aggregation types, pricing models and readers."""
        return self._house.registry

    @property
    def browse(self) -> Browsing:
        """Return what hands out long lists page by page."""
        return Browsing(self._house)

    def now(self) -> datetime:
        """Return what counts as now: in the demo's workspace, the time of its sample data."""
        return self._house.clock()

    def fingerprint(self) -> object:
        """Return what differs after anybody changed something here; cheap enough to be asked every second."""
        return self._house.database.fingerprint()

    def export_catalogue(self, *, customers: bool = True) -> str:
        """Return the catalogue as a TOML file that changes nothing when it is applied."""
        catalogue = self.catalogue()
        if not customers:
            catalogue = msgspec.structs.replace(catalogue, customers={}, subscriptions={})
        return write_catalogue(catalogue)

    # Events

    def import_events(
        self,
        files: Iterable[str | Path | Source],
        request: ImportRequest = ImportRequest(),  # noqa: B008 - frozen
        progress: Progress | None = None,
    ) -> ImportReport:
        """Import event files (`-`: standard input) as one batch, all of it or nothing."""
        sources = [file if isinstance(file, Source) else open_source(str(file)) for file in files]
        return importing.import_events(self._house, sources, request, progress)

    def import_each(
        self,
        files: Iterable[str],
        request: ImportRequest = ImportRequest(),  # noqa: B008 - frozen
        progress: Callable[[str], Progress | None] = lambda _: None,
    ) -> Iterator[FileOutcome]:
        """Import event files, each as a batch of its own, and yield what became of each."""
        return one_by_one.import_each(self._house, files, request, progress)

    def watch(
        self,
        folder: str | Path,
        request: ImportRequest = ImportRequest(),  # noqa: B008 - frozen
        *,
        waiting: Waiting,
        pace: Pace = Pace(),  # noqa: B008 - frozen
        once: bool = False,
        progress: Callable[[str], Progress | None] = lambda _: None,
    ) -> Iterator[Handled]:
        """Import each file of a folder once it is complete, move it to `done` or `failed`, and yield it."""
        watcher = Watcher(self._house, Inbox(Path(folder)), request, waiting, pace, progress)
        return watcher.watch(once=once)

    def mappings(self) -> dict[str, Options]:
        """Return the saved ways of reading files, by name."""
        return mappings.saved_mappings(self._house)

    def mapping(self, name: str) -> Options:
        """Return a saved way of reading files; raises NotFound."""
        return mappings.saved_mapping(self._house, name)

    def save_mapping(self, name: str, options: Options) -> None:
        """Keep a way of reading files under a name, in the place of what it named before."""
        mappings.save_mapping(self._house, name, options)

    def delete_mapping(self, name: str) -> None:
        """Forget a saved way of reading files; raises NotFound."""
        mappings.delete_mapping(self._house, name)

    def batches(self) -> list[manifest.Batch]:
        """Return the imports and what undid them, in order."""
        with self._house.database.reading() as session:
            return manifest.batches(session)

    def undo_batch(self, batch: int) -> tuple[int, int]:
        """Take a batch back; return how many events stopped counting and how many count in their place."""
        return self._house.events.undo(batch, self._house.author())

    def rejects(self, batch: int | None = None) -> list[rejects.StoredReject]:
        """Return rejected rows, of one batch or all; raises NotFound for an unknown batch."""
        if batch is not None and batch not in {b.id for b in self.batches() if b.kind == "import"}:
            raise NotFound(f"there is no batch {batch}", mend="`usagebill batches` lists them")
        with self._house.database.reading() as session:
            return list(rejects.stored_rejects(session, batch))

    def preview_file(self, file: str | Path, options: Options = Options()) -> FilePreview:  # noqa: B008 - frozen
        """Return the first rows of an event file as they would be stored, and what its rows hold."""
        return preview_file(self._house, str(file), options)

    def import_mended(self, batch: int, numbers: Sequence[int], rows: Sequence[str]) -> ImportReport:
        """Import, as a new batch, what rejected rows of a batch, by their numbers, were mended to."""
        return import_mended(self._house, batch, numbers, rows)

    def export_rejects(self, batch: int, path: str | Path) -> int:
        """Write the rejected rows of a batch to a file, to be mended and imported; return how many."""
        return export_rejects(self._house, batch, Path(path))

    def events(
        self,
        *,
        customer: str | None = None,
        metric: str | None = None,
        first: str | None = None,
        last: str | None = None,
        limit: int | None = None,
    ) -> Iterator[StoredEvent]:
        """Yield events in time order; `metric` is a metric's code or the code that events carry."""
        search = self._search(customer, metric, first, last, limit)
        return self._house.events.events(search, self._house.events.snapshot())

    def event_versions(
        self,
        *,
        customer: str | None = None,
        metric: str | None = None,
        first: str | None = None,
        last: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Version]:
        """Yield every content with which events were delivered, those that do not count included."""
        return self._house.events.history.versions(self._search(customer, metric, first, last, limit))

    # At a glance

    def standing(self) -> overview.Standing:
        """Return what there is, what is owed and what waits, by currency."""
        return overview.how_it_stands(self._house)

    def daily_events(self, days: int = 30) -> list[tuple[date, int]]:
        """Count the events of each of the last days (UTC), the current one last."""
        return overview.daily_events(self._house, days)

    def expected(self) -> overview.Expected:
        """Add up the estimates of all active subscriptions."""
        return overview.expected(self._house)

    def unbilled_events(self) -> overview.UnbilledEvents:
        """Count the usage that nobody is charged for, by reason."""
        return overview.unbilled_events(self._house)

    # Usage and money

    def usage(self, request: UsageRequest = UsageRequest()) -> list[Usage]:  # noqa: B008 - frozen
        """Return usage by customer, metric, start and group."""
        return usage_use_case.usage(self._house, request)

    def report_usage(self, request: UsageRequest, path: str | Path) -> int:
        """Write usage to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        return reporting.report_usage(self._house, request, Path(path))

    def try_metric(self, table: Mapping[str, Any]) -> trying.Trial:
        """Return what a metric, as a table of the catalogue file, would count of the events here."""
        return trying.try_metric(self._house, table)

    def vocabulary(self) -> trying.Vocabulary:
        """Return the metric codes and property paths of real events."""
        return trying.vocabulary(self._house)

    def report(self, name: str, request: ReportRequest = ReportRequest()) -> Table:  # noqa: B008 - frozen
        """Return a report by its name (`billing.reports.known` lists them) as rows under named columns."""
        return report_named(name).table(self._house, request)

    def write_report(self, name: str, request: ReportRequest, path: str | Path) -> int:
        """Write a report to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        form_of(Path(path), reporting.FORMS)
        table = self.report(name, request)
        reporting.write_table(table, Path(path))
        return len(table.rows)

    def sketch(
        self, price: Mapping[str, Any], currency: str, upto: Decimal | None = None
    ) -> sketching.Sketch:
        """Return what a price, as a table of the catalogue file, costs from no usage to `upto`."""
        return sketching.sketch(self._house.registry, price, currency, upto)

    def quote(self, price: Mapping[str, Any], currency: str, units: Decimal) -> Charge:
        """Price a quantity by a table of the catalogue file; where it walks events, by typical ones."""
        return sketching.quoted(self._house.registry, price, currency, units)

    def estimate(self, customers: Sequence[str] = (), at: datetime | None = None) -> list[Invoice]:
        """Return the current period of each active subscription, as if it were invoiced now."""
        return estimating.estimate(self._house, tuple(customers), at)

    def compare(self, customer: str, back: int = 0, at: datetime | None = None) -> list[Comparison]:
        """Return each subscription's period `back` periods ago, priced as of now, beside the one before."""
        return comparing.compare(self._house, customer, back, at)

    def trend(self, comparison: Comparison, line: ComparedLine) -> Trend | None:
        """Return the usage behind a line by day, week or month since the period before; None for a fee."""
        return trend(self._house, comparison, line)

    def simulate(self, request: SimulationRequest) -> Simulation:
        """Return what past usage comes to under other prices, beside each customer's own; stores nothing."""
        return simulate(self._house, request)

    def bill(
        self,
        period: str | Days,
        customers: Sequence[str] = (),
        *,
        dry_run: bool = False,
        finalize: bool = False,
    ) -> Run:
        """Make the invoices of the billing periods that end within a period; twice makes no second one."""
        days = parse_period(period) if isinstance(period, str) else period
        return invoicing.bill(self._house, days, tuple(customers), dry_run=dry_run, finalize=finalize)

    def anomalies(self, request: AnomalyRequest = AnomalyRequest()) -> list[Anomaly]:  # noqa: B008 - frozen
        """Return what is unusual in usage, by customer, metric and day."""
        return anomalies(self._house, request)

    def note_anomalies(self, invoices: Sequence[Invoice], period: str | Days | None = None) -> str | None:
        """Say, in a sentence, what is unusual for whom invoices bill, in a period (default: their own)."""
        if not invoices:
            return None
        days = parse_period(period) if isinstance(period, str) else period or self._billed_days(invoices)
        return note(self._house, days, [one.customer for one in invoices])

    def _billed_days(self, invoices: Sequence[Invoice]) -> Days:
        zones = {one.id: zone(one.timezone) for one in self.catalogue().customers.values()}
        first = min(local_day(one.period.start, zones[one.customer]) for one in invoices)
        return Days(first, max(local_day(one.period.end, zones[one.customer]) for one in invoices))

    def invoices(self, customers: Sequence[str] = (), statuses: Sequence[str] = ()) -> list[Invoice]:
        """Return invoices by period, customer and id."""
        with self._house.database.reading() as session:
            return ledger.invoices(session, customers, statuses)

    def invoice(self, name: str) -> Invoice:
        """Return the invoice with this number or id; raises NotFound."""
        with self._house.database.reading() as session:
            found = ledger.find_invoice(session, name)
        if found is None:
            raise NotFound(f"there is no invoice {name!r}", mend="`usagebill invoices` lists them")
        return found

    def changed_plugins(self, invoice: Invoice) -> list[str]:
        """Return, in sentences, which plugins an invoice was computed with that are gone or not as then."""
        return changed_plugins(self._house.registry, invoice)

    def export_invoice(self, name: str, path: str | Path) -> None:
        """Write an invoice to a file ending in .pdf, .html, .json or .csv."""
        seller = read_settings().seller
        exporting.export_invoice(self.invoice(name), self.catalogue().customers, Path(path), seller)

    def finalize(self, name: str) -> Invoice:
        """Make a draft final: numbered, dated, never changed again."""
        return lifecycle.finalize(self._house, name)

    def finalize_drafts(self, ids: Sequence[str]) -> Finalized:
        """Make drafts final, by their ids; those that cannot be stay as they are and are named."""
        return finalizing.finalize_drafts(self._house, ids)

    def void(self, name: str) -> Invoice:
        """Declare an invoice void, so that its period can be billed again."""
        return lifecycle.void(self._house, name)

    def pay(
        self, name: str, amount: Decimal | str, *, day: date | None = None, reference: str = ""
    ) -> Invoice:
        """Record a payment, negative for a refund, and return the invoice as it stands then."""
        exact = parse_money(str(amount), self.invoice(name).currency)
        return lifecycle.pay(self._house, name, exact, day, reference)

    def payments(self, invoice: str | None = None) -> list[Payment]:
        """Return payments in the order in which they were recorded."""
        identity = None if invoice is None else self.invoice(invoice).id
        with self._house.database.reading() as session:
            return ledger.payments(session, identity)

    def explain(self, name: str, line: int | None = None) -> Explanation:
        """Return what an invoice's amounts come from."""
        return explaining.explain(self._house, name, line)

    def explain_line(self, invoice: Invoice, line: int) -> Explanation:
        """Return what one line of an invoice comes from; the invoice may be an estimate."""
        return explaining.explain_line(self._house, invoice, line)

    def events_behind(self, explanation: Explanation, line: ExplainedLine) -> Iterator[StoredEvent]:
        """Yield the events that a line of an invoice counted or left out, as the invoice saw them."""
        return explaining.events_behind(self._house, explanation.invoice, line)

    def fates(self, explanation: Explanation, line: ExplainedLine) -> Mapping[Key, Fate]:
        """Return which of those events were replaced or taken back since, by (batch, source, id)."""
        return explaining.fates(self._house, explanation.invoice, line)

    def why(self, request: WhyRequest) -> Why:
        """Tell where a customer's usage of a metric is lost, from a file's lines to an invoice's, or priced.

        Raises NotFound for names that neither the catalogue nor any event knows.
        """
        return why(self._house, request)

    def unbilled(self, request: UnbilledRequest = UnbilledRequest()) -> list[Unbilled]:  # noqa: B008 - frozen
        """Return the usage that nobody is charged for, by account, metric code and first event."""
        return unbilled(self._house, request)

    def report_unbilled(self, request: UnbilledRequest, path: str | Path) -> int:
        """Write it to a file ending in .csv, .json, .xlsx or .parquet; return how many rows."""
        return report_unbilled(self._house, request, Path(path))

    def events_lost(self, answer: Why, stage: str, limit: int | None = None) -> Iterator[StoredEvent]:
        """Yield the events that a stage of an answer lost or set apart, in time order."""
        return events_behind(self._house, answer, stage, limit)

    def parity(self, request: ParityRequest) -> Parity:
        """Return where another system's amounts differ from our invoices, by likely cause; stores nothing."""
        return compare_with(self._house, request)

    def adjustment_proposals(
        self, customers: Sequence[str] = (), definitions: Definitions = "today"
    ) -> list[Proposal]:
        """Return what final invoices would come to now, where that is not what was billed and settled."""
        return adjusting.proposals(self._house, customers, definitions)

    def report_adjustments(
        self, path: str | Path, customers: Sequence[str] = (), definitions: Definitions = "today"
    ) -> int:
        """Write proposals, a row a line, to a .csv, .json, .xlsx or .parquet file; return how many rows."""
        return adjustment_report.report_adjustments(self._house, Path(path), customers, definitions)

    def adjustments(self, customers: Sequence[str] = ()) -> list[Accepted]:
        """Return accepted adjustments in the order of acceptance."""
        return settling.listed(self._house, customers)

    def accept_adjustment(
        self, name: str, form: Form = "line", definitions: Definitions = "today"
    ) -> Accepted:
        """Settle an invoice by lines on the customer's next one, or by a credit note."""
        return settling.accept(self._house, name, form, definitions)

    def accept_adjustments(
        self,
        customers: Sequence[str] = (),
        form: Form = "line",
        definitions: Definitions | None = None,
    ) -> Acceptance:
        """Settle all invoices, of all customers or these."""
        return settling.accept_all(self._house, form, definitions, customers)

    def credit(
        self, name: str, *, line: int | None = None, amount: Decimal | str | None = None, reason: str = ""
    ) -> CreditNote:
        """Credit an invoice or a line of it: an amount, tax included, or all that is left."""
        exact = None if amount is None else parse_money(str(amount), self.invoice(name).currency)
        return crediting.credit(self._house, name, line=line, amount=exact, reason=reason)

    def credit_notes(self, customers: Sequence[str] = (), invoice: str | None = None) -> list[CreditNote]:
        """Return credit notes by number."""
        return crediting.listed(self._house, customers, invoice)

    def credit_note(self, number: str) -> CreditNote:
        """Return the credit note with this number; raises NotFound."""
        return crediting.shown(self._house, number)

    def ledger_balances(self) -> list[Balance]:
        """Return what was posted to each account of the ledger, by account and currency."""
        return bookkeeping.ledger_balances(self._house)

    def ledger_entries(self, first: date | None = None, after: date | None = None) -> list[Entry]:
        """Return the ledger's entries, all or of the days from `first` up to, not including, `after`."""
        return bookkeeping.ledger_entries(self._house, first, after)

    def ledger_text(
        self, form: bookkeeping.Form = "csv", first: date | None = None, after: date | None = None
    ) -> str:
        """Return those entries as CSV, a beancount file or an hledger journal."""
        return bookkeeping.ledger_text(self._house, form, first, after)

    def export_ledger(
        self,
        path: str | Path,
        form: bookkeeping.Form | None = None,
        first: date | None = None,
        after: date | None = None,
    ) -> None:
        """Write that to a file; without a form, in the one that its ending names, else CSV."""
        bookkeeping.export_ledger(self._house, Path(path), form, first, after)

    def touched_invoices(self, since: int) -> int:
        """Return how many final invoices count events that batches after a snapshot brought or took."""
        return len(touched_invoices(self._house, since))

    def snapshot(self) -> int:
        """Return the newest snapshot of the events."""
        return self._house.events.snapshot()

    def audit(self) -> list[audit.Entry]:
        """Return who changed what, and when, oldest first."""
        with self._house.database.reading() as session:
            return audit.entries(session)

    def verify(self) -> list[health.Finding]:
        """Read everything again, against its digests, counts, sums and checksums."""
        return health.verify(self._house)

    def doctor(self, *, repair: bool = False) -> list[health.Finding]:
        """Look at the database and at what interrupted imports left; with `repair`, remove that."""
        house = self._house
        return [*health.versions(house), *health.database(house), *health.leftovers(house, repair=repair)]

    def _search(
        self, customer: str | None, metric: str | None, first: str | None, last: str | None, limit: int | None
    ) -> Search:
        catalogue = self.catalogue()
        zone_ = zone("UTC")
        names = None
        if customer is not None:
            if customer not in catalogue.customers:
                mend = suggestion(customer, catalogue.customers)
                raise NotFound(f"there is no customer {customer!r}", mend=mend)
            names = Accounts(catalogue).of_customer(catalogue.customers[customer])
            zone_ = zone(catalogue.customers[customer].timezone)
        codes = None
        if metric is not None:
            codes = (catalogue.metrics[metric].event_code if metric in catalogue.metrics else metric,)
        return Search(
            accounts=names,
            metrics=codes,
            since=None if first is None else to_micros(parse_instant(first, zone_)),
            until=None if last is None else to_micros(parse_instant(last, zone_)),
            limit=limit,
        )


def _folders(plugins_dir: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    return [plugins_dir] if isinstance(plugins_dir, str | Path) else plugins_dir


def login_name() -> str:
    """Return the login name of whoever runs this, `unknown` where the system has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def read_text(file: str | Path) -> str:
    """Return the text of a UTF-8 file; raises NotFound or InvalidInput."""
    path = Path(file)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFound("there is no such file", where=str(file), mend="check the path") from None
    except UnicodeDecodeError as error:
        raise InvalidInput("is not UTF-8 text", where=str(file), mend="save it as UTF-8") from error
    except OSError as error:
        raise InvalidInput(
            f"cannot be read: {error.strerror}", where=str(file), mend="check the path"
        ) from error
