"""Colours by what they mean, for tables and texts drawn by Rich: those of the theme that is shown."""

from collections.abc import Mapping

from rich.console import Console
from rich.style import Style
from rich.theme import Theme
from textual.color import Color

_MEANINGS = {"good": "success", "warn": "warning", "bad": "error", "info": "primary"}
"""A style's name and the variable of the theme that it takes its colour from."""


def show_colours(console: Console, variables: Mapping[str, str]) -> None:
    """Let the styles `good`, `warn`, `bad` and `info` have the colours of a theme's variables."""
    styles = {
        name: Style(color=Color.parse(variables[variable]).rich_color)
        for name, variable in _MEANINGS.items()
        if variable in variables
    }
    console.push_theme(Theme(styles, inherit=False), inherit=True)
