"""A canvas of braille dots: two across and four down in each cell."""

from collections.abc import Iterator

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """Dots in `width` × `height` cells, each cell in the style of what was last drawn in it."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = max(width, 1), max(height, 1)
        self._dots = [[0] * self.width for _ in range(self.height)]
        self._glyphs: dict[tuple[int, int], str] = {}
        self._styles: dict[tuple[int, int], str] = {}

    @property
    def across(self) -> int:
        """Return how many dots there are from left to right."""
        return self.width * 2

    @property
    def down(self) -> int:
        """Return how many dots there are from top to bottom."""
        return self.height * 4

    def dot(self, x: int, y: int, style: str) -> None:
        """Set a dot, counted from the top left; outside nothing happens."""
        if 0 <= x < self.across and 0 <= y < self.down:
            self._dots[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
            self._styles[y // 4, x // 2] = style

    def line(self, start: tuple[int, int], end: tuple[int, int], style: str) -> None:
        """Set the dots of a straight line."""
        (x, y), (to_x, to_y) = start, end
        steps = max(abs(to_x - x), abs(to_y - y), 1)
        for n in range(steps + 1):
            self.dot(x + (to_x - x) * n // steps, y + (to_y - y) * n // steps, style)

    def glyph(self, column: int, row: int, glyph: str, style: str) -> None:
        """Put a character over a cell."""
        if 0 <= column < self.width and 0 <= row < self.height:
            self._glyphs[row, column] = glyph
            self._styles[row, column] = style

    def rows(self) -> Iterator[list[tuple[str, str]]]:
        """Yield each row of cells as (character, style)."""
        for row, dots in enumerate(self._dots):
            yield [
                (
                    self._glyphs.get((row, column)) or (chr(0x2800 + mask) if mask else " "),
                    self._styles.get((row, column), ""),
                )
                for column, mask in enumerate(dots)
            ]
