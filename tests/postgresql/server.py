"""A PostgreSQL server of our own: on the loopback, as an unprivileged user, gone when the tests are done."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

REQUIRED = "REQUIRE_POSTGRESQL"
"""The environment variable with which a missing server is a failure, not a reason to skip."""

USER, PASSWORD, DATABASE = "ada", "p@ss:w/ord", "usage"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "log_min_messages": "fatal",
}


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs, None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return None if on_path is None else Path(on_path).resolve().parent


class Server:
    """A server on the loopback: its programs, its folder and its port."""

    def __init__(self, bin_folder: Path, folder: Path, port: int) -> None:
        self.bin = bin_folder
        self.folder = folder
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command = [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*_unprivileged(), *command], stdout=log, stderr=log, cwd="/")
        ready = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "1"]
        for _ in range(200):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            # `wait` returns at once where it ends; elsewhere it is the pause between two looks.
            with_pause(self.process)
        raise RuntimeError(f"the server did not start: {self.log.read_text(encoding='utf-8')[-2000:]}")

    def stop(self) -> None:
        """Stop it at once, by its own process id."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)
        self.process = None


def with_pause(process: "subprocess.Popen[bytes]") -> None:
    """Wait a moment for a process to end."""
    try:
        process.wait(timeout=0.05)
    except subprocess.TimeoutExpired:
        return


@contextmanager
def running() -> Iterator[Server]:
    """Give a server of our own; everything of it is removed afterwards."""
    bin_folder = programs()
    if bin_folder is None:
        raise RuntimeError("there is no PostgreSQL server here")
    folder = Path(tempfile.mkdtemp(prefix="usagebill-postgresql-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        server = Server(bin_folder, folder, _free_port())
        _make(server)
        server.start()
        try:
            _create_database(server)
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(server: Server) -> None:
    secret = server.folder / "secret"
    secret.write_text(PASSWORD, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(secret, "nobody")
    command = [
        *(str(server.bin / "initdb"), "-D", str(server.data), "-U", USER, "--pwfile", str(secret)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
    ]
    made = subprocess.run([*_unprivileged(), *command], capture_output=True, text=True, check=False, cwd="/")
    if made.returncode:
        raise RuntimeError(f"the server cannot be made: {made.stderr[-2000:]}")


def _create_database(server: Server) -> None:
    place = ["-h", "127.0.0.1", "-p", str(server.port), "-U", USER, DATABASE]
    known = {**os.environ, "PGPASSWORD": PASSWORD}
    subprocess.run([str(server.bin / "createdb"), *place], env=known, check=True, cwd="/")


def _unprivileged() -> Sequence[str]:
    """Return what a command needs before it: the server refuses to run as root, and must not outlive us."""
    ending = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() != 0:
        return ending
    return [*ending, "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
