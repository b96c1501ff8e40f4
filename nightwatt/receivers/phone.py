"""A phone that rings on this machine: a local HTTP server that takes Apprise's JSON posts and shows them."""

import json
import threading
import time
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from core.errors import SetupError
from nightwatt.receivers.phone_page import language_of, phone_page
from nightwatt.receivers.received import Messages, Received

MOST_BYTES = 65_536
KEY_HEADER = "X-Nightwatt-Key"


class Phone:
    """Takes `{"version","title","message","type"}` by POST; shows messages at `/`, and as JSON at `/messages`.

    A message whose key header was seen before counts as a repeat. Port 0 takes a free one; SetupError
    where the port is in use. Listens on 127.0.0.1 only.
    """

    def __init__(self, port: int, *, file: Path | None = None, timezone: str = "Asia/Shanghai") -> None:
        self._messages = Messages(file)
        handler = type("PhoneHandler", (_Handler,), {"messages": self._messages, "timezone": timezone})
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            raise SetupError(f"port {port} for the demo's phone is not free ({error.strerror})") from error
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="phone", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening; safe to call without a start, and twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def messages(self) -> list[Received]:
        """What arrived, the newest first, 200 at most."""
        return self._messages.all()


class _Handler(BaseHTTPRequestHandler):
    messages: Messages
    timezone: str
    timeout = 10
    server_version, sys_version = "nightwatt-phone", ""

    def do_GET(self) -> None:
        if self.path == "/":
            language = language_of(self.headers.get("Accept-Language", ""))
            page = phone_page(self.messages.all(), language=language, timezone=self.timezone)
            self._answer(HTTPStatus.OK, page, "text/html")
        elif self.path == "/messages":
            rows = [asdict(message) for message in self.messages.all()]
            self._answer(HTTPStatus.OK, json.dumps(rows, ensure_ascii=False), "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "not found", "text/plain")

    def do_POST(self) -> None:
        # A page of another site can't send this type without asking first, and it is never allowed.
        if self.headers.get_content_type() != "application/json":
            return self._answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "JSON is wanted", "text/plain")
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self._answer(HTTPStatus.LENGTH_REQUIRED, "a length is wanted", "text/plain")
        if len(length) > 9 or int(length) > MOST_BYTES:
            return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too long", "text/plain")
        message = self._message(self.rfile.read(int(length)))
        if message is None:
            return self._answer(HTTPStatus.BAD_REQUEST, "not a message", "text/plain")
        kept = self.messages.add(message)
        return self._answer(HTTPStatus.OK, json.dumps({"received": kept.times}), "application/json")

    def _message(self, body: bytes) -> Received | None:
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(fields, dict):
            return None
        texts = [fields.get(name) for name in ("title", "message", "type")]
        if not all(isinstance(text, str) for text in texts[:2]):
            return None
        key = self.headers.get(KEY_HEADER, "")[:200]
        return Received(key, str(texts[0]), str(texts[1]), str(texts[2] or "info"), time.time_ns() // 1_000_000)

    def _answer(self, status: HTTPStatus, text: str, kind: str) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal is the service's."""
