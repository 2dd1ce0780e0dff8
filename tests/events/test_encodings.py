"""Text in other encodings, which are said and never guessed."""

import pytest

from tests.events.shapes.reading import read
from usagebill_tui.errors import InvalidInput, WrongCall
from usagebill_tui.events.types import Options

HEADER = "account,metric,timestamp\n"


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "UTF8",
        "utf-8-sig",
        "latin-1",
        "windows-1252",
        "utf-16",
        "utf-16-le",
        "utf-32-be",
        "iso8859-15",
    ],
)
@pytest.mark.parametrize("name", ["u.csv", "u.jsonl", "u.json"])
def test_text_is_read_in_the_encoding_that_is_said(encoding: str, name: str) -> None:
    row = '{"account":"Größe","metric":"m","timestamp":"2026-10-01"}'
    texts = {"u.csv": f"{HEADER}Größe,m,2026-10-01\n", "u.jsonl": row, "u.json": f"[{row}]"}
    found = read(texts[name].encode(encoding), Options(encoding=encoding), name)
    assert found.event.account == "Größe"
    assert found.format == name.removeprefix("u.")


def test_a_byte_order_mark_is_no_text() -> None:
    for encoding, mark in (
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-8", b"\xef\xbb\xbf"),
    ):
        data = mark + f"{HEADER}a,m,2026-10-01\n".encode(encoding)
        assert read(data, Options(encoding=encoding), "u.csv").event.account == "a"


@pytest.mark.parametrize("lines", [1, 3, 30_000])
def test_what_does_not_fit_the_encoding_names_its_line(lines: int) -> None:
    data = HEADER.encode() + b"a,m,2026-10-01\n" * (lines - 1) + b"\x81,m,2026-10-01\n"
    message = rf"u\.csv: line {lines + 1} is not cp1252 \(byte 0x81\); say the file's own --encoding"
    with pytest.raises(InvalidInput, match=message):
        read(data, Options(encoding="windows-1252"), "u.csv")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (f"{HEADER}a".encode("utf-16")[:-1], "utf-16"),
        (b"a\xff\xfe\xff", "utf-32"),
        (b"\xd8\x00" * 4, "utf-16-be"),
        (b"\x83", "shift_jis"),
        ("é".encode(), "ascii"),
    ],
)
def test_text_that_is_cut_off_or_broken_is_one_error(data: bytes, encoding: str) -> None:
    with pytest.raises(InvalidInput, match=r"u\.csv: line \d+ is not"):
        read(data, Options(encoding=encoding), "u.csv")


@pytest.mark.parametrize(
    "name",
    [
        *("klingon", "", "rot13", "hex", "base64", "zlib", "bz2", "uu", "quopri", "idna", "punycode"),
        *("unicode_escape", "raw_unicode_escape", "undefined", "utf-7", "a\0b", "x" * 10_000, "../x"),
    ],
)
def test_names_that_are_no_encoding_of_files(name: str) -> None:
    with pytest.raises(WrongCall, match="unknown encoding"):
        read(b"x", Options(encoding=name), "u.csv")


def test_the_wrong_one_is_told_how_to_say_the_right_one() -> None:
    with pytest.raises(InvalidInput, match="is UTF-16 or UTF-32, not UTF-8; say --encoding utf-16"):
        read(HEADER.encode("utf-16"), name="u.csv")
    with pytest.raises(
        InvalidInput, match=r"line 2 is not UTF-8 \(byte 0xf6\); say how it is written, such as"
    ):
        read(f"{HEADER}Grö".encode("cp1252"), name="u.csv")
    with pytest.raises(InvalidInput, match="holds a NUL byte"):
        read(HEADER.encode("utf-16-le"), Options(encoding="latin-1"), "u.csv")
