"""Customers."""

from usagebill_tui.tui.screens.page import Page


class CustomersPage(Page):
    """Customers."""

    PAGE = "customers"
