"""What `why` answers: the stages from a file's lines to an invoice's line, what each lost, and the mend."""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from usagebill_tui.domain.invoice import Span, Status
from usagebill_tui.eventstore.types import StoredEvent

StageName = Literal[
    "read",
    "rejected",
    "conflicts",
    "account",
    "metric",
    "property",
    "filters",
    "period",
    "subscription",
    "plan",
    "priced",
    "invoiced",
]
Verdict = Literal["all", "some", "none", "unreached"]
"""Whether all that entered a stage went on (or was somebody else's), some was lost, nothing went on."""


class WhyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Whose usage of what is in question, and when.

    `first` and `last` are dates or instants as text, in the customer's zone, `last` exclusive; without
    `first` the current period of the customer's subscription is meant. `at` counts as now.
    """

    customer: str
    metric: str
    first: str | None = None
    last: str | None = None
    at: datetime | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for which events did not go on, how many there are, and how many lie in the period.

    `apart` tells that nothing is wrong with them: they are another customer's, or another period's.
    """

    what: str
    events: int
    in_period: int | None = None
    apart: bool = False


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One of the lost: an event, or a rejected row by its file and line; `value` is what offends."""

    batch: int
    value: str
    event: StoredEvent | None = None
    file: str | None = None
    line: int | None = None


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One question that every event must answer with yes.

    entered = passed + apart + lost. `apart` belongs elsewhere: to another customer, metric or period, or was
    delivered twice. `in_period` says how many of the lost lie in the period, None where that is not known.
    `suspect` marks losses that very likely belong to the usage in question, `suspected` of the period's.
    """

    name: StageName
    question: str
    entered: int
    passed: int
    apart: int = 0
    lost: int = 0
    in_period: int | None = None
    said: str
    reasons: tuple[Reason, ...] = ()
    example: Example | None = None
    mend: str | None = None
    suspect: bool = False
    suspected: int = 0

    @property
    def verdict(self) -> Verdict:
        """Return how many went on."""
        if not self.entered:
            return "unreached"
        if not self.passed:
            return "none"
        return "some" if self.lost else "all"


class OnInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """What an invoice says of the same usage, on `parts` lines; no units where those do not add up."""

    id: str
    number: str | None
    status: Status
    events: int
    units: Decimal | None
    parts: int = 1
    amount: Decimal

    @property
    def called(self) -> str:
        """Return the number, of a draft the id."""
        return self.number or self.id


class Charged(msgspec.Struct, frozen=True, kw_only=True):
    """The usage of one billing period, priced as it would be now, and the invoice that it is on.

    `steps` are the words of how the amount came about, `notes` what is worth knowing of it. `void` are
    the numbers of invoices of the period that are void. `complete` tells that the whole period was asked for.
    `parts` is how many lines its price makes, by property values or groups.
    """

    customer: str
    subscription: str
    plan: str
    product: str
    period: Span
    units: Decimal | None
    parts: int = 1
    events: int
    left_out: int
    amount: Decimal
    currency: str
    steps: tuple[str, ...]
    notes: tuple[str, ...] = ()
    not_rated: str | None = None
    invoice: OnInvoice | None = None
    void: tuple[str, ...] = ()
    complete: bool = True


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: in one sentence, in findings, in stages.

    The stages close: the first one's `entered` is what all of them set apart or lost, and what the last one
    passed. `counted` events reached a price; `accounts` are the names by which events reach the customer,
    `at` is the instant that counted as now.
    """

    customer: str
    metric: str
    accounts: tuple[str, ...]
    subscription: str | None
    period: Span
    at: datetime
    snapshot: int
    counted: int
    answer: str
    findings: tuple[str, ...]
    stages: tuple[Stage, ...]
    charges: tuple[Charged, ...]

    def stage(self, name: str) -> Stage:
        """Return a stage by its name; KeyError for a name that none has."""
        return {stage.name: stage for stage in self.stages}[name]  # type: ignore[index] # any text may be asked for
