"""The stages of names: whether the account names the customer, and a metric listens to the code."""

from collections.abc import Callable, Iterable, Sequence

from usagebill_tui.billing.why.result import Example, Reason, Stage
from usagebill_tui.billing.why.subject import Subject
from usagebill_tui.billing.why.words import NOT_REACHED, alike, carry, counted
from usagebill_tui.domain.metric import Metric
from usagebill_tui.domain.names import nearest
from usagebill_tui.eventstore.funnel import Tally
from usagebill_tui.eventstore.types import StoredEvent

Look = Callable[[Tally], StoredEvent | None]
"""Finds the first event that a tally counted."""

_NAMES = "Does the account name the customer?"
_THEN = "apply the catalogue, and move subscriptions to the plan's next version"
_LISTENS = "Does the metric listen to the code that events carry?"
_SHOWN = 5


def account_stage(subject: Subject, tallies: Sequence[Tally], entered: int, look: Look) -> Stage:
    """Tell how many events name the customer, somebody else, nobody."""
    others = sum(t.events for t in tallies if t.account is None)
    ours = [t for t in tallies if t.account in set(subject.names)]
    if subject.customer is None:
        return _unknown_customer(subject, ours, entered, look)
    if not entered:
        return Stage(name="account", question=_NAMES, entered=0, passed=0, said=NOT_REACHED)
    nobody = _by_name((t.account or "", t) for t in tallies if t.account is not None and t not in ours)
    near = _near(subject.names, nobody)
    passed = sum(t.events for t in ours)
    lost = sum(sum(t.events for t in found) for found in nobody.values())
    said = f"{counted(passed, 'event')} {_name(passed)} {subject.customer.id}"
    if near:
        events = sum(t.events for t in nobody[near[0]])
        said += f"; {counted(events, 'event')} {carry(events)} {near[0]!r}, which is nobody's name"
    elif lost:
        said += f"; {counted(lost, 'event')} {_name(lost)} nobody"
    suspected = sum(t.inside for name in near for t in nobody[name])
    return Stage(
        name="account",
        question=_NAMES,
        entered=entered,
        passed=passed,
        apart=others,
        lost=lost,
        in_period=sum(t.inside for found in nobody.values() for t in found),
        said=said,
        reasons=(*_of_others("other customers' events", others), *_listed(nobody, near)),
        example=_example(nobody, near, look),
        mend=_account_mend(near, lost=lost, passed=passed),
        suspect=suspected > 0 or (bool(near) and not passed),
        suspected=suspected,
    )


def _account_mend(near: Sequence[str], *, lost: int, passed: int) -> str | None:
    if near:
        return f"if {near[0]!r} is this customer: add it to its `aliases` in the catalogue file and apply it"
    if not passed:
        return "add the account that its events carry to the customer's `aliases` in the catalogue file"
    return "`usagebill report unbilled` lists the accounts that are nobody's" if lost else None


def _unknown_customer(subject: Subject, ours: Sequence[Tally], entered: int, look: Look) -> Stage:
    name, known = subject.asked.customer, subject.catalogue.customers
    lost = sum(t.events for t in ours)
    near = nearest(name, sorted(known))
    said = f"there is no customer {name!r}; {counted(lost, 'event')} {carry(lost)} that account"
    add = f"add {name!r} to the `aliases` of the customer that it is, or add the customer"
    return Stage(
        name="account",
        question=_NAMES,
        entered=entered,
        passed=0,
        apart=entered - lost,
        lost=lost,
        in_period=sum(t.inside for t in ours),
        said=said + (f"; the nearest customer is {near!r}" if near else ""),
        reasons=(*_of_others("other accounts' events", entered - lost), *_listed({name: list(ours)}, ())),
        example=_example({name: list(ours)} if ours else {}, (), look),
        mend=f"{add}, in the catalogue file" + (f" (did you mean {near!r}?)" if near else ""),
        suspect=lost > 0,
        suspected=sum(t.inside for t in ours),
    )


def metric_stage(subject: Subject, tallies: Sequence[Tally], entered: int, look: Look) -> Stage:
    """Tell how many of the customer's events the metric listens to, other metrics do, none does."""
    if not entered:
        return Stage(name="metric", question=_LISTENS, entered=0, passed=0, said=NOT_REACHED)
    listening = {metric.event_code for metric in subject.catalogue.metrics.values()}
    listening |= {metric.event_code for contract in subject.contracts for metric in contract.version.metrics}
    wanted = None if subject.metric is None else subject.metric.event_code
    ours = [t for t in tallies if t.account in set(subject.names)]
    passed = sum(t.events for t in ours if t.metric == wanted)
    apart = sum(t.events for t in ours if t.metric != wanted and t.metric in listening)
    nothing = _by_name((t.metric or "", t) for t in ours if t.metric != wanted and t.metric not in listening)
    near = _near_codes(subject, nothing)
    lost = entered - passed - apart
    suspected = sum(t.inside for name in near for t in nothing[name])
    return Stage(
        name="metric",
        question=_LISTENS,
        entered=entered,
        passed=passed,
        apart=apart,
        lost=lost,
        in_period=sum(t.inside for found in nothing.values() for t in found),
        said=_metric_said(subject, ours, passed, nothing, near),
        reasons=(*_of_others("other metrics' events", apart), *_listed(nothing, near)),
        example=_example(nothing, near, look),
        mend=_metric_mend(subject, ours, near, lost=lost, passed=passed),
        suspect=suspected > 0 or (bool(near) and not passed),
        suspected=suspected,
    )


