"""Properties that every row gets, as `--set` fixes them."""

from usagebill_tui.domain.properties import Value
from usagebill_tui.errors import WrongCall
from usagebill_tui.events.flatten import Flattener
from usagebill_tui.events.mapping import FieldMap
from usagebill_tui.events.readers.json_values import decode
from usagebill_tui.events.rows import put
from usagebill_tui.events.unreadable import Unreadable
from usagebill_tui.events.values import Values


def fixed_properties(fields: FieldMap, values: Values) -> dict[str, Value]:
    """Return the set properties by path; raises WrongCall where they cannot be read."""
    properties = {path: values.cell(text) for path, text in fields.property_fixed.items() if text}
    text = fields.fixed.get("properties")
    if text:
        try:
            members: dict[str, Value] = {}
            Flattener(values).add(members, properties_of(text))
            for path, value in members.items():
                put(properties, path, value)
        except Unreadable as error:
            raise WrongCall(
                str(error), where="--set properties", mend='write it like {"region": "eu"}'
            ) from None
    return properties


def properties_of(text: str, name: str = "properties") -> dict[str, object]:
    """Read properties written as the text of a JSON object, which stands under a name; raises Unreadable."""
    try:
        value = decode(text)
    except ValueError as error:
        raise Unreadable(f"{name} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise Unreadable(f"{name} is not a JSON object")
    return value
