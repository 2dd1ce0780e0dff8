"""What can be registered: the right kind of thing, with a name, a title and parameters that can be read."""

import re
from collections.abc import Iterable

import msgspec

from usagebill_tui.domain.aggregation import AnyAggregation
from usagebill_tui.domain.pricing.protocol import PricingModel
from usagebill_tui.domain.reading import EventReader
from usagebill_tui.errors import InvalidInput

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_ENDING = re.compile(r"\.[a-z0-9_.-]{1,31}")
_READS = ("nothing", "number", "text")


def check_acceptable(thing: object, kinds: tuple[type[object], ...], noun: str) -> None:
    """Raise InvalidInput, saying what is wrong, where a thing is of none of these kinds, or not right."""
    if isinstance(thing, type) and issubclass(thing, kinds):
        raise InvalidInput(f"{thing.__name__} is a class", mend=f"add an object of it: {thing.__name__}()")
    if not isinstance(thing, kinds):
        what = f"{type(thing).__name__} is no {noun}"
        names = " or ".join(kind.__name__ for kind in kinds)
        raise InvalidInput(what, mend=f"derive it from usagebill_tui.plugin.{names}")
    _check(thing, noun)


def _check(thing: object, noun: str) -> None:
    where = f"{noun} {type(thing).__name__}"
    _check_name(getattr(thing, "name", None), where)
    if isinstance(thing, EventReader):
        _check_endings(thing.endings, where)
        return
    title: object = getattr(thing, "title", None)
    if not isinstance(title, str) or not title.strip():
        raise InvalidInput("has no title", where=where, mend='say how people call it: title = "…"')
    if isinstance(thing, AnyAggregation) and thing.reads not in _READS:
        raise InvalidInput(
            f"reads {thing.reads!r}", where=where, mend="say reads = 'nothing', 'number' or 'text'"
        )
    if isinstance(thing, AnyAggregation | PricingModel):
        _check_parameters(getattr(thing, "parameters", None), where)


def _check_name(name: object, where: str) -> None:
    if not isinstance(name, str) or not name:
        raise InvalidInput("has no name", where=where, mend='say how the catalogue calls it: name = "…"')
    if _NAME.fullmatch(name) is None:
        raise InvalidInput(
            f"{name!r} cannot be a name",
            where=where,
            mend="use up to 64 of a-z 0-9 _ - and ., a letter first",
        )


def _check_endings(endings: object, where: str) -> None:
    listed = endings if isinstance(endings, Iterable) and not isinstance(endings, str) else (None,)
    if not all(isinstance(ending, str) and _ENDING.fullmatch(ending) for ending in listed):
        mend = 'write them in lower case with their dot: endings = (".log",)'
        raise InvalidInput(f"the endings {endings!r} cannot be used", where=where, mend=mend)


def _check_parameters(parameters: object, where: str) -> None:
    if not isinstance(parameters, type) or not issubclass(parameters, msgspec.Struct):
        mend = "declare them as a class derived from msgspec.Struct"
        raise InvalidInput("its parameters are no msgspec.Struct", where=where, mend=mend)
    try:
        msgspec.convert({}, parameters)
    except msgspec.ValidationError:
        return  # that something is missing is no flaw of the type
    except (TypeError, NameError) as error:
        what = f"its parameters cannot be read: {error}"
        raise InvalidInput(what, where=where, mend="use types that msgspec knows") from error
