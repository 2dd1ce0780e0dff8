"""The letters of PDF invoices: Source Sans Pro, embedded, so that they look the same everywhere."""

import unicodedata
from collections.abc import Container
from importlib.resources import files

import font_source_sans_pro
from babel import Locale
from reportlab.pdfbase.pdfmetrics import getFont, registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from usagebill_tui.billing.words import LOCALE
from usagebill_tui.errors import StorageFailed

REGULAR = "SourceSansPro-Regular"
BOLD = "SourceSansPro-Semibold"
UNKNOWN = "?"


def register_fonts() -> None:
    """Make the fonts known to reportlab."""
    folder = files(font_source_sans_pro) / "files"
    for name in (REGULAR, BOLD):
        try:
            registerFont(TTFont(name, str(folder / f"{name}.ttf")))
        except TTFError as error:
            raise StorageFailed(
                f"the font of PDF invoices is damaged: {error}", mend="install usagebill_tui[pdf] again"
            ) from error


class Lettering:
    """Writes texts in the letters that the font has, and remembers whether any was missing."""

    def __init__(self) -> None:
        font = getFont(REGULAR)
        if not isinstance(font, TTFont):  # pragma: no cover - register_fonts registers nothing else
            raise TypeError(type(font))
        self._known: Container[int] = font.face.charToGlyph
        self._codes = _currency_codes()
        self.incomplete = False

    def __call__(self, text: str) -> str:
        """Return a text without letters that the font lacks: the plain form of each, or `?`."""
        return "".join(one if ord(one) in self._known else self._instead(one) for one in composed(text))

    def _instead(self, letter: str) -> str:
        if letter in self._codes:
            return f"{self._codes[letter]}\N{NO-BREAK SPACE}"
        plain = unicodedata.normalize("NFKD", letter)
        kept = "".join(one for one in plain if ord(one) in self._known)
        if kept or unicodedata.category(letter) == "Cf":
            return kept
        self.incomplete = True
        return UNKNOWN


def composed(text: str) -> str:
    """Return a text with letters and their accents as one character where there is one."""
    return unicodedata.normalize("NFC", text)


def _currency_codes() -> dict[str, str]:
    symbols = Locale.parse(LOCALE).currency_symbols
    return {symbol: code for code, symbol in symbols.items() if len(symbol) == 1}
