"""The palette: every action of the screen in front and of the application, and the way to each screen."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.screen import Screen

from usagebill_tui.tui.actions import Action, key_name
from usagebill_tui.tui.pages import PAGES, PLACES


class Actions(Provider):
    """Offers actions by their titles."""

    async def discover(self) -> Hits:
        """Offer everything before a letter is typed."""
        for title, call, text in self._offers():
            yield DiscoveryHit(title, partial(self._run, call), help=text)

    async def search(self, query: str) -> Hits:
        """Offer what matches."""
        matcher = self.matcher(query)
        for title, call, text in self._offers():
            score = matcher.match(title)
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, call), help=text)

    def _offers(self) -> Iterator[tuple[str, str, str]]:
        own: dict[str, str] = getattr(self.app, "user_keys", {})
        everywhere: tuple[Action, ...] = getattr(self.app, "ACTIONS", ())
        for action in (*_on_screen(self.screen), *everywhere):
            keys = ", ".join(key_name(key) for key in own.get(action.id, action.keys).split(","))
            yield action.title, action.call, f"{action.help} [{keys}]".strip()
        for page in PAGES:
            key = key_name(own.get(f"page.{page.name}", page.key))
            yield f"Go to {page.title}", f"app.page({page.name!r})", f"{page.help} [{key}]"

        own_titles = {action.title for action in _on_screen(self.screen)}
        for place in PLACES:
            if place.title not in own_titles:
                yield place.title, f"app.open({place.name!r})", place.help

    async def _run(self, call: str) -> None:
        screen: Any = self.screen
        await screen.run_action(call)


def _on_screen(screen: Screen[Any]) -> tuple[Action, ...]:
    from usagebill_tui.tui.screens.page import COMMON

    actions: tuple[Action, ...] = getattr(screen, "ACTIONS", ())
    return (*actions, *COMMON)
