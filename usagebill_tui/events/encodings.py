"""Text in other encodings than UTF-8, made UTF-8."""

import codecs
import io
from collections.abc import Iterator

from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.streams import BLOCK_BYTES, stream_of

# They are not what files are written in, and some of them take quadratic time.
_UNFIT = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7", "mbcs", "oem"}
)
_PLAIN = frozenset({"utf-8", "utf-8-sig"})


def known_encoding(name: str) -> str:
    """Return an encoding's usual name; raises WrongCall where there is none of this name for text."""
    try:
        found = codecs.lookup(name).name.lower().replace("_", "-")
        is_text = type(codecs.getincrementaldecoder(found)().decode(b"", final=True)) is str
    except (LookupError, UnicodeError, ValueError, TypeError, AssertionError):
        is_text = False
    if not is_text or found in _UNFIT:
        mend = "use a name such as windows-1252, latin-1, utf-16 or shift_jis"
        raise WrongCall(f"unknown encoding {name!r}", mend=mend)
    return found


def recoded(stream: io.BufferedReader, encoding: str, name: str) -> io.BufferedReader:
    """Return a stream's text as UTF-8; reading raises InvalidInput where it is not text in its encoding."""
    known = known_encoding(encoding)
    return stream if known in _PLAIN else stream_of(_recoded(stream, known, name))


def _recoded(stream: io.BufferedReader, encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    while True:
        block = stream.read(BLOCK_BYTES)
        try:
            text = decoder.decode(block, final=not block)
            yield text.encode()
        except UnicodeError as error:
            raise _not_text(error, encoding, lines, name) from None
        if not block:
            return
        lines += text.count("\n")


def _not_text(error: UnicodeError, encoding: str, lines: int, name: str) -> InvalidInput:
    found = ""
    if isinstance(error, UnicodeDecodeError):
        found = f" (byte 0x{error.object[error.start]:02x})" if error.start < len(error.object) else ""
        before = error.object[: error.start].decode(encoding, "ignore")
        lines += before.count("\n")
    mend = "say the file's own --encoding, or convert it to UTF-8"
    return InvalidInput(f"line {lines} is not {encoding}{found}", where=name, mend=mend)