def _metric_said(
    subject: Subject,
    ours: Sequence[Tally],
    passed: int,
    nothing: dict[str, list[Tally]],
    near: Sequence[str],
) -> str:
    asked = subject.asked.metric
    codes = sorted(
        {t.metric for t in ours if t.metric is not None}, key=lambda code: (-_events(ours, code), code)
    )
    if subject.metric is None:
        events = _events(ours, asked)
        said = f"there is no metric {asked!r}"
        if events:
            said += f"; {counted(events, 'event')} {carry(events)} that code"
        elif codes:
            said += f"; events carry {_quoted(codes)}"
        known = nearest(asked, sorted(subject.catalogue.metrics))
        return said + (f"; the nearest metric is {known!r}" if known else "")
    code = subject.metric.event_code
    said = f"{counted(passed, 'event')} {carry(passed)} {code!r}"
    if near:
        events = sum(t.events for t in nothing[near[0]])
        return f"{said}; {counted(events, 'event')} {carry(events)} {near[0]!r}, to which no metric listens"
    if not passed and codes:
        return f"{said}; the customer's events carry {_quoted(codes)}"
    return said


def _metric_mend(
    subject: Subject, ours: Sequence[Tally], near: Sequence[str], *, lost: int, passed: int
) -> str | None:
    if subject.metric is None:
        return _unknown_metric_mend(subject, ours)
    if near:
        return _listening(subject.metric, near[0], ours)
    if not passed:
        return "set the metric's `event` to the code that its events carry, or import them under the metric's"
    return "`usagebill report unbilled` lists codes to which no metric listens" if lost else None


def _unknown_metric_mend(subject: Subject, ours: Sequence[Tally]) -> str:
    asked = subject.asked.metric
    known = nearest(asked, sorted(subject.catalogue.metrics))
    if not known:
        return f"add a metric for it to the catalogue file, put it on a plan, {_THEN}"
    if not _events(ours, asked):
        return f"ask for --metric {known}"
    return _listening(subject.catalogue.metrics[known], asked, ours)


def _listening(metric: Metric, code: str, ours: Sequence[Tally]) -> str:
    """Return how a metric comes to count a code: it listens to one, which it must not change for another."""
    if not _events(ours, metric.event_code):
        return f'let metric {metric.code!r} listen to it (`event = "{code}"`), {_THEN}'
    again = f"write {metric.event_code!r} in the file and import it again with --on-conflict replace"
    return f'if they are the same: {again}; if not: add a metric with `event = "{code}"`'


def _near_codes(subject: Subject, nothing: dict[str, list[Tally]]) -> list[str]:
    asked = subject.asked.metric
    if subject.metric is None:
        return [asked, *alike(asked, nothing)] if asked in nothing else alike(asked, nothing)
    return _near((subject.metric.event_code, subject.metric.code), nothing)


def _near(names: Iterable[str], candidates: dict[str, list[Tally]]) -> list[str]:
    by_size = sorted(candidates, key=lambda name: (-sum(t.events for t in candidates[name]), name))
    return list(dict.fromkeys(found for name in names for found in alike(name, by_size)))


def _by_name(named: Iterable[tuple[str, Tally]]) -> dict[str, list[Tally]]:
    found: dict[str, list[Tally]] = {}
    for name, tally in named:
        found.setdefault(name, []).append(tally)
    return found


def _listed(found: dict[str, list[Tally]], near: Sequence[str]) -> list[Reason]:
    """Return a reason for each of the nearest and then the most frequent names, and one for the rest."""
    size = {name: sum(t.events for t in tallies) for name, tallies in found.items()}
    rest = sorted((name for name in found if name not in near), key=lambda name: (-size[name], name))
    names = [*near, *rest]
    reasons = [
        Reason(what=repr(name), events=size[name], in_period=sum(t.inside for t in found[name]))
        for name in names[:_SHOWN]
    ]
    if len(names) > _SHOWN:
        others = names[_SHOWN:]
        inside = sum(t.inside for name in others for t in found[name])
        what = f"{len(others):,} others"
        reasons.append(Reason(what=what, events=sum(size[name] for name in others), in_period=inside))
    return [reason for reason in reasons if reason.events]


def _of_others(what: str, events: int) -> list[Reason]:
    return [Reason(what=what, events=events, apart=True)] if events else []


def _example(found: dict[str, list[Tally]], near: Sequence[str], look: Look) -> Example | None:
    """Return the first event of the nearest, else of the most frequent name."""
    if not found:
        return None
    name = near[0] if near else max(sorted(found), key=lambda one: sum(t.events for t in found[one]))
    first = min(found[name], key=lambda t: t.first)
    event = look(first)
    return None if event is None else Example(batch=event.batch, event=event, value=repr(name))


def _events(tallies: Sequence[Tally], code: str) -> int:
    return sum(t.events for t in tallies if t.metric == code)


def _quoted(codes: Sequence[str]) -> str:
    shown = ", ".join(repr(code) for code in codes[:_SHOWN])
    return shown if len(codes) <= _SHOWN else f"{shown} and {len(codes) - _SHOWN} more"


def _name(events: int) -> str:
    return "names" if events == 1 else "name"
