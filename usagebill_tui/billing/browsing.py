"""Browsing: pages of long lists, for whoever looks at them a screen at a time."""

from usagebill_tui.billing.house import House


class Browsing:
    """Hands out pages of each list; nothing here loads a whole list."""

    def __init__(self, house: House) -> None:
        self._house = house
