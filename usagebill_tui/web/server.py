"""The server: textual-serve's, with our own page, on the loopback address only."""

import asyncio
import logging
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from textual_serve.server import Server

from usagebill_tui.errors import UsagebillError
from usagebill_tui.web.guarding import Guard

HOST = "127.0.0.1"
_FILES = Path(__file__).parent / "files"
_PAGE = _FILES / "page.html"


class LocalServer(Server):
    """Serves the interface to one browser on this machine, an interface of its own for each tab."""

    def __init__(self, command: Sequence[str], port: int) -> None:
        super().__init__(_shell(command), host=HOST, port=port, title="usagebill")
        self._guard = Guard(port)

    @property
    def address(self) -> str:
        """Return the address that lets a browser in, once."""
        return f"http://{HOST}:{self.port}/?token={self._guard.token}"

    async def application(self) -> web.Application:
        """Make the application: page, socket, files, downloads, all behind the guard."""
        app = web.Application(middlewares=[self._guard.middleware])
        app.add_routes(
            [
                web.get("/", _page),
                web.get("/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.static("/static", self.statics_path),
                web.static("/files", _FILES),
            ]
        )
        return app

    def run(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        """Serve until interrupted; `ready` is called once requests are taken."""
        logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
        asyncio.run(self._run(listening, ready))

    async def _run(self, listening: socket.socket, ready: Callable[[], None]) -> None:
        runner = web.AppRunner(await self.application(), access_log=None)
        await runner.setup()
        await web.SockSite(runner, listening, shutdown_timeout=1).start()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        ready()
        await stop.wait()
        await runner.cleanup()


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text=_PAGE.read_text(encoding="utf-8"), content_type="text/html")


def listen(port: int) -> socket.socket:
    """Take a port of the loopback address, any free one for 0; raises UsagebillError where it is taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise UsagebillError(
            f"cannot listen: {error.strerror}",
            where=f"{HOST}:{port}",
            mend="choose another with --port, or 0 for any",
        ) from error


def interface_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of one interface."""
    return [sys.executable, "-m", "usagebill_tui", *arguments]


def _shell(command: Sequence[str]) -> str:
    """Write a command as the system's shell takes it apart again."""
    return subprocess.list2cmdline(command) if sys.platform == "win32" else f"exec {shlex.join(command)}"
