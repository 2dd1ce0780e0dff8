"""The cost curve: what a price costs over usage, with its tier edges and where real customers are."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from textual.content import Content
from textual.widget import Widget

from usagebill_tui.billing.invoices.sketching import Sketch
from usagebill_tui.billing.words import money
from usagebill_tui.tui.foreign import plain
from usagebill_tui.tui.widgets.canvas import Canvas
from usagebill_tui.tui.widgets.scale import compact

_LABEL = 9
_CURVE, _EDGE, _MARK = "$primary", "$foreground 35%", "bold $accent"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SMALLEST = 3


class CostCurve(Widget):
    """Draws a sketch; customers are letters on the curve, named below it with usage and charge."""

    DEFAULT_CSS = "CostCurve { height: 14; min-height: 6; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - Textual's own word
        super().__init__(id=id)
        self._sketch: Sketch | None = None
        self._customers: Sequence[tuple[str, Decimal]] = ()

    def show_sketch(self, sketch: Sketch | None, customers: Mapping[str, Decimal] | None = None) -> None:
        """Draw another price, and where customers are by their usage."""
        self._sketch = sketch
        found = sorted((customers or {}).items(), key=lambda one: -one[1])
        self._customers = found[: len(_LETTERS)]
        self.refresh()

    def marks(self) -> list[tuple[str, str, Decimal]]:
        """Return the customers that are marked, each with its letter and usage, the largest first."""
        return [(_LETTERS[n], name, units) for n, (name, units) in enumerate(self._customers)]

    def render(self) -> Content:
        """Draw axes, edges, curve and marks."""
        sketch, width, height = self._sketch, self.size.width - _LABEL, self.size.height - 1
        if sketch is None or width < _SMALLEST or height < _SMALLEST:
            return Content("")
        canvas = Canvas(width, height)
        self._draw(canvas, sketch)
        top = max(cost for _, cost in sketch.points)
        labels = {0: top, (height - 1) // 2: top / 2, height - 1: Decimal(0)}
        lines = []
        for row, cells in enumerate(canvas.rows()):
            label = compact(labels[row], sketch.currency) if row in labels else ""
            parts = [Content.styled(f"{label:>{_LABEL - 1}} ", "$text-muted")]
            parts += [Content.styled(text, style) if style else Content(text) for text, style in cells]
            lines.append(Content("").join(parts))
        lines.append(self._units_axis(width, sketch.points[-1][0]))
        return Content("\n").join(lines)

    def _draw(self, canvas: Canvas, sketch: Sketch) -> None:
        reach, top = sketch.points[-1][0], max(cost for _, cost in sketch.points)

        def place(units: Decimal, cost: Decimal) -> tuple[int, int]:
            x = int(units / reach * (canvas.across - 1)) if reach else 0
            y = int(cost / top * (canvas.down - 1)) if top else 0
            return x, canvas.down - 1 - y

        for edge in sketch.edges:
            x, _ = place(edge, Decimal(0))
            for y in range(0, canvas.down, 2):
                canvas.dot(x, y, _EDGE)
        dots = [place(units, cost) for units, cost in sketch.points]
        for start, end in pairwise(dots):
            canvas.line(start, end, _CURVE)
        for letter, _, units in reversed(self.marks()):
            if units <= reach:
                x, y = place(units, _between(sketch.points, units))
                canvas.glyph(x // 2, y // 4, letter, _MARK)

    def _units_axis(self, width: int, reach: Decimal) -> Content:
        end, middle = compact(reach), compact(reach / 2)
        half = width // 2
        text = f"{'0':<{half - len(middle) // 2}}{middle}"
        text = f"{text:<{max(width - len(end), len(text) + 1)}}{end}"
        return Content.styled(f"{' ' * _LABEL}{text[:width]}", "$text-muted")

    def words(self) -> str:
        """Say the curve's ends in words, for those who cannot see it."""
        if self._sketch is None:
            return ""
        units, cost = self._sketch.points[-1]
        return f"{plain(compact(units))} units cost {money(cost, self._sketch.currency)}"


def _between(points: Sequence[tuple[Decimal, Decimal]], units: Decimal) -> Decimal:
    """Return the cost at a quantity, straight between the points around it: a place on a picture."""
    before = points[0]
    for after in points:
        if after[0] >= units:
            span = after[0] - before[0]
            share = (units - before[0]) / span if span else Decimal(0)
            return before[1] + (after[1] - before[1]) * share
        before = after
    return points[-1][1]
