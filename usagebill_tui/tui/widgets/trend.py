"""A trend: one bar for each stretch of time, with its scale, its peak and its latest value in figures."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from textual.content import Content
from textual.widget import Widget

from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.widgets.scale import compact

_LABEL = 9
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_SMALLEST = 4
_WIDEST_BAR = 8
_GAP_FROM = 3
_STYLES = {True: "$primary", False: "$secondary 60%"}


class Bar(NamedTuple):
    """One stretch of time: its label, its value (None: no value), whether it is in the period shown."""

    label: str
    value: Decimal | None
    inside: bool = True


class TrendChart(Widget):
    """Draws bars; the colours are the theme's, and a mark on the axis says where the period begins."""

    DEFAULT_CSS = "TrendChart { height: 10; min-height: 4; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._title = ""
        self._bars: Sequence[Bar] = ()
        self._unit = ""
        self._currency: str | None = None
        self._empty = "no value"

    def show_bars(
        self,
        title: str,
        bars: Sequence[Bar],
        *,
        unit: str = "",
        currency: str | None = None,
        empty: str = "no value",
    ) -> None:
        """Draw other bars: quantities of a unit, or amounts in a currency; without any, say `empty`."""
        self._title, self._bars, self._unit, self._currency = title, bars, unit, currency
        self._empty = empty
        self.refresh()

    def words(self) -> str:
        """Say in figures what the picture shows: the peak, and the latest value."""
        known = [(bar.value, bar.label) for bar in self._bars if bar.value is not None]
        if not known:
            return self._empty
        peak, when = max(known, key=lambda one: one[0])
        latest, last = known[-1]
        return f"peak {self._figure(peak)} on {when}, latest {self._figure(latest)} on {last}"

    def _figure(self, value: Decimal) -> str:
        from usagebill_tui.billing.words import money, units

        return units(value, plain(self._unit, 20)) if self._currency is None else money(value, self._currency)

    def render(self) -> Content:
        """Draw the head, the bars over their axis, and the axis."""
        width, height = self.size.width - _LABEL, self.size.height - 2
        title = (plain(self._title, 60), "bold $secondary")
        head = Content.assemble(title, "  ", (self.words(), "$text-muted"))
        shown = [bar.value or Decimal(0) for bar in self._bars]
        if width < _SMALLEST or height < 1 or not shown:
            return head
        bars = self._bars[-width:]
        wide = min(max(width // len(bars), 1), _WIDEST_BAR)
        top = max((bar.value or Decimal(0) for bar in bars), default=Decimal(0))
        rows = [self._row(bars, row, height, wide, top) for row in range(height - 1, -1, -1)]
        return Content("\n").join([head, *rows, _axis(bars, wide, width)])

    def _row(self, bars: Sequence[Bar], row: int, height: int, wide: int, top: Decimal) -> Content:
        labels = {height - 1: compact(top, self._currency), 0: "0"}
        if height > _SMALLEST:
            labels[(height - 1) // 2] = compact(top / 2, self._currency)
        text = labels.get(row, "")
        parts = [Content.styled(f"{text:>{_LABEL - 1}} ", "$text-muted")]
        for bar in bars:
            glyph = _EIGHTHS[_fill(bar.value, top, height, row)]
            drawn = glyph * (wide - 1) + " " if wide >= _GAP_FROM else glyph * wide
            parts.append(Content.styled(drawn, _STYLES[bar.inside]))
        return Content("").join(parts)


def _fill(value: Decimal | None, top: Decimal, height: int, row: int) -> int:
    """Return how many eighths of a row's cell a bar fills; anything above nothing shows in the lowest row."""
    if not top or value is None or value <= 0:
        return 0
    eighths = int(value / top * height * 8)
    return min(max(eighths - row * 8, 1 if row == 0 else 0), 8)


def _axis(bars: Sequence[Bar], wide: int, width: int) -> Content:
    """Name the first bar, the first of the period shown, and the last one."""
    line = [" "] * width
    begins = next((place for place, bar in enumerate(bars) if bar.inside), 0)
    for place in sorted({0, len(bars) - 1, begins}, key=lambda one: one != begins):
        mark = "│" if place == begins and begins else ""
        label = f"{mark}{bars[place].label}"
        start = place * wide if place < len(bars) - 1 or place == begins else place * wide + 1 - len(label)
        start = max(0, min(start, width - len(label)))
        if place == begins or all(cell == " " for cell in line[max(start - 1, 0) : start + len(label) + 1]):
            line[start : start + len(label)] = label
    return Content.styled(" " * _LABEL + "".join(line)[:width], "$text-muted")
