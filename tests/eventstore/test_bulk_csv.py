"""Separated values: whether DuckDB reads a row by itself or Python does makes no difference to anything."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.eventstore.bulk import Imported, import_file
from tests.eventstore.stores import temporary_store
from usagebill_tui.events.types import Options

HEADERS = (
    "id,account,metric,timestamp,n,t",
    "id,account,metric,timestamp,properties.n,usage.t",
    '"id",account,metric,timestamp,n,"t, or u"',
    "event_id,customer_id,event_name,timestamp,n,t",
    "id,source,account,metric,timestamp,n",
    "account,metric,timestamp,n,t,u",
)
CELLS = (
    *("00.50", "-.5", "4.5e-05", "1e19", "1.9.4", "10.0.0.1", "2024-01-16", "1e-19", "+0"),
    *("5", "5.0", "-0", "0", "-3.25", "1e3", "007", "+5", ".5", "5.", "12345678901234567.123456789012345678"),
    *(
        "123456789012345678901",
        "0.1234567890123456789",
        "",
        "eu",
        "e5",
        "-",
        "3f2a",
        "12-34",
        " 5",
        "é",
        "日本",
    ),
    *('"quoted"', '"a,b"', '"a""b"', 'a"b', '"open', "x\ty", "\x01", "a\rb", "true", "null", "-0.0", "1_000"),
)
TIMES = (
    "2024-01-16T17:17:33.970Z",
    "2024-01-16",
    "2024-01-16 17:17:33",
    "1705425453",
    "infinity",
    "0000-01-01",
)
ODD = ("", " ", ",", ",,,,,", "a,b", "a,b,c,d,e,f,g", '"', 'x,"two', 'lines",y,m,2024-01-16,5,t', "a" * 500)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Return a file most rows of which are alike."""
    lines = [draw(st.sampled_from(HEADERS))]
    time = draw(st.sampled_from(TIMES))
    strange = draw(st.sampled_from([0, 3, 30]))
    inside = draw(st.sampled_from(["", "", ", x", "; x"]))
    for _ in range(draw(st.integers(0, 14))):
        if draw(st.integers(0, 99)) < strange // 2:
            lines.append(draw(st.sampled_from(ODD)))
            continue
        name = draw(st.integers(0, 30))
        row = [f"id{name}", "a", "m", time, f"{name}.5", draw(st.sampled_from(["eu", "us", "7"]))]
        if "source" in lines[0]:
            row = [row[0], "s", *row[1:5]]
        elif lines[0].startswith("account"):
            row = [*row[1:], "x"]
        if draw(st.integers(0, 3)) == 0:
            row = [
                f'"{one}{inside}"' if place == len(row) - 1 else f'"{one}"' for place, one in enumerate(row)
            ]
        cells = [draw(st.sampled_from(CELLS)) if draw(st.integers(0, 99)) < strange else one for one in row]
        lines.append(",".join(cells))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\n\n"]))
    start = draw(st.sampled_from(["", "", "\ufeff", "\n"]))
    return (start + end.join(lines) + draw(st.sampled_from(["", end]))).encode()


OPTIONS = (
    Options(),
    Options(time_unit="s"),
    Options(map={"metric": "t"}),
    Options(id_from=("account", "n")),
    Options(id_from=("account", "n"), quote=""),
    Options(quote=""),
    Options(set={"properties.k": "5"}, timezone="Europe/Berlin"),
)


def told(data: bytes, options: Options, block_bytes: int, *, bulk: bool) -> Imported | str:
    """Return what importing comes to, or the error."""
    with temporary_store() as store:
        try:
            return import_file(store, data, bulk=bulk, name="e.csv", options=options, block_bytes=block_bytes)
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
            return f"{type(error).__name__}: {error}"


