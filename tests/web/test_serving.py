import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pytest
from aiohttp import web

from tests.web.chromium import PROGRAM, browser


class Served(NamedTuple):
    """An interface that is being served: its address with the token, and without."""

    address: str
    place: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve the sandbox of an empty home on any free port; stopped by its process, as Ctrl-C does."""
    environment = {**os.environ, "USAGEBILL_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "usagebill_tui", "--no-plugins", "--workspace", "sandbox", "serve"]
    process = subprocess.Popen(
        [*command, "--port", "0"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    address = process.stdout.readline().strip()
    yield Served(address, address.split("/?")[0])
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert "Traceback" not in process.stderr.read()
    process.stdout.close()
    process.stderr.close()


async def test_only_the_token_lets_in_and_only_once(served: Served) -> None:
    async with aiohttp.ClientSession() as stranger:
        for path in ("/", "/ws", "/static/js/textual.js", "/?token=wrong"):
            assert (await stranger.get(served.place + path)).status == 403
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as owner:
        page = await owner.get(served.address)
        assert page.status == 200
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "token" not in str(page.url)
    async with aiohttp.ClientSession() as second:
        assert (await second.get(served.address)).status == 403


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
async def test_another_name_or_page_is_refused_even_with_the_token(
    served: Served, headers: dict[str, str]
) -> None:
    async with aiohttp.ClientSession() as session:
        assert (await session.get(served.address, headers=headers)).status == 403


async def test_a_socket_that_hides_its_page_is_refused(served: Served) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as owner:
        await owner.get(served.address)
        for origin in (None, "http://evil.example"):
            headers = {} if origin is None else {"Origin": origin}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await owner.ws_connect(f"{served.place}/ws", headers=headers)
            assert refused.value.status == 403


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here; .ci/run installs Debian's")
async def test_a_real_browser_shows_the_interface_and_asks_nobody_else(
    served: Served, tmp_path: Path
) -> None:
    async with browser(tmp_path / "profile") as tab:
        await tab.open(served.address)
        await tab.until("document.body.classList.contains('-first-byte')")
        assert await tab.evaluate("location.search") == ""
        place = served.place.removeprefix("http")
        asked = [one for one in tab.asked_for() if not one.startswith(("data:", "blob:", "about:"))]
        assert any(one == f"ws{place}/ws" or one.startswith(f"ws{place}/ws?") for one in asked)
        assert [one for one in asked if not one.startswith((f"http{place}/", f"ws{place}/"))] == []


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium here; .ci/run installs Debian's")
async def test_another_page_in_the_same_browser_cannot_drive_it(served: Served, tmp_path: Path) -> None:
    app = web.Application()
    app.router.add_get("/", _attacker)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with browser(tmp_path / "profile") as tab:
            await tab.open(served.address)
            await tab.until("document.body.classList.contains('-first-byte')")
            await tab.open(f"http://127.0.0.1:{port}/")
            socket = served.place.replace("http", "ws") + "/ws"
            outcome = (
                f"new Promise(done => {{ const socket = new WebSocket('{socket}');"
                " socket.onopen = () => done('open'); socket.onerror = () => done('refused'); })"
            )
            assert await tab.evaluate(outcome) == "refused"
            reading = (
                f"fetch('{served.place}/', {{credentials: 'include'}}).then(() => 'read', () => 'refused')"
            )
            assert await tab.evaluate(reading) == "refused"
    finally:
        await runner.cleanup()


async def _attacker(_request: web.Request) -> web.Response:
    return web.Response(text="<title>another page</title>", content_type="text/html")
