"""What plugin authors import: all of it there, quickly, and without a database or a screen."""

import subprocess
import sys

import usagebill_tui.plugin as public
from usagebill_tui.events import builtin as readers
from usagebill_tui.events.readers import READERS
from usagebill_tui.events.readers.protocol import EventReader, Record
from usagebill_tui.events.types import Record as RecordOfEvents
from usagebill_tui.plugin import builtin, spec
from usagebill_tui.plugin.hooks import HOOKS
from usagebill_tui.plugin.loading import load_plugins

HEAVY = ("textual", "sqlalchemy", "duckdb", "alembic", "babel", "click", "importlib.metadata", "platformdirs")


def test_importing_it_pulls_in_no_database_and_no_screen() -> None:
    script = f"import sys, usagebill_tui.plugin; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_every_public_name_is_there_and_documented() -> None:
    for name in public.__all__:
        assert getattr(public, name).__doc__, name
    assert public.API_VERSION == 1
    for hook in HOOKS:
        assert getattr(spec, hook).__doc__, hook
    assert len(HOOKS) == 3


def test_readers_and_records_are_the_same_wherever_they_are_imported_from() -> None:
    assert public.EventReader is EventReader
    assert public.Record is Record is RecordOfEvents


def test_all_that_is_built_in_comes_through_the_hooks() -> None:
    registry = load_plugins((builtin, readers), entry_points=False).registry
    assert dict(registry.event_readers) == READERS
    assert {"count", "sum", "unique_count"} <= set(registry.aggregations)
    assert {"per_unit", "percentage", "dynamic"} <= set(registry.pricing_models)
    assert registry.plugins() == {}
