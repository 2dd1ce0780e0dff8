"""A workspace's database on a PostgreSQL server, as the use cases see any."""

from collections.abc import Sequence

from sqlalchemy import Engine, text

from usagebill_tui.store.database import Database
from usagebill_tui.store.engine import reading
from usagebill_tui.store.migrate import current_step, upgrade
from usagebill_tui.store.postgresql.failures import not_there
from usagebill_tui.store.postgresql.opening import open_postgresql, place_of
from usagebill_tui.store.postgresql.pulse import Pulse
from usagebill_tui.store.rules import ONLY_SHARED, RULES

_TRIGGERS = text(
    "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled IN ('O', 'A')"
)
_INDEXES = text(
    "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE relnamespace = current_schema()::regnamespace AND NOT (indisvalid AND indisready) ORDER BY relname"
)


class SharedDatabase(Database):
    """A schema of a PostgreSQL database; raises StorageFailed where it is not there."""

    def __init__(self, address: str, schema: str) -> None:
        self.engine = open_postgresql(address, schema)
        try:
            _upgrade(self.engine)
        except BaseException:
            self.engine.dispose()
            raise
        self._pulse = Pulse(self.engine)

    @property
    def engine_name(self) -> str:
        """Return the server's name and version."""
        with reading(self.engine) as session:
            return f"PostgreSQL {session.scalar(text('SHOW server_version'))}"

    @property
    def place(self) -> str:
        """Return where the data lie, without user and password."""
        return place_of(self.engine)

    def fingerprint(self) -> object:
        """Return what differs after any commit, as of the server's last answer; never waits."""
        return self._pulse.last()

    def faults(self) -> Sequence[str]:
        """Return which rules are missing or switched off, and which indexes cannot be used."""
        with reading(self.engine) as session:
            triggers = set(session.scalars(_TRIGGERS))
            broken = session.scalars(_INDEXES).all()
        off = [name for name in (*RULES, *ONLY_SHARED) if name not in triggers]
        rules = [f"the rule {name} is missing or switched off" for name in off]
        return [*rules, *(f"the index {name} is not valid" for name in broken)]

    def close(self) -> None:
        """Let go of the connections."""
        self._pulse.close()
        self.engine.dispose()


def _upgrade(engine: Engine) -> None:
    if current_step(engine) is None:
        raise not_there(engine)
    upgrade(engine)
