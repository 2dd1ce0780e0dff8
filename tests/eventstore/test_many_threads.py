"""One event store and many threads: closing it takes no connection from another thread."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from usagebill_tui.eventstore.parquet.connection import Shared

THREADS = 8
ROWS = 5_000


def test_what_is_being_read_is_read_to_its_end_though_another_thread_closes(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    reading, closed = threading.Barrier(THREADS + 1), threading.Barrier(THREADS + 1)

    def read(number: int) -> tuple[int, int]:
        with shared.asking() as connection:
            connection.execute("CREATE TEMP TABLE mine AS SELECT range AS i FROM range($1)", [ROWS + number])
            connection.execute("SELECT i, i::VARCHAR FROM mine ORDER BY i")
            rows = len(connection.fetchmany(7))
            reading.wait()
            closed.wait()
            while part := connection.fetchmany(100):
                rows += len(part)
            (counted,) = connection.execute("SELECT count(*) FROM mine").fetchone() or (0,)
            return rows, counted

    with ThreadPoolExecutor(THREADS) as pool:
        answers = [pool.submit(read, number) for number in range(THREADS)]
        reading.wait()
        shared.close()
        closed.wait()
        found = [answer.result() for answer in answers]
    assert found == [(ROWS + number, ROWS + number) for number in range(THREADS)]


def test_who_asks_last_closes_and_the_next_question_opens_another(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    with shared.asking() as first:
        with shared.asking() as second:
            shared.close()
        with pytest.raises(duckdb.Error, match="closed"):
            second.execute("SELECT 1")
        assert first.execute("SELECT 1").fetchall() == [(1,)]
        with shared.asking() as third:
            # This one is of another database: the first sees nothing of it.
            third.execute("CREATE TABLE there (i INTEGER)")
            with pytest.raises(duckdb.CatalogException):
                first.execute("SELECT * FROM there")
    with pytest.raises(duckdb.Error, match="closed"):
        first.execute("SELECT 1")
    shared.close()
    shared.close()


def test_reading_that_nobody_finished_ends_when_it_is_collected_even_under_the_lock(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    abandoned = shared.asking()
    connection = abandoned.__enter__()
    with shared._lock:  # noqa: SLF001 - as where Python collects something while a question opens the database
        abandoned.__exit__(None, None, None)
    with pytest.raises(duckdb.Error, match="closed"):
        connection.execute("SELECT 1")


def test_many_threads_ask_while_others_close(tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    done = threading.Event()

    def ask() -> list[int]:
        found = []
        for number in range(10):
            with shared.asking() as connection:
                connection.execute("SELECT i FROM range($1, $1 + 3000) t(i) ORDER BY i", [number])
                rows = 0
                while part := connection.fetchmany(500):
                    rows += len(part)
                found.append(rows)
        return found

    def close() -> None:
        while not done.is_set():
            shared.close()

    with ThreadPoolExecutor(THREADS + 2) as pool:
        closing = [pool.submit(close) for _ in range(2)]
        asking = [pool.submit(ask) for _ in range(THREADS)]
        try:
            assert [one.result() for one in asking] == [[3_000] * 10] * THREADS
        finally:
            done.set()
        for one in closing:
            one.result()
