"""The ledger as an hledger journal. Grammar: https://hledger.org/hledger.html#journal."""

from collections.abc import Iterator

from usagebill_tui.billing.bookkeeping.book import Book
from usagebill_tui.billing.bookkeeping.names import one_line
from usagebill_tui.domain.currency import minor_digits
from usagebill_tui.domain.money import money_text
from usagebill_tui.store.entries import Entry

_COMMENT_AND_PAYEE = str.maketrans({";": ",", "|": "/"})
"""What would end a description, or its payee, and cannot be quoted."""


def hledger_document(book: Book) -> str:
    """Return a whole journal: commodities, accounts, entries."""
    return "".join(f"{line}\n" for line in _lines(book))


def _lines(book: Book) -> Iterator[str]:
    yield f"; The ledger of usagebill {book.span}."
    # Without it, 1.234 of a currency with three digits would be read as thousands.
    yield "decimal-mark ."
    yield from (f"commodity 1000.{'0' * minor_digits(currency)} {currency}" for currency in book.currencies)
    yield ""
    yield from (f"account {account}" for account in dict.fromkeys(name for name, _ in book.sums))
    for entry in book.entries:
        yield ""
        yield from _entry(book, entry)


def _entry(book: Book, entry: Entry) -> Iterator[str]:
    payee = _described(book.payees.get(entry.customer, entry.customer))
    yield f"{entry.day} * ({entry.number}) {payee} | {_described(book.told(entry))}  ; entry:{entry.id}"
    for account, amount in book.postings(entry):
        yield f"    {account}  {money_text(amount, entry.currency)} {entry.currency}"


def _described(text: str) -> str:
    return one_line(text).translate(_COMMENT_AND_PAYEE)