@settings(max_examples=15, deadline=None)
@given(files(), st.sampled_from(OPTIONS), st.sampled_from([60, 250, 100_000]))
def test_both_ways_come_to_the_same(data: bytes, options: Options, block_bytes: int) -> None:
    exact = told(data, options, block_bytes, bulk=False)
    bulk = told(data, options, block_bytes, bulk=True)
    if isinstance(exact, Imported) and isinstance(bulk, Imported):
        # Where no row can be read, the exact way does not get to look at the header.
        told_format = bulk.format if exact.events else exact.format
        assert bulk._replace(taken=0, format=told_format) == exact._replace(format=told_format)
    else:
        assert bulk == exact


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_rows_are_taken_with_quotes_or_without(end: str) -> None:
    rows = [f"e{n},a,m,2024-01-0{n},{n}.5,eu" for n in range(1, 10)]
    rows[3] = 'e4,a,m,2024-01-04,4.5,"eu, or us"'
    plain = end.join([HEADERS[0], *rows[:3], *rows[4:]]) + end
    with temporary_store() as store:
        assert import_file(store, plain.encode(), bulk=True, name="e.csv").taken == 8
    with temporary_store() as store:
        quoted = "\n".join([HEADERS[0], *rows])
        found = import_file(store, quoted.encode(), bulk=True, name="e.csv", block_bytes=100_000)
        assert (found.taken, found.counts.accepted) == (9, 9)
        assert found.events[3][5]["t"].text == "eu, or us"


@pytest.mark.parametrize("commas", [3, 30])
def test_a_row_of_many_more_cells_than_the_first_ones_spoils_no_other(commas: int) -> None:
    rows = [f"e{n},a,m,2024-01-01,{n}.5,eu" for n in range(1, 450)]
    data = "\n".join([HEADERS[0], *rows, f'x,a,m,2024-01-01,1,"{"," * commas}"', rows[0]]).encode()
    with temporary_store() as store:
        exact = import_file(store, data, bulk=False, name="e.csv")
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, name="e.csv", block_bytes=100_000)
    assert found._replace(taken=0) == exact
    assert found.taken == (0 if commas == 30 else 450)


@pytest.mark.parametrize("odd", ['"eu" ', ' "eu"', '"e""u"', 'e"u', '"eu"x', '"eu'])
def test_quotes_that_readers_differ_on_go_the_exact_way(odd: str) -> None:
    rows = [f'"e{n}",a,m,2024-01-0{n},{n}.5,"eu, or us"' for n in range(1, 9)]
    data = "\n".join([HEADERS[0], *rows, f"e9,a,m,2024-01-09,9.5,{odd}", ""]).encode()
    with temporary_store() as store:
        exact = import_file(store, data, bulk=False, name="e.csv")
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, name="e.csv", block_bytes=100_000)
        assert found._replace(taken=0) == exact


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_in_quotes_are_taken(end: str) -> None:
    rows = [f'"e{n}",a,"m","2024-01-0{n}",{n}.5,"eu"' for n in range(1, 10)]
    data = end.join(['"id","account","metric","timestamp","n","t"', *rows, '"e10","a",m,2024-01-01,1,"x, y"'])
    with temporary_store() as store:
        found = import_file(store, data.encode(), bulk=True, name="e.csv", block_bytes=100_000)
        assert (found.taken, found.counts.accepted) == (10, 10)
    with temporary_store() as store:
        exact = import_file(store, data.encode(), bulk=False, name="e.csv")
        assert found._replace(taken=0) == exact


def test_rows_without_an_id_are_taken() -> None:
    rows = [f"a,m,2023-11-16 18:17:0{n}.9799600,{n}08,10" for n in (1, 2, 2, 1, 1)]
    data = "\n".join(["account,metric,timestamp,ContextTokens,GeneratedTokens", *rows]).encode()
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, name="e.csv", block_bytes=150)
    with temporary_store() as store:
        assert found.taken == 5
        assert found._replace(taken=0) == import_file(store, data, bulk=False, name="e.csv")


def test_a_real_trace_goes_in_bulk() -> None:
    trace = Path(__file__).parents[1] / "data" / "azure_llm_conv_head.csv"
    options = Options(map={"timestamp": "TIMESTAMP"}, set={"account": "acme", "metric": "llm"})
    with temporary_store() as store:
        data = trace.read_bytes()
        found = import_file(store, data, bulk=True, name="t.csv", options=options, block_bytes=100_000)
        assert found.taken == found.counts.accepted > 0
