"""Whether DuckDB reads a row by itself or Python does makes no difference to anything."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.eventstore.bulk import Imported, event_of, import_file
from tests.eventstore.stores import AUTHOR, stored, temporary_store
from usagebill_tui.events.types import Options
from usagebill_tui.eventstore.parquet import identities
from usagebill_tui.eventstore.parquet.store import ParquetEventStore
from usagebill_tui.eventstore.types import OnConflict
from usagebill_tui.store.engine import reading
from usagebill_tui.store.manifest import segments

IDS = (
    '"e1"',
    '"e2"',
    '"e3"',
    '"e4"',
    '"e5"',
    '"E1"',
    '"é"',
    '" "',
    '""',
    '"a,b"',
    "7",
    "7.5",
    "null",
    '"\\u0041"',
)
NAMES = (
    '"a"',
    '"b"',
    '"acme, inc"',
    '" a"',
    '"\u00a0"',
    '"\u3000x"',
    '"é"',
    '"日本"',
    '"x\ty"',
    '"\x7f"',
    "12",
    "true",
)
TIMES = (
    *('"2024-01-16T17:17:33.970Z"', '"2024-01-16T17:17:33Z"', '"2024-01-16T17:17:33.000Z"'),
    *('"2024-01-16T00:00:00.000000Z"', '"2024-01-16T17:17:33.1234567Z"', '"2024-01-16T17:17:33.123456999Z"'),
    *('"2024-01-16T17:17:33+00:00"', '"2024-01-16T17:17:33.5+02:00"', '"2024-01-16T17:17:33-23:59"'),
    *(
        '"2024-01-16 17:17:33"',
        '"2024-01-16 17:17:33.25"',
        '"2024-01-16T17:17"',
        '"2024-01-16"',
        '"0000-01-01"',
    ),
    *('"2024-03-31T02:30:00"', '"2024-10-27 02:30:00"', '"2024-10-27T05:00:00.25"', '"2024-03-10T02:30:00"'),
    *('"2024-02-30T00:00:00Z"', '"2024-01-16T24:00:00Z"', '"2024-01-16T23:59:60Z"', '"0000-01-01T00:00:00Z"'),
    *('"0001-01-01T00:00:00+05:00"', '"9999-12-31T23:59:59.999999Z"', '"2024-1-16T17:17:33Z"', '"infinity"'),
    *('"10000-01-01"', '"99999-01-01T00:00:00Z"', '"10000-01-01T00:00:00+02:00"', '"99999-01-01 00:00:00"'),
    *(
        '"2024-01-16T17:17:33.9 Z"',
        '"2024-01-16T 7:17:33Z"',
        '"2024-01-16T17:17:3.Z"',
        '"epoch"',
        '"-2024-01-01"',
    ),
    *(
        "1705425453",
        "1705425453.5",
        '"1705425453"',
        "-1",
        '"1705425453.1234567"',
        "1e9",
        '"2024-01-16t17:17:33z"',
    ),
)
NUMBERS = (
    *("5", "548.10", "0.1", "-3.25", "0", "-0", "1e3", "5.00", "12345678901234567", "0.12345678901234567"),
    *("99999999999999999999.999999999999999999", "123456789012345678901", "0.1234567890123456785", "1e-19"),
    *(
        "05",
        "5.",
        ".5",
        "+5",
        "1_000",
        "NaN",
        "1E400",
        "true",
        "false",
        "null",
        '"5"',
        '"5.0"',
        *('"+5"', '"0005.50"', '".5"', '"5."', '"1.5e-05"', '"-0"', '"1.9.4"', '"10.0.0.1"', '"1e400"'),
        *("-0.0", "4.5e-05", "1.2345678901234567e-05", "1.5E+3", "1e+19", "2e-18"),
        '"x"',
        "[1,2]",
        "{}",
    ),
)
TEXTS = (
    *(
        '"eu"',
        '"us"',
        '"5"',
        '"007"',
        '"1e3"',
        '"-"',
        '"+"',
        '"e5"',
        '"3f2a"',
        '"12-34"',
        '""',
        '"a,b"',
        '"a\\"b"',
        *(
            '"\\u0035"',
            '"C:\\\\x"',
            '"\\ud83d\\ude00"',
            '"\\ud800"',
            '"\\u0000"',
            '"\\q"',
            '"\\"',
            '"a\\/b\\n"',
            '"x\\",\\"y"',
        ),
    ),
    *(
        '"é"',
        '"日本, x"',
        '"a:b{}[]"',
        '"true"',
        '"x\ty"',
        '"{\\"a\\":1}"',
        "null",
        "5",
        "true",
        '"123456789012345678901"',
    ),
)
FIELDS = '"id":{id},"account":{account},"metric":"m","timestamp":{time}'
LAYOUTS = (
    f'{{{{{FIELDS},"properties":{{{{"units":{{n}},"region":{{t}}}}}}}}}}',
    '{{"id": {id}, "source": "s", "account": {account}, "metric": "m", "timestamp": {time}, "n": {n}}}',
    (
        '{{"transaction_id":{id},"external_customer_id":{account},"code":"m","timestamp":{time},'
        '"properties":{{"a.b":{n},"T":{t},"t":1}}}}'
    ),
    f'{{{{"event":{{{{{FIELDS},"deep":{{{{"er":{{{{"n":{{n}}}}}},"e":{{{{}}}}}}}},"t":{{t}}}}}}}}}}',
    '{{"specversion":"1.0","id":{id},"source":{t},"subject":{account},"type":"m","time":{time},"data":{{"n":{n}}}}}',
    '{{"account":{account},"metric":"m","timestamp":{time},"n":{n}}}',
    f'{{{{{FIELDS},"n":{{n}},"n":{{n}}}}}}',
    f'{{{{{FIELDS},"id,x":{{n}},"properties":{{t}}}}}}',
    (
        '{{"identifier":{id},"event_name":"m","timestamp":{time},'
        '"payload":{{"stripe_customer_id":{account},"value":{n}}}}}'
    ),
)
ODD = (
    "",
    " ",
    "{}",
    "null",
    "not json",
    '{"id":',
    '[{"id":"x"}]',
    "\x01",
    '{"events":[]}',
    "\ufeff{}",
    "a" * 400,
)

usual = {
    "id": st.integers(0, 40).map(lambda n: f'"id{n}"'),
    "account": st.sampled_from(['"a"', '"b"', '"acct_1"']),
    "n": st.decimals(-1000, 1000, places=2, allow_nan=False).map(str),
    "t": st.sampled_from(['"eu"', '"us"', '"x y"']),
}
odd = {"id": IDS, "account": NAMES, "time": TIMES, "n": NUMBERS, "t": TEXTS}


@st.composite
def rows(draw: st.DrawFn) -> bytes:
    """Return a file most lines of which are alike, some nearly so, and some nothing of the kind."""
    layouts = draw(st.lists(st.sampled_from(LAYOUTS), min_size=1, max_size=3))
    time = draw(st.sampled_from(TIMES))
    strange = draw(st.sampled_from([0, 5, 40]))
    lines = []
    for _ in range(draw(st.integers(1, 14))):
        if draw(st.integers(0, 99)) < strange // 4:
            lines.append(draw(st.sampled_from(ODD)))
            continue
        values: dict[str, Any] = {"time": time} | {name: draw(one) for name, one in usual.items()}
        for name, pool in odd.items():
            if draw(st.integers(0, 99)) < strange:
                values[name] = draw(st.sampled_from(pool))
        lines.append(draw(st.sampled_from(layouts)).format(**values))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n"]))
    text = draw(st.sampled_from(["", "", "", "\ufeff"])) + end.join(lines) + draw(st.sampled_from(["", end]))
    return text.encode()


options = st.sampled_from(
    [
        Options(),
        Options(),
        Options(time_unit="ms"),
        Options(timezone="Europe/Berlin"),
        Options(timezone="America/New_York", nonexistent_time="later"),
        Options(map={"metric": "t"}),
        Options(set={"account": "acme", "properties.k": "007"}),
        Options(map={"properties.q": "properties.units"}, set={"source": "s,'x"}),
        Options(id_from=("account", "timestamp")),
        Options(id_from=("id", "properties.region")),
    ]
)


def told(data: bytes, *, bulk: bool, options: Options, block_bytes: int) -> Imported | str:
    """Return what importing comes to, or the error."""
    with temporary_store() as store:
        try:
            return import_file(store, data, bulk=bulk, options=options, block_bytes=block_bytes)
        except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the same
            return f"{type(error).__name__}: {error}"


@settings(max_examples=15, deadline=None)
@given(rows(), options, st.sampled_from([120, 400, 100_000]))
def test_both_ways_come_to_the_same(data: bytes, options: Options, block_bytes: int) -> None:
    exact = told(data, bulk=False, options=options, block_bytes=block_bytes)
    bulk = told(data, bulk=True, options=options, block_bytes=block_bytes)
    if isinstance(exact, Imported) and isinstance(bulk, Imported):
        assert bulk._replace(taken=0) == exact
    else:
        assert bulk == exact


LINE = (
    '{{"id":"e{0}","account":"a","metric":"m","timestamp":"2024-01-0{1}T00:00:0{1}.5{1}0Z",'
    '"properties":{{"units":{0}.10,"region":"eu","on":true,"deep":{{"er":null,"n":"7{1}"}}}}}}\n'
)


def plain_file(first: int, count: int) -> bytes:
    return "".join(LINE.format(first + n, (first + n) % 9 + 1) for n in range(count)).encode()


@pytest.mark.parametrize("bulk_first", [True, False])
def test_what_one_way_stored_is_a_duplicate_for_the_other(bulk_first: bool) -> None:  # noqa: FBT001 - a case
    with temporary_store() as store:
        one = import_file(store, plain_file(1, 20), bulk=bulk_first)
        assert (one.counts.accepted, one.taken) == (20, 20 if bulk_first else 0)
        other = import_file(store, plain_file(11, 20), bulk=not bulk_first)
        assert (other.counts.accepted, other.counts.duplicates, other.counts.conflicts) == (10, 10, 0)
        assert other.taken == (0 if bulk_first else 20)
        assert len(other.events) == 30


@pytest.mark.parametrize("on_conflict", ["keep-first", "replace"])
@pytest.mark.parametrize("ways", list(itertools.product([True, False], repeat=2)))
def test_undoing_leaves_what_the_others_brought(ways: tuple[bool, bool], on_conflict: OnConflict) -> None:
    other = plain_file(1, 20).replace(b'"units":5.10', b'"units":5.11').replace(b'"eu"', b'"us"', 3)
    with temporary_store() as store:
        first = import_file(store, plain_file(1, 12), bulk=ways[0])
        second = import_file(store, other, bulk=ways[1], on_conflict=on_conflict)
        assert (second.counts.duplicates, second.counts.conflicts) == (8, 4)
        with temporary_store() as another:
            alone = import_file(another, other, bulk=False).events
        store.undo(1, AUTHOR)
        assert [event_of(e) for e in stored(store)] == alone
        import_file(store, plain_file(1, 12), bulk=ways[0], on_conflict="replace")
        store.undo(2, AUTHOR)
        assert [event_of(e) for e in stored(store)] == first.events


def test_a_trial_stores_nothing_and_takes_no_number() -> None:
    with temporary_store() as store:
        tried = import_file(store, plain_file(1, 12), bulk=True, trial=True)
        assert (tried.taken, tried.counts.accepted, tried.events) == (12, 12, [])
        assert len(tried.preview) == 10
        import_file(store, plain_file(1, 12), bulk=True)
        assert [event.batch for event in stored(store)] == [1] * 12
        assert list(store.verify()) == []


UNNAMED = '{{"account":"a","metric":"m","timestamp":"2024-01-01T00:00:0{0}Z","properties":{{"units":{0}}}}}\n'


def unnamed_file(seconds: str) -> bytes:
    """Return rows without an id, every third of which is spelt so that it goes the exact way."""
    lines = [UNNAMED.format(second) for second in seconds]
    lines[::3] = [line.replace('"a"', '"\\u0061"') for line in lines[::3]]
    return "".join(lines).encode()


@pytest.mark.parametrize("block_bytes", [200, 100_000])
def test_equal_rows_without_an_id_are_counted_in_their_order(block_bytes: int) -> None:
    data = unnamed_file("1221121331")
    with temporary_store() as store:
        exact = import_file(store, data, bulk=False)
    with temporary_store() as store:
        bulk = import_file(store, data, bulk=True, block_bytes=block_bytes)
        assert bulk.taken == 6
        assert bulk._replace(taken=0) == exact
        again = import_file(store, unnamed_file("31122"), bulk=True, block_bytes=block_bytes)
        assert (again.counts.accepted, again.counts.duplicates) == (0, 5)
        more = import_file(store, unnamed_file("3333"), bulk=True, block_bytes=block_bytes)
        assert (more.counts.accepted, more.counts.duplicates) == (2, 2)
        assert list(store.verify()) == []


@pytest.mark.parametrize(
    ("line", "options"),
    [
        (LINE.replace('"region":"eu"', '"region":"1.9.4"'), Options()),
        (LINE.replace('"region":"eu"', '"region":"00{0}"'), Options()),
        (LINE.replace("{0}.10", "{0}.5e-05"), Options()),
        (LINE.replace("\n", "\r\n"), Options()),
        (LINE.replace("0Z", "0"), Options(timezone="Europe/Berlin")),
        (LINE.replace(":0{1}.5{1}0Z", "Z"), Options()),
        (LINE.replace(":0{1}.5{1}0Z", "").replace("T", " "), Options(timezone="Europe/Berlin")),
        (LINE.replace('"id":"e{0}",', ""), Options()),
        (LINE.replace('"id":"e{0}",', ""), Options(id_from=("metric", "properties.region", "timestamp"))),
        (LINE.replace('"region":"eu"', '"region":"a\\"b\\u00f6 \\\\ {0}"'), Options()),
    ],
)
def test_usual_rows_go_in_bulk(line: str, options: Options) -> None:
    data = "".join(line.format(n, n) for n in range(1, 9)).encode()
    with temporary_store() as store:
        assert import_file(store, data, bulk=True, options=options, block_bytes=100_000).taken == 8


def test_only_lines_that_do_not_prove_themselves_go_the_exact_way() -> None:
    data = plain_file(1, 9) + b'{"id": "x"}\n' + plain_file(10, 9) + plain_file(20, 1).replace(b"10", b"1e1")
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, block_bytes=100_000)
        assert (found.taken, found.counts.accepted, found.counts.rejected) == (18, 19, 1)
        assert found.rejects[0][::2] == (10, '{"id": "x"}')


def test_numbers_are_taken_whatever_the_first_ones_were() -> None:
    first = "".join(LINE.format(n, n % 9 + 1) for n in range(1, 1_001))
    later = "".join(LINE.format(n, n % 9 + 1) for n in range(1_001, 1_051)).replace(
        ".10", ".12345678901234567"
    )
    with temporary_store() as store:
        found = import_file(store, (first + later).encode(), bulk=True, block_bytes=1_000_000)
        assert found.taken == 1_050
        units = {one[1]: one[5]["units"].number for one in found.events}
        assert (str(units["e7"]), str(units["e1050"])) == ("7.1", "1050.12345678901234567")
        assert list(store.verify()) == []


@pytest.mark.parametrize("commas", [3, 7, 30])
def test_a_line_of_many_more_cells_than_the_first_ones_spoils_no_other(commas: int) -> None:
    first = plain_file(1, 450)
    data = first + LINE.format(451, 1).replace('"eu"', f'"{"," * commas}"').encode() + plain_file(452, 9)
    with temporary_store() as store:
        exact = import_file(store, data, bulk=False)
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, block_bytes=1_000_000)
    assert found._replace(taken=0) == exact
    assert found.taken == (0 if commas == 30 else 459)


def test_times_that_only_duckdb_can_read_are_not_taken() -> None:
    usual = "".join(LINE.format(n, n) for n in range(1, 9))
    odd = [
        "2024-1-09T00:00:00.500Z",
        "2024-01-09T24:00:00.500Z",
        "2024-01-09T00:00:00.5Z",
        " 2024-01-9T00:00:00.500Z",
    ]
    lines = [LINE.format(n, 9).replace("2024-01-09T00:00:09.590Z", time) for n, time in enumerate(odd, 9)]
    data = (usual + "".join(lines)).encode()
    with temporary_store() as store:
        exact = import_file(store, data, bulk=False)
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, block_bytes=100_000)
    assert found._replace(taken=0) == exact
    assert (exact.counts.accepted, exact.counts.rejected) == (9, 3)


@pytest.mark.parametrize(
    "usual",
    ["2024-01-01T00:00:00Z", "2024-01-01 00:00:00.1234567", "2024-01-01", "2024-01-01T00:00:00+01:00"],
)
@pytest.mark.parametrize("year", ["10000", "99999", "290000"])
def test_years_that_only_duckdb_knows_are_not_taken(usual: str, year: str) -> None:
    line = '{{"id":"{}","account":"a","metric":"m","timestamp":"{}"}}\n'
    odd = usual.replace("2024", year)
    data = "".join(line.format(n, odd if n == 3 else usual) for n in range(9)).encode()
    with temporary_store() as store:
        found = import_file(store, data, bulk=True)
    assert (found.taken, found.counts.accepted, found.counts.rejected) == (8, 8, 1)


def keys_and_large_segments(store: ParquetEventStore) -> tuple[list[str], list[str]]:
    with reading(store.engine) as session:
        listed = segments(session, ["events", "keys"], store.snapshot())
    large = [one.file.removeprefix("events") for one in listed if one.kind == "events" and one.rows >= 2]
    return sorted(one.file[-len(large[0]) :] for one in listed if one.kind == "keys"), sorted(large)


@pytest.mark.parametrize("again", ["", "whole", "repeated"])
def test_keys_are_written_beside_what_is_taken(again: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "KEYED_ROWS", 2)
    data = plain_file(1, 30) + (plain_file(20, 12) if again == "repeated" else b"")
    with temporary_store() as store:
        found = import_file(store, data, bulk=True, block_bytes=1_500)
        assert (found.taken, found.counts.accepted) == (len(data.splitlines()), 30 + (again == "repeated"))
        keys, large = keys_and_large_segments(store)
        assert keys == large
        assert len(keys) > 1
        if again == "whole":
            more = import_file(store, plain_file(29, 4), bulk=True)
            assert (more.counts.accepted, more.counts.duplicates) == (2, 2)
        assert list(store.verify()) == []
        assert store.unlisted() == []
