"""Settings."""

from usagebill_tui.tui.screens.page import Page


class SettingsPage(Page):
    """Settings."""

    PAGE = "settings"
