"""Plans as lists show them: the newest version of each, and how many subscriptions are on it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import msgspec
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from usagebill_tui.domain.paging import PageFound, PageRequest
from usagebill_tui.domain.plan import Plan, PlanVersion
from usagebill_tui.store import tables as t
from usagebill_tui.store.archived import not_archived
from usagebill_tui.store.browsing.subscriptions import OnVersion, counts_by_version

_T = TypeVar("_T", Plan, PlanVersion)
_NOBODY = OnVersion(0, 0)
_row = t.PlanVersionRow


class PlanEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A plan in a list: as sold today, its newest version, and who is on any of its versions."""

    plan: Plan
    newest: PlanVersion | None
    versions: int
    on: OnVersion


class VersionEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a plan, and who is on it."""

    version: PlanVersion
    on: OnVersion


def plan_page(session: Session, request: PageRequest, today: date) -> PageFound[PlanEntry]:
    """Return a page of plans whose code or name holds the text, by code or by `name`, `on`, `versions`.

    Plans are few where customers are many, so they are sorted here.
    """
    query = select(t.PlanRow.definition)
    if not request.archived:
        query = query.where(not_archived("plan", t.PlanRow.code))
    plans = [_decode(one, Plan) for one in session.scalars(query)]
    numbers: dict[str, tuple[int, int]] = {
        plan: (newest, count)
        for plan, newest, count in session.execute(
            select(_row.plan, func.max(_row.version), func.count()).group_by(_row.plan)
        )
    }
    on = _by_plan(counts_by_version(session, today))
    held = [one for one in plans if request.text.casefold() in f"{one.code}\n{one.name}".casefold()]

    def place(one: Plan) -> tuple[Any, str]:
        match request.sort:
            case "name":
                return one.name, one.code
            case "on":
                return on.get(one.code, _NOBODY).running, one.code
            case "versions":
                return numbers.get(one.code, (0, 0))[1], one.code
        return "", one.code

    held.sort(key=place, reverse=request.descending)
    shown = held[request.offset : request.offset + request.limit]
    newest = _versions(session, [(one.code, numbers[one.code][0]) for one in shown if one.code in numbers])
    entries = [
        PlanEntry(
            plan=one,
            newest=newest.get(one.code),
            versions=numbers.get(one.code, (0, 0))[1],
            on=on.get(one.code, _NOBODY),
        )
        for one in shown
    ]
    return PageFound(entries, len(held), len(plans))


def find_plan(session: Session, code: str) -> Plan | None:
    """Return the plan with this code as it would be sold today."""
    definition = session.scalar(select(t.PlanRow.definition).where(t.PlanRow.code == code))
    return None if definition is None else _decode(definition, Plan)


def plan_versions(session: Session, code: str, today: date) -> list[VersionEntry]:
    """Return the versions of a plan, the newest first."""
    on = counts_by_version(session, today, code)
    query = select(_row.version, _row.definition).where(_row.plan == code).order_by(_row.version.desc())
    return [
        VersionEntry(version=_decode(definition, PlanVersion), on=on.get((code, number), _NOBODY))
        for number, definition in session.execute(query)
    ]


def _versions(session: Session, keys: Sequence[tuple[str, int]]) -> dict[str, PlanVersion]:
    query = select(_row.plan, _row.definition).where(tuple_(_row.plan, _row.version).in_(keys))
    return {plan: _decode(definition, PlanVersion) for plan, definition in session.execute(query)}


def _by_plan(counts: Mapping[tuple[str, int], OnVersion]) -> dict[str, OnVersion]:
    found: dict[str, OnVersion] = {}
    for (plan, _), one in counts.items():
        so_far = found.get(plan, _NOBODY)
        found[plan] = OnVersion(so_far.all + one.all, so_far.running + one.running)
    return found


def _decode(definition: str, kind: type[_T]) -> _T:
    return msgspec.json.decode(definition, type=kind)
