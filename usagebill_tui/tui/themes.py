"""The themes: dark, light, and one that takes the terminal's own sixteen colours."""

from textual.theme import Theme

DARK = Theme(
    name="usagebill-dark",
    primary="#5fa8ff",
    secondary="#8fb7e8",
    accent="#ffb454",
    success="#6fcf97",
    warning="#f2c94c",
    error="#ff7b8a",
    foreground="#dfe4ee",
    background="#11151c",
    surface="#171c26",
    panel="#212837",
    dark=True,
    variables={"footer-key-foreground": "#ffb454", "input-selection-background": "#5fa8ff 35%"},
)

LIGHT = Theme(
    name="usagebill-light",
    primary="#0b5cad",
    secondary="#3c6e9f",
    accent="#9a5b00",
    success="#12733a",
    warning="#8a6100",
    error="#b3142d",
    foreground="#1b2330",
    background="#fbfbf9",
    surface="#f2f2ee",
    panel="#e4e5e0",
    dark=False,
    variables={"footer-key-foreground": "#9a5b00", "input-selection-background": "#0b5cad 25%"},
)

OURS = (DARK, LIGHT)
NAMES = ("usagebill-dark", "usagebill-light", "ansi-dark", "ansi-light")
"""The themes on offer; the last two use the terminal's own colours."""
