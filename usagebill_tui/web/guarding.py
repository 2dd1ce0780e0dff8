"""Who may come in: the browser that was given the token, from our own page, and nobody else.

Any page that the browser shows can send requests to the loopback address. So a request must name us as its
host (a name that was made to point here does not), come from our own page where it says where it comes
from, and carry the cookie that the token was exchanged for, once.
"""

import secrets
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

COOKIE = "usagebill-session"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src {origins}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets in one browser: the first that brings the token."""

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._used = False
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    @property
    def middleware(self) -> Middleware:
        """Return what stands before every request."""

        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._check_place(request)
            if request.path == "/" and "token" in request.query:
                return self._exchange(request)
            if not self._is_known(request):
                raise web.HTTPForbidden(text="Open the address that `usagebill serve` printed.\n")
            response = await handler(request)
            if not response.prepared:
                self._seal(response)
            return response

        return guarded

    def _check_place(self, request: web.Request) -> None:
        """Refuse another host's name, another page's request, and a socket that hides its page."""
        origin = request.headers.get("Origin")
        ours = {f"http://{host}" for host in self._hosts}
        if request.headers.get("Host") not in self._hosts:
            raise web.HTTPForbidden(text="This address is not served here.\n")
        if origin not in ours and (origin is not None or request.path == "/ws"):
            raise web.HTTPForbidden(text="Only the page that is served here may do this.\n")

    def _is_known(self, request: web.Request) -> bool:
        return secrets.compare_digest(request.cookies.get(COOKIE, ""), self._session)

    def _exchange(self, request: web.Request) -> web.StreamResponse:
        """Take the token, once, for the cookie."""
        right = secrets.compare_digest(request.query["token"], self.token)
        if not right or (self._used and not self._is_known(request)):
            raise web.HTTPForbidden(
                text="This link was used, or is not ours. Start `usagebill serve` again.\n"
            )
        self._used = True
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(COOKIE, self._session, httponly=True, samesite="Strict", path="/")
        self._seal(answer)
        return answer

    def _seal(self, response: web.StreamResponse) -> None:
        """Let the page load nothing from elsewhere, be framed by nobody, and be kept by nobody."""
        origins = " ".join(["'self'", *(f"ws://{host}" for host in sorted(self._hosts))])
        response.headers["Content-Security-Policy"] = _POLICY.format(origins=origins)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
