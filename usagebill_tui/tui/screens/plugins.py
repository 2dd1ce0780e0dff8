"""Plugins."""

from usagebill_tui.tui.screens.page import Page


class PluginsPage(Page):
    """Plugins."""

    PAGE = "plugins"
