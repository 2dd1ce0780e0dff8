"""Plans."""

from usagebill_tui.tui.screens.page import Page


class PlansPage(Page):
    """Plans."""

    PAGE = "plans"
