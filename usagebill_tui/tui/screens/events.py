"""Events."""

from usagebill_tui.tui.screens.page import Page


class EventsPage(Page):
    """Events."""

    PAGE = "events"
