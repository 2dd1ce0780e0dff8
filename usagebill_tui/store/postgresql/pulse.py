"""Whether others changed something, asked of the server beside the work, so that nobody waits for it."""

from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

_NEWEST = text(
    "SELECT (SELECT max(id) FROM audit), (SELECT max(seq) FROM batches), (SELECT sum(value) FROM counters)"
)


class Pulse:
    """Tells the newest state that it has heard of, and asks for the next one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._asking: Future[object] | None = None
        self._workers: ThreadPoolExecutor | None = None
        self._last: object = None

    def last(self) -> object:
        """Return what differs after any commit, as of the last answer; never waits."""
        if self._workers is None:
            self._workers = ThreadPoolExecutor(1, "usagebill-pulse")
        if self._asking is not None and self._asking.done():
            self._last = self._asking.result()
            self._asking = None
        if self._asking is None:
            self._asking = self._workers.submit(self.ask)
        return self._last

    def ask(self) -> object:
        """Return it as of now; what was heard last where the server does not answer."""
        try:
            with self._engine.connect() as connection:
                return tuple(connection.execute(_NEWEST).one())
        except DBAPIError:
            return self._last

    def close(self) -> None:
        """Ask no more."""
        if self._workers is not None:
            self._workers.shutdown(cancel_futures=True)
