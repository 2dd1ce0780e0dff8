"""What stands on a PDF invoice, from top to bottom, as reportlab's flowables."""

from collections.abc import Iterable, Sequence
from html import escape
from io import BytesIO
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, Spacer, Table

from usagebill_tui.billing.documents.content import Content
from usagebill_tui.billing.documents.logo import Logo
from usagebill_tui.billing.documents.pdf_fonts import BOLD, REGULAR, UNKNOWN, Lettering

WIDTH = A4[0] - 36 * mm
INK = HexColor("#1f2933")
SOFT = HexColor("#52606d")
SMALL_PRINT = HexColor("#697586")
RULE = HexColor("#d9dee4")
MARKER_COLOURS = {"DRAFT": "#8a5a00", "VOID": "#b42318", "PAID": "#18794e"}

_BARE: list[tuple[Any, ...]] = [
    *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
_FEW_LINES = 20
_LOGO = (60 * mm, 22 * mm)
_INCOMPLETE = f"{UNKNOWN} stands for a letter that this file has no picture of; the HTML invoice shows it."


def _style(size: float, *, bold: bool = False, colour: Color = INK, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size} {bold} {colour} {right}",
        fontName=BOLD if bold else REGULAR,
        fontSize=size,
        leading=size * 1.32,
        textColor=colour,
        alignment=TA_RIGHT if right else 0,
        splitLongWords=1,
    )


_TITLE = _style(20, bold=True, right=True)
_NAME = _style(12, bold=True)
_TEXT = _style(9.5)
_FIGURE = _style(9.5, right=True)
_DETAIL = _style(9.5, colour=SOFT)
_NOTE = _style(8, colour=SMALL_PRINT)
_LABEL = _style(8, bold=True, colour=SOFT)
_LABEL_RIGHT = _style(8, bold=True, colour=SOFT, right=True)
_DUE = _style(15, bold=True)
_TOTAL = _style(11.5, bold=True)
_TOTAL_RIGHT = _style(11.5, bold=True, right=True)


class _Writer:
    """Makes paragraphs of foreign text: nothing in it is markup, letters that are missing are replaced."""

    def __init__(self, letters: Lettering) -> None:
        self._letters = letters

    def __call__(self, text: str, style: ParagraphStyle) -> Paragraph:
        return Paragraph(escape(self._letters(text), quote=False), style)

    def all(self, texts: Iterable[str], style: ParagraphStyle) -> list[Flowable]:
        return [self(text, style) for text in texts]


def story_of(content: Content, letters: Lettering, logo: Logo | None) -> list[Flowable]:
    """Return an invoice's parts in the order of reading."""
    write = _Writer(letters)
    story: list[Flowable] = [_head(content, write, logo), Spacer(0, 11 * mm), _parties(content, write)]
    if content.due:
        story += [Spacer(0, 8 * mm), write(content.due, _DUE)]
    if content.remark:
        story += [Spacer(0, 2 * mm), write(content.remark, _DETAIL)]
    story += [Spacer(0, 7 * mm), _lines(content, write), Spacer(0, 3 * mm), _totals(content, write)]
    last: list[Flowable] = [Spacer(0, 10 * mm), *write.all(content.terms, _DETAIL)] if content.terms else []
    if letters.incomplete:
        last += [Spacer(0, 6 * mm), write(_INCOMPLETE, _NOTE)]
    # Terms are never alone on a page of their own, nor is a part of them.
    *above, totals = story
    return [*above, KeepTogether([totals, *last])] if len(last) <= _FEW_LINES else [*story, *last]


def _head(content: Content, write: _Writer, logo: Logo | None) -> Table:
    name, *details = content.seller or ("",)
    left: list[Flowable] = [] if logo is None else [_picture(logo), Spacer(0, 3 * mm)]
    left += [write(name, _NAME), *write.all(details, _DETAIL)]
    right: list[Flowable] = [write(content.title, _TITLE)]
    if content.marker:
        style = _style(11, bold=True, colour=HexColor(MARKER_COLOURS[content.marker]), right=True)
        right += [Spacer(0, 1.5 * mm), write(content.marker, style)]
    return _plain_table([[left, right]], [WIDTH * 0.52, WIDTH * 0.48])


def _picture(logo: Logo) -> Image:
    return Image(BytesIO(logo.content), *_LOGO, kind="proportional", hAlign="LEFT")


def _parties(content: Content, write: _Writer) -> Table:
    name, *details = content.customer
    left = [write(content.to.upper(), _LABEL), write(name, _NAME), *write.all(details, _DETAIL)]
    facts = [[write(fact, _DETAIL), write(value, _FIGURE)] for fact, value in content.facts]
    right = _plain_table(facts, [WIDTH * 0.16, WIDTH * 0.32])
    # A column of air keeps a long name from touching the facts beside it.
    return _plain_table([[left, "", right]], [WIDTH * 0.47, WIDTH * 0.05, WIDTH * 0.48])


def _plain_table(cells: Sequence[list[Any]], widths: Sequence[float]) -> Table:
    return Table(cells, widths, style=_BARE, splitInRow=1)


def _lines(content: Content, write: _Writer) -> Table:
    titles: list[Any] = [
        write("DESCRIPTION", _LABEL),
        write(content.quantity.upper(), _LABEL_RIGHT),
        write("AMOUNT", _LABEL_RIGHT),
    ]
    cells: list[list[Any]] = [titles]
    style: list[tuple[Any, ...]] = [
        *_BARE,
        ("BOTTOMPADDING", (0, 0), (-1, 0), 3),
        ("LINEBELOW", (0, 0), (-1, 0), 1.2, INK),
    ]
    for row in content.rows:
        first = len(cells)
        cells.append([write(row.description, _TEXT), write(row.units, _FIGURE), write(row.amount, _FIGURE)])
        # Each note is a row of its own, so that a line with very many breaks across pages.
        cells += [[write(note, _NOTE), "", ""] for note in row.notes]
        last = len(cells) - 1
        style += [
            ("TOPPADDING", (0, first), (-1, first), 5),
            ("BOTTOMPADDING", (0, last), (-1, last), 5),
            ("LINEBELOW", (0, last), (-1, last), 0.5, RULE),
            ("NOSPLIT", (0, first), (-1, min(first + 1, last))),
        ]
        style += [("SPAN", (0, note), (1, note)) for note in range(first + 1, last + 1)]
    return Table(cells, [WIDTH * 0.58, WIDTH * 0.22, WIDTH * 0.2], style=style, repeatRows=1, splitInRow=1)


def _totals(content: Content, write: _Writer) -> Table:
    *rows, (name, amount) = content.totals
    cells = [[write(label, _DETAIL), write(figure, _FIGURE)] for label, figure in rows]
    cells.append([write(name, _TOTAL), write(amount, _TOTAL_RIGHT)])
    style: list[tuple[Any, ...]] = [
        *_BARE,
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, -1), (-1, -1), 5),
        ("LINEABOVE", (0, -1), (-1, -1), 1.2, INK),
        ("NOSPLIT", (0, 0), (-1, -1)),
    ]
    return Table(cells, [WIDTH * 0.36, WIDTH * 0.2], style=style, hAlign="RIGHT")
