"""The plan tables of a file, worked into a catalogue."""

from collections.abc import Collection, Iterable

import msgspec

from usagebill_tui.billing.catalogue.plans import PlanTable
from usagebill_tui.billing.catalogue.versions import VersionKey, definition, same, settle
from usagebill_tui.domain.catalogue import Catalogue
from usagebill_tui.domain.plan import PlanVersion


def apply_plans(tables: Iterable[PlanTable], catalogue: Catalogue, used: Collection[VersionKey]) -> Catalogue:
    """Return the catalogue with the plans and versions that the tables describe, and all versions settled.

    `catalogue` already has the file's metrics and products. The table without a version, or else the one with
    the highest, is the plan as sold today, unless the catalogue has a newer version; all others are older
    versions. Raises Refused where one of those is used and would change.
    """
    by_plan: dict[str, list[PlanTable]] = {}
    for table in tables:
        by_plan.setdefault(table.plan.code, []).append(table)
    heads, numbers, older = {}, {}, {}
    for code, of_plan in by_plan.items():
        newest = max(of_plan, key=_rank)
        if newest.version is None or newest.version >= catalogue.latest(code):
            heads[code] = newest.plan
            numbers[code] = newest.version or 0
            _check_head(newest, catalogue)
            of_plan.remove(newest)
        for table in of_plan:
            version = _older(table, catalogue, used, newest=table is newest)
            older[code, version.version] = version
    merged = msgspec.structs.replace(
        catalogue, plans={**catalogue.plans, **heads}, versions={**catalogue.versions, **older}
    )
    return settle(merged, {*used, *older}, numbers)


def _rank(table: PlanTable) -> tuple[bool, int]:
    """Order the tables of one plan from the oldest to the one that is sold today, which has no number."""
    return table.version is None, table.version or 0


def _check_head(table: PlanTable, catalogue: Catalogue) -> None:
    """Refuse unknown products, and frozen definitions that differ from today's, in the plan as sold today."""
    today = definition(table.plan, 0, catalogue.products, catalogue.metrics, table.place)
    if not same(today, _described(table, catalogue, None)):
        raise table.place.error(
            "the newest version sells today's products and metrics, so it cannot have others frozen",
            mend="take its frozen_product and frozen_metric tables out",
        )


def _older(
    table: PlanTable, catalogue: Catalogue, used: Collection[VersionKey], *, newest: bool
) -> PlanVersion:
    """Return the version that a table describes which is not the plan as sold today."""
    number = table.version or 0
    stored = catalogue.versions.get((table.plan.code, number))
    wanted = _described(table, catalogue, stored)
    if stored is None or same(stored, wanted) or (table.plan.code, number) not in used:
        return wanted
    if newest and _is_sold_today(table, catalogue):
        return stored
    raise table.place.key("version").refusal(
        f"{stored.label} is in use, so it is never edited", mend="leave version out to make the next one"
    )


def _described(table: PlanTable, catalogue: Catalogue, stored: PlanVersion | None) -> PlanVersion:
    """Return the version as its table says it: what it does not freeze is as stored, else as today."""
    products = {product.code: product for product in (stored.products if stored else ())}
    metrics = {metric.code: metric for metric in (stored.metrics if stored else ())}
    frozen = {product.code: product for product in table.products}
    measures = {metric.code: metric for metric in table.metrics}
    version = definition(
        table.plan,
        table.version or 0,
        {**catalogue.products, **products, **frozen},
        {**catalogue.metrics, **metrics, **measures},
        table.place,
    )
    _check_frozen(table, version)
    return version


def _check_frozen(table: PlanTable, version: PlanVersion) -> None:
    """Refuse frozen definitions that the version does not sell."""
    frozen = {
        "frozen_product": [product.code for product in table.products],
        "frozen_metric": [metric.code for metric in table.metrics],
    }
    sold = {noun.code for noun in version.products}, {noun.code for noun in version.metrics}
    for (key, codes), known in zip(frozen.items(), sold, strict=True):
        for index, code in enumerate(codes):
            if code not in known:
                place = table.place.key(key).item(index).key("code")
                raise place.error(f"{code!r} is not sold in this version", mend="take it out")


def _is_sold_today(table: PlanTable, catalogue: Catalogue) -> bool:
    """Tell whether a table, read without its version, is the newest version that is stored."""
    newest = catalogue.versions[table.plan.code, catalogue.latest(table.plan.code)]
    return same(newest, definition(table.plan, 0, catalogue.products, catalogue.metrics))
