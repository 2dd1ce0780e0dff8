"""Object storage of our own: moto's server in a process on the loopback, and a line to it that can be cut."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.request import Request, urlopen

BUCKET = "events"
_PROGRAM = "import sys; from moto.server import main; main(['-H', '127.0.0.1', '-p', sys.argv[1]])"


@contextmanager
def running() -> Iterator[int]:
    """Give the port of a server that has one bucket; it is stopped by its own process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(port)], stdout=quiet, stderr=quiet)
    try:
        _wait(process, port)
        with urlopen(Request(f"http://127.0.0.1:{port}/{BUCKET}", method="PUT", data=b"")):
            yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(1_200):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        with suppress(subprocess.TimeoutExpired):
            # Returns at once where it ends; else it is the pause between two looks.
            process.wait(timeout=0.05)
            break
    raise RuntimeError("moto's server did not start")


class Line:
    """A line to a server. `up` and `down` are how many bytes still pass on it, None for any number."""

    def __init__(self, port: int) -> None:
        self.up: int | None = None
        self.down: int | None = None
        self._target = port
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def heal(self) -> None:
        """Let everything pass again."""
        self.up = self.down = None

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            # It wakes whoever accepts.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near = self._socket.accept()[0]
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, target, way in ((near, far, "up"), (far, near, "down")):
                    threading.Thread(target=self._pump, args=(source, target, way), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with source, target, suppress(OSError):
            while data := source.recv(1 << 14):
                left: int | None = getattr(self, way)
                if left is None:
                    target.sendall(data)
                    continue
                target.sendall(data[:left])
                setattr(self, way, left - len(data[:left]))
                if len(data) > left:
                    break
            for one in (source, target):
                one.shutdown(socket.SHUT_RDWR)
