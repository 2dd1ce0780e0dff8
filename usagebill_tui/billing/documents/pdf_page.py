"""An invoice as a PDF for A4 paper: the same bytes for the same invoice."""

from datetime import date
from functools import partial
from io import BytesIO

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from usagebill_tui.billing.documents.content import Content
from usagebill_tui.billing.documents.logo import MEND_LOGO, Logo
from usagebill_tui.billing.documents.pdf_fonts import BOLD, REGULAR, Lettering, register_fonts
from usagebill_tui.billing.documents.pdf_story import MARKER_COLOURS, SMALL_PRINT, WIDTH, story_of
from usagebill_tui.errors import InvalidInput

_MARGIN = 18 * mm
_FOOT = 11 * mm


def pdf_document(content: Content, issued: date, logo: Logo | None = None) -> bytes:
    """Return an invoice as a PDF that says it was made on the day `issued`; InvalidInput for a bad logo."""
    register_fonts()
    try:
        pages = _built(content, issued, logo, pages=None)[1]
        return _built(content, issued, logo, pages=pages)[0]
    except OSError as error:
        # The logo is the only file that is read while a page is built in memory.
        raise InvalidInput("the logo is damaged", mend=MEND_LOGO) from error


def _built(content: Content, issued: date, logo: Logo | None, *, pages: int | None) -> tuple[bytes, int]:
    """Lay the invoice out; how many pages there are is only known after a first time."""
    output = BytesIO()
    letters = Lettering()
    document = BaseDocTemplate(
        output,
        pagesize=A4,
        title=letters(content.title),
        author=letters(content.seller[0]) if content.seller else "",
        creator="usagebill",
        invariant=1,
        lang="en",
    )
    frame = Frame(_MARGIN, _MARGIN, WIDTH, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
    adorn = partial(_adorn, title=letters(content.title), marker=content.marker, issued=issued, pages=pages)
    document.addPageTemplates([PageTemplate(frames=[frame], onPage=adorn)])
    story: list[Flowable] = story_of(content, letters, logo)
    document.build(story)
    return output.getvalue(), document.page


def _adorn(
    canvas: Canvas,
    document: BaseDocTemplate,
    *,
    title: str,
    marker: str,
    issued: date,
    pages: int | None,
) -> None:
    """Draw what each page has besides the invoice, and date the file like the invoice, not like now."""
    canvas.setDateFormatter(lambda *_: f"D:{issued:%Y%m%d}000000Z")
    canvas.saveState()
    if marker in MARKER_COLOURS and marker != "PAID":
        _watermark(canvas, marker)
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(SMALL_PRINT)
    left = f"{title} · {marker}" if marker else title
    canvas.drawString(_MARGIN, _FOOT, left)
    canvas.drawRightString(A4[0] - _MARGIN, _FOOT, f"Page {document.page} of {pages}")
    canvas.restoreState()


def _watermark(canvas: Canvas, marker: str) -> None:
    canvas.saveState()
    canvas.translate(A4[0] / 2, A4[1] / 2)
    canvas.rotate(52)
    canvas.setFont(BOLD, 150)
    canvas.setFillColor(_pale(MARKER_COLOURS[marker]))
    canvas.drawCentredString(0, -50, marker)
    canvas.restoreState()


def _pale(colour: str) -> Color:
    strong = HexColor(colour)
    return Color(*(1 - (1 - part) * 0.08 for part in strong.rgb()))
