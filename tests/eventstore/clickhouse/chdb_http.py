"""ClickHouse over HTTP on the loopback: chDB in a process of its own behind a small server that can fail.

`python chdb_http.py FOLDER` prints its port and serves until its standard input is closed. `POST /fault` with
JSON like `{"kind": "insert", "what": "lost"}` lets the next request of a kind fail, once.
"""

import base64
import importlib
import json
import re
import sys
import tempfile
import threading
from contextlib import suppress
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

PASSWORD = "tr0ub4dor"  # noqa: S105 - of a server that lives as long as a test
_NOT_SETTINGS = re.compile(
    r"query|database|session_id|query_id|compress|decompress|client_protocol_version|role|default_format"
    r"|wait_end_of_query|send_progress_in_http_headers|http_headers_progress_interval_ms|buffer_size"
    r"|enable_http_compression|insert_quorum|insert_quorum_parallel|.*_(?:format|structure|types)|param_.*"
)
_CODE = re.compile(r"Code: (\d+)")


class Engine:
    """chDB, one statement at a time."""

    def __init__(self, folder: str) -> None:
        chdb: Any = importlib.import_module("chdb")
        self.connection = chdb.connect(folder)
        self.lock = threading.Lock()
        self.faults: list[dict[str, str]] = []
        self.version: str | None = None
        self.readonly = False

    def fault(self, kind: str) -> str | None:
        """Return what the next request of a kind is to suffer, if anything."""
        for number, one in enumerate(self.faults):
            if one["kind"] == kind:
                return self.faults.pop(number)["what"]
        return None

    def run(self, sql: str, database: str, settings: dict[str, str], tables: list[dict[str, Any]]) -> bytes:
        """Run a statement with settings and with tables that it brings along."""
        with self.lock:
            if database:
                self.connection.query(f"USE `{database}`", "TabSeparated")
            names = []
            try:
                for name, value in settings.items():
                    quoted = value.replace("\\", "\\\\").replace("'", "\\'")
                    self.connection.query(f"SET {name} = '{quoted}'", "TabSeparated")
                for table in tables:
                    self._bring(table)
                    names.append(table["name"])
                result: bytes = self.connection.query(sql, "TabSeparated").bytes() or b""
                return result
            finally:
                for name in names:
                    self.connection.query(f"DROP TEMPORARY TABLE {name}", "TabSeparated")
                for name in settings:
                    self.connection.query(f"SET {name} = DEFAULT", "TabSeparated")

    def _bring(self, table: dict[str, Any]) -> None:
        self.connection.query(
            f"CREATE TEMPORARY TABLE {table['name']} ({table['structure']})", "TabSeparated"
        )
        if table["data"]:
            with tempfile.NamedTemporaryFile() as file:
                file.write(table["data"])
                file.flush()
                self.connection.query(
                    f"INSERT INTO {table['name']} FROM INFILE '{file.name}' FORMAT {table['format']}",
                    "TabSeparated",
                )


