"""Actions: each thing that a user can do, declared once. Footer, palette, help and keys all read it here."""

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do.

    `id` is its name in the user's keymap (`metrics.new`), `keys` its default keys (`n` or `n,insert`), `call`
    the action of Textual that does it (`new` calls `action_new`). `footer` is its short name there; without
    one it is not in the footer. `title` is its name in palette and help, `help` a sentence more.
    """

    id: str
    keys: str
    title: str
    call: str
    footer: str = ""
    help: str = ""
    priority: bool = False

    @property
    def key(self) -> str:
        """Return the first of its default keys."""
        return self.keys.split(",")[0]


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Return the key bindings of actions; the keymap changes them by their ids."""
    return [
        Binding(a.keys, a.call, a.title, show=bool(a.footer), id=a.id, priority=a.priority) for a in actions
    ]


_SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "escape": "esc",
    "enter": "enter",
    "full_stop": ".",
    "delete": "del",
    "pagedown": "pgdn",
    "pageup": "pgup",
}


def key_name(key: str) -> str:
    """Return a key as people write it: `?`, `^p`, `esc`."""
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if key.startswith("shift+"):
        return f"⇧{key_name(key[6:])}"
    return _SHOWN.get(key, key)
