"""Objects of one prefix of a bucket. obstore, which speaks to it, is imported here and nowhere else."""

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from usagebill_tui.errors import InvalidInput, StorageFailed
from usagebill_tui.eventstore.bucket.address import Address
from usagebill_tui.eventstore.bucket.failures import told
from usagebill_tui.locations import FILE_MODE

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config, S3Store

_PART = 8 << 20
"""What is larger is sent in parts of this size, a few at once, so that memory stays bounded."""
_AT_ONCE = 4
_CHUNK = 1 << 20
_PATIENCE = 10
"""A whole request may take so many times as long as it may stand still."""
_DIGEST = "sha256"


class Objects:
    """The objects below a prefix, by name. Nothing is connected to before something is asked."""

    def __init__(self, where: Address) -> None:
        self.place = where.place
        self._where = where
        self._lock = threading.Lock()
        self._opened: S3Store | None = None

    def put(self, name: str, path: Path, size: int, digest: str) -> None:
        """Store a file under a name that nothing has, and see that it arrived whole.

        Where it is there already with these very bytes, as after a lost answer, that is as good.
        """
        import obstore

        with self._translated(name):
            if size > _PART and self._is_there(name):
                self._check_same(name, size, digest)
                return
            try:
                obstore.put(
                    self._store,
                    name,
                    path,
                    mode="create",
                    attributes={_DIGEST: digest},
                    use_multipart=size > _PART,
                    chunk_size=_PART,
                    max_concurrency=_AT_ONCE,
                )
            except obstore.exceptions.AlreadyExistsError:
                self._check_same(name, size, digest)
                return
            if obstore.head(self._store, name)["size"] != size:
                raise self._different(name)

    def claim(self, name: str, content: bytes) -> bool:
        """Store a little under a name unless there is something; tell whether it was stored."""
        import obstore

        with self._translated(""):
            try:
                obstore.put(self._store, name, content, mode="create", use_multipart=False)
            except obstore.exceptions.AlreadyExistsError:
                return False
            return True

    def get(self, name: str, path: Path) -> str:
        """Write an object to a new file, a piece at a time, and return the SHA-256 of its bytes."""
        import obstore

        digest = hashlib.sha256()
        descriptor = _created(path)
        with os.fdopen(descriptor, "wb") as file, self._translated(name):
            for chunk in obstore.get(self._store, name).stream(min_chunk_size=_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()

    def is_there(self, name: str) -> bool:
        """Tell whether there is an object of this name."""
        with self._translated(name):
            return self._is_there(name)

    def names(self) -> Iterator[str]:
        """Yield the names of all objects."""
        import obstore

        with self._translated(""):
            for some in obstore.list(self._store):
                yield from (one["path"] for one in some)

    def delete(self, names: Sequence[str]) -> None:
        """Remove objects; those that are not there are no failure."""
        import obstore

        if names:
            with self._translated(""):
                obstore.delete(self._store, list(names))

    @property
    def _store(self) -> "S3Store":
        with self._lock:
            if self._opened is None:
                self._opened = _opened(self._where)
            return self._opened

    def _is_there(self, name: str) -> bool:
        import obstore

        try:
            obstore.head(self._store, name)
        except FileNotFoundError:
            return False
        return True

    def _check_same(self, name: str, size: int, digest: str) -> None:
        import obstore

        there = obstore.get(self._store, name)
        if there.meta["size"] != size or there.attributes.get(_DIGEST) != digest:
            raise self._different(name)

    def _different(self, name: str) -> StorageFailed:
        what = "what is in the bucket is not what was sent; nothing was imported"
        return StorageFailed(what, where=f"{self.place}: {name}", mend="try again")

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        check_driver()
        from obstore.exceptions import BaseError

        failed: StorageFailed
        try:
            yield
        except StorageFailed:
            raise
        except FileNotFoundError as error:
            if error.filename is not None:
                raise
            failed = told(error, self.place, name)
        except OSError as error:
            if error.strerror is not None:
                mend = "check the disk and its space"
                what = f"cannot keep a copy: {error.strerror}"
                raise StorageFailed(what, where=error.filename, mend=mend) from error
            failed = told(error, self.place, name)
        except (BaseError, ValueError) as error:
            failed = told(error, self.place, name)
        else:
            return
        # What the server said may name a key: it does not even go into a traceback.
        raise failed from None


def check_driver() -> None:
    """Raise StorageFailed where obstore is not installed."""
    if find_spec("obstore") is None:
        mend = "pip install 'usagebill_tui[s3]'"
        raise StorageFailed("obstore, which speaks to object storage, is not installed", mend=mend)


def _opened(where: Address) -> "S3Store":
    from obstore.store import S3Store

    client: ClientConfig = {
        "allow_http": (where.endpoint or "").startswith("http://"),
        "connect_timeout": timedelta(seconds=where.connect_timeout),
        "read_timeout": timedelta(seconds=where.timeout),
        "timeout": timedelta(seconds=where.timeout * _PATIENCE),
    }
    if where.ca_cert is not None:
        client["root_certificate"] = _certificate(where.ca_cert)
    settings: S3Config = {"checksum_algorithm": "SHA256"}
    if where.endpoint is not None:
        settings["endpoint"] = where.endpoint
    if where.region is not None or where.endpoint is not None:
        settings["region"] = where.region or "us-east-1"
    if where.key is not None and where.secret is not None:
        settings["access_key_id"], settings["secret_access_key"] = where.key, where.secret
    return S3Store(
        where.bucket,
        prefix=where.prefix,
        config=settings,
        client_options=client,
        retry_config={
            "max_retries": where.retries,
            "retry_timeout": timedelta(seconds=where.timeout),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=5),
                "base": 2,
            },
        },
    )


def _certificate(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot be read: {error.strerror}", where=path, mend="mend ca_cert=") from error


def _created(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except OSError as error:
        mend = "check the disk and its space"
        raise StorageFailed(f"cannot keep a copy: {error.strerror}", where=str(path), mend=mend) from error
