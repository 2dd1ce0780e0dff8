"""How files of one kind are read, kept under a name."""

import re

import msgspec

from usagebill_tui.billing.house import House
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput, NotFound
from usagebill_tui.events.types import Options
from usagebill_tui.store import mappings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def saved_mappings(house: House) -> dict[str, Options]:
    """Return the options that are kept, by name."""
    with house.database.reading() as session:
        return {name: _options(text) for name, text in mappings.mappings(session).items()}


def saved_mapping(house: House, name: str) -> Options:
    """Return the options kept under a name; raises NotFound, with the nearest name."""
    known = saved_mappings(house)
    if name not in known:
        raise _unknown(name, known)
    return known[name]


def check_mapping_name(name: str) -> None:
    """Raise InvalidInput for what cannot be a mapping's name."""
    if _NAME.fullmatch(name) is None:
        mend = "use up to 64 letters, digits, dots, dashes and underscores"
        raise InvalidInput(f"{name[:64]!r} cannot be a mapping's name", mend=mend)


def save_mapping(house: House, name: str, options: Options) -> None:
    """Keep options under a name, in the place of what it named before."""
    check_mapping_name(name)
    text = msgspec.json.encode(options, order="deterministic").decode()
    with house.database.writing() as session:
        mappings.save_mapping(session, name, text, house.author())


def delete_mapping(house: House, name: str) -> None:
    """Forget a name; raises NotFound, with the nearest name."""
    with house.database.writing() as session:
        if not mappings.delete_mapping(session, name, house.author()):
            raise _unknown(name, mappings.mappings(session))


def _options(text: str) -> Options:
    return msgspec.json.decode(text, type=Options)


def _unknown(name: str, known: "dict[str, Options] | dict[str, str]") -> NotFound:
    mend = suggestion(name, known) if known else "usagebill import FILE --save-mapping NAME keeps one"
    return NotFound(f"there is no mapping {name[:64]!r}", mend=mend)
