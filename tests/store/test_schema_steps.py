import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from tests.databases import sqlite_only
from tests.eventstore.stores import empty_database
from usagebill_tui.errors import Refused, StorageFailed
from usagebill_tui.store import migrate
from usagebill_tui.store.database import Database
from usagebill_tui.store.engine import open_sqlite, writing
from usagebill_tui.store.tables import Base

pytestmark = sqlite_only


@pytest.fixture(name="path")
def database_path(tmp_path: Path) -> Path:
    path = tmp_path / "catalogue.db"
    path.write_bytes(empty_database())
    return path


def at_step(path: Path, step: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [step])


def test_the_steps_lead_to_exactly_what_the_models_say(path: Path) -> None:
    engine = open_sqlite(path)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def schema_of(path: Path) -> dict[str, set[str]]:
    """Everything in a database's schema: each statement's clauses, in whatever order they stand."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT type || name || tbl_name, coalesce(sql, '') FROM sqlite_master")
        return {key: {line.strip(" \t,()") for line in sql.splitlines()} - {""} for key, sql in rows}


def test_what_is_made_at_once_is_what_the_steps_lead_to(path: Path, tmp_path: Path) -> None:
    stepped = tmp_path / "stepped.db"
    engine = open_sqlite(stepped)
    migrate.run_steps(engine)
    assert migrate.current_step(engine) == migrate.HEAD
    assert schema_of(stepped) == schema_of(path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_known_steps_are_the_scripts() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrate.HEAD]
    assert {script.revision for script in scripts.walk_revisions()} == migrate.KNOWN


def test_a_database_at_the_newest_step_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    monkeypatch.delattr(migrate, "run_steps")
    Database(path).close()
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_newer_schema_is_refused(path: Path) -> None:
    at_step(path, "9999")
    before = path.read_bytes()
    with pytest.raises(Refused, match="the schema 9999 is newer than this usagebill knows") as caught:
        Database(path)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == before


def test_an_older_schema_is_backed_up_before_it_is_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_step(path, "0000")
    before = path.read_bytes()

    def run(engine: object) -> None:
        assert engine is not None
        assert (path.parent / "catalogue-before-0002-at-0000.db").read_bytes()[:16] == before[:16]
        at_step(path, "0002")

    monkeypatch.setattr(migrate, "HEAD", "0002")
    monkeypatch.setattr(migrate, "KNOWN", {"0000", "0001", "0002"})
    monkeypatch.setattr(migrate, "run_steps", run)
    Database(path).close()
    copy = open_sqlite(path.parent / "catalogue-before-0002-at-0000.db")
    assert migrate.current_step(copy) == "0000"
    assert migrate.current_step(open_sqlite(path)) == "0002"


def test_no_step_is_run_without_a_backup(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_step(path, "0000")
    (path.parent / f"catalogue-before-{migrate.HEAD}-at-0000.db").mkdir()
    monkeypatch.setattr(migrate, "KNOWN", {"0000", *migrate.KNOWN})
    monkeypatch.delattr(migrate, "run_steps")
    with pytest.raises(StorageFailed, match="the schema was not changed"):
        Database(path)
    shutil.rmtree(path.parent / f"catalogue-before-{migrate.HEAD}-at-0000.db")


def test_steps_are_run_in_one_transaction(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "new.db")
    ends: list[str] = []
    event.listen(engine, "commit", lambda _: ends.append("commit"))
    migrate.upgrade(engine)
    assert ends == ["commit"]
    with writing(engine) as session:
        assert migrate.current_step(engine) == migrate.HEAD
        del session


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalogue.db"
    path.write_bytes(content)
    with pytest.raises(StorageFailed, match=r"catalogue\.db: .*restore a backup"):
        Database(path)
    assert path.read_bytes() == content


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="check that the folder exists"):
        Database(tmp_path / "missing" / "catalogue.db")
