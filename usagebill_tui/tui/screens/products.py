"""Products."""

from usagebill_tui.tui.screens.page import Page


class ProductsPage(Page):
    """Products."""

    PAGE = "products"
