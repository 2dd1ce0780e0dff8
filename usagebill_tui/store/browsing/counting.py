"""Counting what matches a search, which takes as long as finding it, only where it must be."""

from usagebill_tui.domain.paging import PageRequest


def known_count(request: PageRequest, on_page: int) -> int | None:
    """Return how many rows match where the page tells: one that is not full holds the last of them."""
    if 0 < on_page < request.limit or (on_page == 0 and request.offset == 0):
        return request.offset + on_page
    return None
