"""A headless Chromium, driven over its own protocol on the loopback address."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PATIENCE = 120
"""Seconds after which a browser that does not answer is a failure, however busy the machine."""


class Tab:
    """One page: commands are sent, events are kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.events: list[dict[str, Any]] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=PATIENCE)
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    async def evaluate(self, script: str) -> Any:
        """Return what a script comes to, promises awaited."""
        answer = await self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Wait, in the page, until a condition holds."""
        look = f"() => ({condition}) ? done(true) : requestAnimationFrame(look)"
        ticking = f"new Promise(done => {{ const look = {look}; look(); }})"
        await asyncio.wait_for(self.evaluate(ticking), PATIENCE)

    async def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        await self.call("Page.navigate", url=address)
        await self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def asked_for(self) -> list[str]:
        """Return the addresses of everything that the page asked the network for."""
        return [
            event["params"].get("request", event["params"]).get("url", "")
            for event in self.events
            if event["method"] in {"Network.requestWillBeSent", "Network.webSocketCreated"}
        ]


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Tab]:
    """Start a browser with a profile of its own, give its page, and stop it by its process."""
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-dev-shm-usage",
    ]
    arguments += [f"--user-data-dir={folder}", "--remote-debugging-port=0", "--window-size=1200,800"]
    arguments += ["--disable-background-networking", "--disable-component-update", "about:blank"]
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM), *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        port = await _port(process)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as answer:
                pages = [page for page in await answer.json() if page["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.call("Page.enable")
                await tab.call("Network.enable")
                yield tab
    finally:
        process.terminate()
        await process.communicate()


async def _port(process: asyncio.subprocess.Process) -> int:
    """Read from the browser's own words where it listens."""
    assert process.stderr is not None
    async for line in process.stderr:
        if b"DevTools listening on" in line:
            return int(line.split(b"://")[1].split(b"/")[0].split(b":")[1])
    raise AssertionError("the browser ended before it listened")
