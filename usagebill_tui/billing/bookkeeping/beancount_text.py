"""The ledger as a beancount file. Grammar: https://beancount.github.io/docs/beancount_language_syntax.html."""

from collections.abc import Iterator
from datetime import date, timedelta

from usagebill_tui.billing.bookkeeping.book import Book
from usagebill_tui.billing.bookkeeping.names import one_line
from usagebill_tui.domain.money import money_text
from usagebill_tui.store.entries import Entry


def beancount_document(book: Book) -> str:
    """Return a whole file: options, commodities, accounts, entries; balances where nothing is left out."""
    return "".join(f"{line}\n" for line in _lines(book))


def _lines(book: Book) -> Iterator[str]:
    yield f"; The ledger of usagebill {book.span}."
    yield 'option "title" "usagebill"'
    yield from (f'option "operating_currency" "{currency}"' for currency in book.currencies)
    if not book.entries:
        return
    first = book.entries[0].day
    yield ""
    yield from (f"{first} commodity {currency}" for currency in book.currencies)
    yield ""
    yield from (f"{first} open {account}" for account in dict.fromkeys(name for name, _ in book.sums))
    for entry in book.entries:
        yield ""
        yield from _entry(book, entry)
    last = book.entries[-1].day
    if book.first is None and last < date.max:
        yield ""
        yield from _balances(book, last + timedelta(days=1))


def _entry(book: Book, entry: Entry) -> Iterator[str]:
    payee = _quoted(book.payees.get(entry.customer, entry.customer))
    yield f"{entry.day} * {payee} {_quoted(book.told(entry))} ^{entry.number}"
    yield f'  entry: "{entry.id}"'
    for account, amount in book.postings(entry):
        yield f"  {account}  {money_text(amount, entry.currency)} {entry.currency}"


def _balances(book: Book, day: date) -> Iterator[str]:
    """Yield assertions, exact ones, with which the program checks that it read what we meant."""
    for (account, currency), amount in book.sums.items():
        yield f"{day} balance {account}  {money_text(amount, currency)} ~ 0 {currency}"


def _quoted(text: str) -> str:
    plain = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
