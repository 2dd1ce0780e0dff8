"""What a billing run did: which invoices it made, and what it had to leave out."""

from collections.abc import Sequence

import msgspec

from usagebill_tui.domain.invoice import Invoice
from usagebill_tui.domain.summary import Summary


class Failure(msgspec.Struct, frozen=True):
    """A customer that could not be billed, and why."""

    customer: str
    subscription: str
    reason: str


class NotRated(msgspec.Struct, frozen=True):
    """A line, by its number from 1, that could not be priced, and why; its invoice stays a draft."""

    customer: str
    invoice: str
    line: int
    product: str
    reason: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing run did.

    `invoices` were made or changed; each is read from a file of the run when it is asked for, so that a
    run of any size is small. `summaries` say in the same order what lists and sums need. `unchanged` drafts
    came out as they were; `billed` periods have a final invoice; `unfinished` subscriptions have a period in
    the range that has not ended. `not_rated` lines keep the invoices that they are on drafts.
    """

    invoices: Sequence[Invoice]
    summaries: tuple[Summary, ...]
    unchanged: int
    billed: int
    unfinished: tuple[str, ...]
    failures: tuple[Failure, ...]
    not_rated: tuple[NotRated, ...] = ()
