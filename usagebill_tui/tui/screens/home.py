"""Home."""

from usagebill_tui.tui.screens.page import Page


class HomePage(Page):
    """Home."""

    PAGE = "home"
