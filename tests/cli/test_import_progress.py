"""What a long import tells of itself, by a clock that the test moves."""

import io
from pathlib import Path

import pytest

from usagebill_tui.billing.imports.progress import bytes_words, progress_words, time_words, total_bytes
from usagebill_tui.cli.progress import ImportProgress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_short_import_shows_nothing() -> None:
    for terminal in (True, False):
        clock, stream = Clock(), io.StringIO()
        progress = ImportProgress(stream, total=100, clock=clock, terminal=terminal)
        clock.now += 0.9
        progress(10, 50)
        progress.close()
        assert stream.getvalue() == ""


def test_elsewhere_than_on_a_terminal_a_line_every_ten_seconds() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = ImportProgress(stream, total=4_000_000, clock=clock, terminal=False)
    for second in range(1, 31):
        clock.now = 100.0 + second
        progress(second * 1_000, second * 100_000)
    progress.close()
    assert stream.getvalue().splitlines() == [
        "10,000 rows · 1.0 MB of 4.0 MB · 1,000 rows/s · 31 s left",
        "20,000 rows · 2.0 MB of 4.0 MB · 1,000 rows/s · 21 s left",
        "30,000 rows · 3.0 MB of 4.0 MB · 1,000 rows/s · 11 s left",
    ]


def test_on_a_terminal_one_line_is_renewed_and_then_gone() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = ImportProgress(stream, label="a.csv", clock=clock, terminal=True, columns=20)
    clock.now += 2
    progress(10, 50)
    clock.now += 0.125
    progress(11, 55)
    clock.now += 0.125
    progress(12, 60)
    progress.close()
    assert stream.getvalue().split("\r\x1b[K") == ["", "a.csv: 10 rows · 50", "a.csv: 12 rows · 60", ""]


def test_a_label_is_shown_and_not_obeyed() -> None:
    clock, stream = Clock(), io.StringIO()
    progress = ImportProgress(stream, label="\x1b[31mred.csv", clock=clock, terminal=False)
    clock.now += 11
    progress(1, 1)
    assert stream.getvalue() == "\\x1b[31mred.csv: 1 rows · 1 bytes · 0 rows/s\n"


def test_what_is_not_known_is_not_said() -> None:
    assert progress_words(5, 10, None, 0) == "5 rows · 10 bytes"
    assert progress_words(0, 0, 10, 2.0) == "0 rows · 0 bytes of 10 bytes · 0 rows/s"
    assert progress_words(5, 10, 10, 2.0) == "5 rows · all 10 bytes read · storing them"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (98.9, "99 s"), (99, "2 min"), (600, "11 min"), (7200, "3 h")]
)
def test_time_left(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_sizes(tmp_path: Path) -> None:
    assert [bytes_words(size) for size in (999, 1_500, 2_340_000, 5 * 10**9)] == [
        "999 bytes",
        "1.5 kB",
        "2.3 MB",
        "5.0 GB",
    ]
    (tmp_path / "a").write_bytes(b"12345")
    assert total_bytes([str(tmp_path / "a")] * 2) == 10
    assert total_bytes([str(tmp_path / "a"), "-"]) is None
    assert total_bytes([str(tmp_path)]) is None
    assert total_bytes([str(tmp_path / "\0")]) is None
