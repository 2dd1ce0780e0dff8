"""Names as accounting programs take them: an account for each customer and product, texts on one line."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from usagebill_tui.domain.bookkeeping import Account
from usagebill_tui.foreign_text import safe

_OTHER = re.compile(r"[^A-Za-z0-9]+")

_FIXED: Mapping[Account, str] = {
    "receivables": "Assets:Receivables",
    "cash": "Assets:Cash",
    "customer_balance": "Liabilities:Customer-balance",
    "tax_payable": "Liabilities:Tax-payable",
    "revenue": "Income:Revenue",
    "prepaid_credits": "Liabilities:Prepaid-credits",
    "credits_granted": "Expenses:Credits-granted",
    "credits_expired": "Income:Credits-expired",
}
PLAN = "Plan"
"""What revenue without a product is called. It has an account beside those of the products, not above them:
beancount counts what lies below an account as its own.
"""
_BY_CUSTOMER: frozenset[Account] = frozenset({"receivables", "customer_balance", "prepaid_credits"})


class AccountNames(msgspec.Struct, frozen=True):
    """What customers and products are called in the names of accounts."""

    customers: Mapping[str, str]
    products: Mapping[str, str]

    def of(self, account: Account, customer: str, product: str | None) -> str:
        """Return the full name of an account, with its customer or product where it is kept by these."""
        if account in _BY_CUSTOMER:
            return f"{_FIXED[account]}:{self.customers[customer]}"
        if account == "revenue":
            return f"{_FIXED[account]}:{PLAN if product is None else self.products[product]}"
        return _FIXED[account]


def claimed(names: Iterable[str], reserved: str = "") -> dict[str, str]:
    """Return each name in letters, digits and hyphens, no two alike: who comes first has the plain form.

    So a name stays what it is as long as those before it stay, whatever comes later. None is `reserved`.
    """
    found: dict[str, str] = {}
    taken = {reserved.casefold()}
    for name in names:
        plain = form = component(name)
        number = 1
        while form.casefold() in taken:
            number += 1
            form = f"{plain}-{number}"
        taken.add(form.casefold())
        found[name] = form
    return found


def component(name: str) -> str:
    """Return a name in ASCII letters, digits and hyphens that begins with a capital or a digit."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _OTHER.sub("-", ascii_only).strip("-") or "Unnamed"
    return plain[0].upper() + plain[1:]


def one_line(text: str) -> str:
    """Return a text on one line, with nothing in it that a program would obey."""
    return " ".join(safe(text).split())
