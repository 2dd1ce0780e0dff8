"""Data on stdout: as a table, JSON, JSON Lines or CSV."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from usagebill_tui.domain.invoice import written
from usagebill_tui.errors import UsagebillError, WrongCall
from usagebill_tui.foreign_text import safe, safe_json, width

Format = Literal["table", "json", "jsonl", "csv"]


class Column(msgspec.Struct, frozen=True):
    """A column of a table: the key in each row, its title, and whether it is aligned to the right."""

    key: str
    title: str
    right: bool = False


def format_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--format`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "json", "jsonl", "csv"]),
        help="Default: table on a terminal, json otherwise.",
    )(command)


def one_file(file: Path | None, out: Path | None, example: str) -> Path:
    """Return the file that an argument or `--out` names; WrongCall unless it is one of them."""
    if file is not None and out is not None:
        raise WrongCall("two files to write to", mend=f"name one, like `{example}`")
    path = file or out
    if path is None:
        raise WrongCall("no file to write to", mend=f"name one, like `{example}`")
    return path


def chosen(form: Format | None) -> Format:
    """Return the format to write: a table on a terminal, JSON otherwise."""
    if form is not None:
        return form
    return "table" if sys.stdout.isatty() else "json"


def emit(
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    form: Format | None,
    *,
    empty: str = "Nothing.",
) -> None:
    """Write rows: in JSON all their keys, in tables and CSV the columns. `empty` is said to people."""
    plain = [written(row) for row in rows]
    match chosen(form):
        case "json":
            put(encoded(plain, pretty=True) + "\n")
        case "jsonl":
            for row in plain:
                put(encoded(row) + "\n")
        case "csv":
            put(csv_text(plain, [column.key for column in columns]))
        case "table":
            if plain:
                put(table_text(plain, columns))
            else:
                click.echo(empty, err=True)


def emit_json(rows: Iterable[Mapping[str, Any]], form: Format | None) -> None:
    """Write rows as `emit` does in JSON and JSON Lines, each as it comes: there may be very many."""
    if chosen(form) == "jsonl":
        for row in rows:
            put(encoded(written(row)) + "\n")
        return
    before = "[\n  "
    for row in rows:
        put(before + encoded(written(row), pretty=True).replace("\n", "\n  "))
        before = ",\n  "
    put("[]\n" if before.startswith("[") else "\n]\n")


def emit_one(row: Mapping[str, Any], columns: Sequence[Column], form: Format | None) -> None:
    """Write a single object: in JSON the object itself, in a table a line for each value."""
    plain = written(row)
    match chosen(form):
        case "json":
            put(encoded(plain, pretty=True) + "\n")
        case "jsonl":
            put(encoded(plain) + "\n")
        case "csv":
            put(csv_text([plain], [column.key for column in columns]))
        case "table":
            widest = max(width(column.title) for column in columns)
            for column in columns:
                put(f"{column.title}{' ' * (widest - width(column.title))}  {cell(plain.get(column.key))}\n")


class OutputLost(UsagebillError):
    """What a command did is done, and could not be told on stdout."""

    exit_code = 3


@contextmanager
def done_already() -> Iterator[None]:
    """Write what a command did; raises OutputLost where that fails, since the command has not."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        with suppress(OSError):
            # What is still to be written must not fail once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = f"it is done, but the output could not be written: {error.strerror}"
        raise OutputLost(what, mend="look at what there is before doing it again") from error


def put(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text)


def encoded(value: Any, *, pretty: bool = False) -> str:
    """Return JSON; text that a terminal might obey is escaped."""
    raw = msgspec.json.encode(value)
    text = msgspec.json.format(raw, indent=2) if pretty else raw
    return safe_json(text.decode())


def csv_text(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> str:
    """Return CSV with a header; missing values are empty, tables JSON."""
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(keys)
    for row in rows:
        writer.writerow([_csv_cell(row.get(key)) for key in keys])
    return output.getvalue()


def table_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> str:
    """Return an aligned table with a header."""
    cells = [[cell(row.get(column.key)) for column in columns] for row in rows]
    titles = [column.title for column in columns]
    widths = [max(width(line[place]) for line in [titles, *cells]) for place in range(len(columns))]
    lines = [_line(line, columns, widths) for line in [titles, ["─" * w for w in widths], *cells]]
    return "".join(f"{line}\n" for line in lines)


def cell(value: Any) -> str:
    """Return a value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return safe(_words(value))
    return safe(str(value))


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={'–' if item is None else item}" for key, item in value.items())
    return ", ".join(str(item) for item in value)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, list | dict):
        return msgspec.json.encode(value).decode()
    return value


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    parts = []
    for text, column, wide in zip(cells, columns, widths, strict=True):
        space = " " * (wide - width(text))
        parts.append(space + text if column.right else text + space)
    return "  ".join(parts).rstrip()
