"""Reports."""

from usagebill_tui.tui.screens.page import Page


class ReportsPage(Page):
    """Reports."""

    PAGE = "reports"
