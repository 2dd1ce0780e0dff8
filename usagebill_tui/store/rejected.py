"""Finding, among rejected rows, those that speak of somebody or something."""

import re
from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from usagebill_tui.store.import_tables import BatchRow, RejectRow
from usagebill_tui.store.rejects import StoredReject

_MOST = 1_000
_MOST_WORDS = 50


class Mentions(msgspec.Struct, frozen=True, kw_only=True):
    """How many rejected rows name an account, and how many only the metric; `more`: there may be more."""

    of_account: int = 0
    of_metric: int = 0
    more: bool = False
    example: StoredReject | None = None


def mentions(session: Session, accounts: Collection[str], metrics: Collection[str]) -> Mentions:
    """Look for names in the text of rejected rows of imports that were not taken back, at most 1,000 of them.

    A name counts where it stands alone: not as a part of a longer word.
    """
    row = RejectRow
    undone = select(BatchRow.undoes).where(BatchRow.undoes.is_not(None))
    names = [*accounts, *metrics][:_MOST_WORDS]
    query = select(row.batch, row.file, row.line, row.reason, row.raw, row.head)
    query = query.where(or_(*(row.raw.contains(name, autoescape=True) for name in names)))
    query = query.where(row.batch.not_in(undone)).order_by(row.batch, row.number).limit(_MOST)
    found = [StoredReject(*values) for values in session.execute(query)]
    account, metric = _alone(accounts), _alone(metrics)
    naming = [one for one in found if account.search(one.raw)]
    others = [one for one in found if not account.search(one.raw) and metric.search(one.raw)]
    both = [one for one in naming if metric.search(one.raw)]
    return Mentions(
        of_account=len(naming),
        of_metric=len(others),
        more=len(found) == _MOST,
        example=next(iter([*both, *naming, *others]), None),
    )


def _alone(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(name) for name in names)})(?![\w-])")