class Handler(BaseHTTPRequestHandler):
    """One request of the HTTP interface, as far as clickhouse-connect uses it."""

    protocol_version = "HTTP/1.1"
    engine: ClassVar[Engine]

    def log_message(self, *_: Any) -> None:
        """Keep silent."""

    def do_GET(self) -> None:
        """Answer a ping."""
        self._answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        """Run a statement, or set the next fault."""
        parts = urlsplit(self.path)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self._body()
        if parts.path == "/fault":
            self._set(json.loads(body))
            return
        if not self._is_known():
            text = b"Code: 516. DB::Exception: default: Authentication failed: password is incorrect. "
            self._answer(403, text, code="516")
            return
        fields, tables = self._forms(body, options)
        sql = options.get("query") or fields.get("query") or ""
        data = b"" if fields else body
        if not sql:
            sql, data = body.decode(), b""
        try:
            self._work(sql, data, options, tables)
        except RuntimeError as error:
            found = _CODE.search(str(error))
            self._answer(500, str(error).encode(), code=found[1] if found else "1000")

    def _work(self, sql: str, data: bytes, options: dict[str, str], tables: list[dict[str, Any]]) -> None:
        settings = {n: v for n, v in options.items() if _NOT_SETTINGS.fullmatch(n) is None}
        database = options.get("database", "")
        insert = sql.lstrip().upper().startswith("INSERT")
        fault = self.engine.fault("insert" if insert else "select")
        if fault == "busy":
            text = b"Code: 202. DB::Exception: Too many simultaneous queries. (TOO_MANY_SIMULTANEOUS_QUERIES)"
            self._answer(503, text, code="202")
            return
        if insert and self.engine.readonly:
            text = b"Code: 164. DB::Exception: u: Cannot execute query in readonly mode. (READONLY)"
            self._answer(500, text, code="164")
            return
        if fault == "refused":
            self._hang_up()
            return
        if insert:
            self._insert(sql, data, settings, fault)
            if fault is None:
                self._answer(200, b"")
            return
        result = self.engine.run(sql, database, settings, tables)
        if "version()" in sql and self.engine.version is not None:
            result = result.replace(b"26.9.2.1", self.engine.version.encode().ljust(8)[:8])
        if fault == "cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(result) + 100))
            self.end_headers()
            self.wfile.write(result[: len(result) // 2])
            self._hang_up()
            return
        self._answer(200, result)

    def _insert(self, sql: str, data: bytes, settings: dict[str, str], fault: str | None) -> None:
        options = dict(parse_qsl(urlsplit(self.path).query))
        head, _, form = sql.rpartition(" FORMAT ")
        sent = data[: len(data) // 2] if fault == "half" else data
        with tempfile.NamedTemporaryFile(suffix=".data") as file:
            file.write(sent)
            file.flush()
            if fault == "torn":
                # Some of an insert's blocks are in, under no token that would tell them from the whole.
                columns = head[head.index("(") :]
                settings = {**settings, "insert_deduplication_token": "", "insert_deduplicate": "0"}
                table = head.split("INTO")[1].split("(")[0]
                names = columns.strip("() ")
                some = f"SELECT {names} FROM file('{file.name}', Parquet) LIMIT 1"  # noqa: S608 - our own names
                part = f"INSERT INTO {table} {columns} {some}"
                self.engine.run(part, options.get("database", ""), settings, [])
            else:
                whole = f"{head} FROM INFILE '{file.name}' FORMAT {form}"
                # Whoever sent half of it is gone, and hears of no error.
                with suppress(*([RuntimeError] if fault == "half" else [])):
                    self.engine.run(whole, options.get("database", ""), settings, [])
        if fault == "silent":
            # The answer never comes: wait for the other side to give up.
            self.connection.recv(1)
        if fault is not None:
            self._hang_up()

    def _set(self, wish: dict[str, Any]) -> None:
        if "what" in wish:
            self.engine.faults.append(wish)
        self.engine.version = wish.get("version", self.engine.version)
        self.engine.readonly = wish.get("readonly", self.engine.readonly)
        if wish.get("reset"):
            self.engine.faults, self.engine.version, self.engine.readonly = [], None, False
        self._answer(200, b"")

    def _is_known(self) -> bool:

        return self.headers.get("Authorization", "").endswith(
            base64.b64encode(f"u:{PASSWORD}".encode()).decode()
        )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _forms(self, body: bytes, options: dict[str, str]) -> tuple[dict[str, str], list[dict[str, Any]]]:
        kind = self.headers.get("Content-Type", "")
        if "multipart" not in kind:
            return {}, []
        message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        fields: dict[str, str] = {}
        tables: list[dict[str, Any]] = []
        for part in message.walk():
            name = part.get_param("name", header="content-disposition")
            if name is None:
                continue
            data = part.get_payload(decode=True) or b""
            if part.get_filename() is None:
                fields[str(name)] = bytes(data).decode()
            else:
                told = {key: options[f"{name}_{key}"] for key in ("format", "structure")}
                tables.append({"name": name, "data": data, **told})
        return fields, tables

    def _answer(self, status: int, body: bytes, code: str | None = None) -> None:
        self.send_response(status)
        if code is not None:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


def main() -> None:
    """Serve until the standard input is closed."""
    Handler.engine = Engine(str(Path(sys.argv[1]) / "data"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
