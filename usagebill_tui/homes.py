"""The home of all workspaces: a folder each, with its stores fixed when it is created."""

import shutil
from datetime import datetime
from pathlib import Path

import msgspec

from usagebill_tui.addresses import is_address
from usagebill_tui.domain.names import suggestion
from usagebill_tui.errors import InvalidInput, NotFound, Refused, StorageFailed
from usagebill_tui.locations import check_workspace_name, is_there, make_private_folder, write_private_file

ALWAYS_THERE = ("production", "sandbox")
"""Workspaces that are created when they are first used; any other must be created by name."""

DEMO = "demo"
_FILE = "workspace.toml"
FORMAT = 2
"""The newest form of a workspace's folder that is understood."""

SERVER_FORMAT = 2
"""The form of one whose stores lie on servers; others keep the first, which older versions understand too."""


class Fixed(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed about a workspace when it is created.

    `database` and `events` are paths inside its folder, or addresses of servers (see `addresses`), then with
    the `schema` of the database and perhaps the `cluster` of the event store. `demo` marks the one that the
    demo made. `now` is the instant at which its time stands still (RFC 3339), None where the system's clock
    holds.
    """

    format: int = 1
    created: str
    database: str = "catalogue.db"
    events: str = "events"
    schema: str | None = None
    cluster: str | None = None
    demo: bool = False
    now: str | None = None

    def toml(self) -> str:
        """Return the text of `workspace.toml`."""
        import tomli_w

        values = msgspec.structs.asdict(self)
        return tomli_w.dumps({key: value for key, value in values.items() if value is not None})


class Home:
    """A folder that holds one folder for each workspace."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Return the workspaces that exist."""
        try:
            return sorted(entry.parent.name for entry in self.path.glob(f"*/{_FILE}"))
        except OSError as error:
            raise StorageFailed(f"cannot be read: {error.strerror}", where=str(self.path)) from error

    def folder(self, name: str) -> Path:
        """Return a workspace's folder, whether it exists or not."""
        return self.path / check_workspace_name(name)

    def exists(self, name: str) -> bool:
        """Tell whether a workspace was created."""
        return is_there(self.folder(name) / _FILE)

    def create(self, name: str, now: datetime, *, demo: bool = False) -> Fixed:
        """Create a workspace of its own; raises Refused where there is one."""
        from usagebill_tui.domain.periods import rfc3339

        fixed = Fixed(created=rfc3339(now), demo=demo)
        self.add(name, fixed)
        return fixed

    def check_absent(self, name: str) -> None:
        """Raise Refused where there is a workspace of this name."""
        if self.exists(name):
            raise Refused(f"workspace {name!r} exists already", mend="choose another name")

    def add(self, name: str, fixed: Fixed) -> None:
        """Make the folder of a workspace that is what `fixed` says; raises Refused where there is one."""
        self.check_absent(name)
        folder = self.folder(name)
        make_private_folder(self.path)
        make_private_folder(folder)
        if not is_address(fixed.events):
            make_private_folder(folder / fixed.events)
        self.put(name, fixed)

    def put(self, name: str, fixed: Fixed) -> None:
        """Let a workspace be what `fixed` says from now on, in one step; its folder must exist."""
        write_private_file(self.folder(name) / _FILE, fixed.toml())

    def fixed(self, name: str, now: datetime) -> Fixed:
        """Return what is fixed about a workspace, creating it where it is always there.

        Raises NotFound for a workspace that nobody created.
        """
        path = self.folder(name) / _FILE
        if not is_there(path):
            if name in ALWAYS_THERE:
                return self.create(name, now)
            known = {*self.names(), *ALWAYS_THERE}
            mend = suggestion(name, known) if name != DEMO else None
            command = "demo" if name == DEMO else f"workspaces create {name}"
            create = f"`usagebill {command}` makes it"
            raise NotFound(f"there is no workspace {name!r}", mend="; ".join(filter(None, (mend, create))))
        import tomllib

        try:
            fixed = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Fixed)
        except (OSError, ValueError, msgspec.ValidationError) as error:
            raise InvalidInput(f"cannot be used: {error}", where=str(path), mend="restore it") from error
        if fixed.format > FORMAT:
            raise Refused("a newer usagebill made it", where=str(path), mend="install the newest usagebill")
        return fixed

    def delete(self, name: str) -> None:
        """Remove a workspace and everything in it; raises NotFound where there is none."""
        if not self.exists(name):
            raise NotFound(f"there is no workspace {name!r}", mend=suggestion(name, self.names()))
        try:
            shutil.rmtree(self.folder(name))
        except OSError as error:
            raise StorageFailed(
                f"cannot be removed: {error.strerror}", where=str(self.folder(name))
            ) from error
