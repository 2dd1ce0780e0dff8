"""Invoices."""

from usagebill_tui.tui.screens.page import Page


class InvoicesPage(Page):
    """Invoices."""

    PAGE = "invoices"
