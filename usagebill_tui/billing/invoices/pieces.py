"""Pieces of a run: many customers at a time, none of them cut in two."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")


def pieces(some: Iterable[T], customer_of: Callable[[T], str], least: int) -> Iterator[list[T]]:
    """Yield what is in the order of customers in pieces of at least so many, all of a customer's together."""
    piece: list[T] = []
    for _, theirs in groupby(some, key=customer_of):
        piece += theirs
        if len(piece) >= least:
            yield piece
            piece = []
    if piece:
        yield piece
