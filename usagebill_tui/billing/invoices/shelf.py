"""The shelf of a run: the invoices that it made, in a temporary file, whole again when they are asked for.

Thousands of invoices would otherwise stay in memory until the last is written.
"""

import tempfile
import weakref
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import IO, NamedTuple, overload

import msgspec

from usagebill_tui.domain.bookkeeping import Account
from usagebill_tui.domain.invoice import Applied, Invoice, filled, read_invoice
from usagebill_tui.domain.money import round_money
from usagebill_tui.domain.summary import Summary
from usagebill_tui.errors import StorageFailed

_IN_MEMORY = 1_000_000
"""Bytes that wait to be written together; what a small run made needs no file."""


class Made(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An invoice as it was composed: the `form` of its document.

    `items` are the products that it bills, each with the first day of the period, `legs` the accounts,
    amounts and products that it posts once it is final. It is due `terms` days after its issue in the
    `timezone`, and may become final where it is `rated`.
    """

    form: bytes
    items: tuple[tuple[str, date], ...]
    renews: bool
    legs: tuple[tuple[Account, Decimal, str | None], ...]
    timezone: str
    terms: int
    rated: bool


class Standing(NamedTuple):
    """What was set against an invoice after it was made, or would be."""

    credits: Decimal
    applied: tuple[Applied, ...]


class Shelf:
    """Made invoices in their order: each is put down once, and can be read at any time, by any thread."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._waiting = bytearray()
        self._written = 0
        self._ends = array("Q", [0])
        self._lock = Lock()
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Made).decode

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, made: Made) -> None:
        """Put down the next invoice; raises StorageFailed where the disk is full."""
        self._waiting += self._encode(made)
        self._ends.append(self._written + len(self._waiting))
        if len(self._waiting) >= _IN_MEMORY:
            self._write()

    def some(self, start: int, stop: int) -> Iterator[Made]:
        """Yield the invoices at some places, from 0, up to, not including, `stop`."""
        first = self._ends[start]
        read = memoryview(self._read(first, self._ends[stop]))
        for place in range(start, stop):
            yield self._decode(read[self._ends[place] - first : self._ends[place + 1] - first])

    def _read(self, first: int, after: int) -> bytes:
        with self._lock:
            found = b""
            if self._file is not None and first < self._written:
                self._file.seek(first)
                found = self._file.read(min(after, self._written) - first)
            return found + self._waiting[max(0, first - self._written) : max(0, after - self._written)]

    def _write(self) -> None:
        try:
            with self._lock:
                if self._file is None:
                    self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the shelf
                    weakref.finalize(self, self._file.close)
                self._file.seek(self._written)
                self._file.write(self._waiting)
                self._file.flush()
        except OSError as error:
            mend = "free some space on the disk and try again"
            raise StorageFailed(
                error.strerror or str(error), where=tempfile.gettempdir(), mend=mend
            ) from error
        self._written += len(self._waiting)
        self._waiting.clear()


class Shelved(Sequence[Invoice]):
    """The invoices of a run as a sequence; equal to any other with the same invoices."""

    __hash__ = None  # type: ignore[assignment] # its invoices are compared, and reading them all is no way to hash

    def __init__(self, shelf: Shelf, summaries: Sequence[Summary], standing: Mapping[str, Standing]) -> None:
        self._shelf = shelf
        self._summaries = summaries
        self._standing = standing

    def __len__(self) -> int:
        return len(self._summaries)

    @overload
    def __getitem__(self, place: int) -> Invoice: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Invoice]: ...

    def __getitem__(self, place: int | slice) -> Invoice | Sequence[Invoice]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        invoice = whole(self._shelf, at, self._summaries[at])
        standing = self._standing.get(invoice.id)
        return invoice if standing is None else msgspec.structs.replace(invoice, **standing._asdict())

    def __iter__(self) -> Iterator[Invoice]:
        return (self[place] for place in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    def __repr__(self) -> str:
        return repr([one.id for one in self._summaries])


def whole(shelf: Shelf, place: int, summary: Summary) -> Invoice:
    """Return the invoice at a place with its lines, as a summary says that it stands."""
    (made,) = shelf.some(place, place + 1)
    document = filled(made.form, number=summary.number, issued=summary.issued, due=summary.due)
    zero = round_money(Decimal(0), summary.currency)
    unfixed = {"status": summary.status, "credits": zero, "paid": zero}
    kept = None if summary.status == "draft" else document.decode()
    return read_invoice({**msgspec.json.decode(document), **unfixed, "document": kept})
