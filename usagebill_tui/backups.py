"""Backups: a whole workspace in one file, taken while it is in use, checked before it is trusted.

A backup is a tar archive of `workspace.toml`, a consistent copy of the database, and the segments that this
copy lists; `SHA256SUMS` holds the digest of each. Segments never change, so nothing has to stop meanwhile.
"""

import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import msgspec

from usagebill_tui.addresses import is_address, shown
from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed
from usagebill_tui.homes import Fixed, Home
from usagebill_tui.locations import FILE_MODE, make_private_folder, sync_folder

_SETTINGS, _DATABASE, _EVENTS, _SUMS = "workspace.toml", "catalogue.db", "events", "SHA256SUMS"
_CHUNK = 1 << 20


def back_up(folder: Path, fixed: Fixed, target: Path) -> int:
    """Write a backup of a workspace to a file that does not exist yet; return how many segments are in it.

    Raises Refused where the file exists or the stores lie on servers, StorageFailed where it cannot be
    written or a segment is missing.
    """
    if is_address(fixed.database) or is_address(fixed.events):
        raise Refused(
            "the workspace lies on servers, which have backups of their own",
            where=f"{shown(fixed.database)}, {shown(fixed.events)}",
            mend="use pg_dump and ClickHouse's BACKUP, or a copy of the bucket, as docs/postgresql.md shows",
        )
    if target.exists():
        raise Refused("there is a file of that name already", where=str(target), mend="choose another name")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as place:
            copy = Path(place) / _DATABASE
            _copy_database(folder / fixed.database, copy)
            segments = _listed(copy)
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                _write(file, folder, fixed, copy, segments)
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        where = str(getattr(error, "filename", None) or target)
        raise StorageFailed(
            f"cannot back up: {reason}", where=where, mend="check the disk and its space"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    return len(segments)


def restore(home: Home, name: str, source: Path) -> int:
    """Make a workspace of a backup; return how many segments it has.

    Everything is checked against the digests first. Raises Refused where the workspace exists, InvalidInput
    where the file is not a whole backup; nothing is left then.
    """
    if home.exists(name):
        raise Refused(
            f"workspace {name!r} exists already", mend="restore under another name: --workspace NAME"
        )
    final = home.folder(name)
    make_private_folder(home.path)
    with tempfile.TemporaryDirectory(dir=home.path, prefix=".restore-") as place:
        made = Path(place) / name
        make_private_folder(made / _EVENTS)
        count = _extract(source, made)
        if final.exists():
            raise Refused(f"the folder {final} is in the way", mend="move it away, or use another name")
        made.replace(final)
    sync_folder(home.path)
    return count


def _write(file: io.BufferedWriter, folder: Path, fixed: Fixed, copy: Path, segments: list[str]) -> None:
    settings = msgspec.structs.replace(fixed, database=_DATABASE, events=_EVENTS)
    text = settings.toml().encode()
    sums = [(hashlib.sha256(text).hexdigest(), _SETTINGS), (_digest(copy), _DATABASE)]
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        _add_bytes(archive, _SETTINGS, text)
        archive.add(copy, _DATABASE, filter=_anonymous)
        for segment in segments:
            path = folder / fixed.events / segment
            archive.add(path, f"{_EVENTS}/{segment}", filter=_anonymous)
            sums.append((_digest(path), f"{_EVENTS}/{segment}"))
        _add_bytes(archive, _SUMS, "".join(f"{digest}  {name}\n" for digest, name in sums).encode())


def _extract(source: Path, made: Path) -> int:
    try:
        found, expected = _unpack(source, made)
    except FileNotFoundError:
        raise NotFound("there is no such file", where=str(source), mend="check the path") from None
    except (tarfile.TarError, UnicodeDecodeError, EOFError) as error:
        raise _broken(source, str(error)) from error
    except OSError as error:
        raise StorageFailed(f"cannot restore: {error.strerror or error}", where=str(source)) from error
    if not expected:
        raise _broken(source, "its end is missing")
    for name in sorted({*found, *expected}):
        if found.get(name) != expected.get(name):
            raise _broken(source, f"{name} is missing or was changed")
    return sum(name.startswith(f"{_EVENTS}/") for name in found)


def _unpack(source: Path, made: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Write the members to a folder; return the digests of what was found and of what should be."""
    found: dict[str, str] = {}
    expected: dict[str, str] = {}
    with tarfile.open(source, mode="r:") as archive:
        for member in archive:
            data = archive.extractfile(member) if member.isfile() and _is_expected(member.name) else None
            if data is None:
                raise _broken(source, f"it holds {member.name!r}, which no backup does")
            if member.name == _SUMS:
                expected = dict(_sums(data.read(1 << 26).decode()))
            else:
                found[member.name] = _save(data, made / member.name)
    return found, expected


def _is_expected(name: str) -> bool:
    folder, slash, file = name.rpartition("/")
    in_events = folder == _EVENTS and file.endswith(".parquet") and not file.startswith(".")
    return in_events if slash else name in {_SETTINGS, _DATABASE, _SUMS}


def _broken(source: Path, why: str) -> InvalidInput:
    return InvalidInput(f"is not a whole backup: {why}", where=str(source), mend="use another one")


def _sums(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        yield name, digest


def _save(data: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := data.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _copy_database(source: Path, copy: Path) -> None:
    copy.touch(FILE_MODE)
    with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(copy)) as backup:
        original.backup(backup)


def _listed(database: Path) -> list[str]:
    query = "SELECT file FROM segments WHERE merged_into IS NULL ORDER BY id"
    with closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute(query)]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = FILE_MODE
    archive.addfile(member, io.BytesIO(data))


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = FILE_MODE
    return member
