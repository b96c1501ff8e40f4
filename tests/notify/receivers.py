"""Real receiving ends on loopback, each on a free port."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Webhook:
    """An HTTP endpoint that answers with the next of `answers`, then 200. A status of 0 never answers."""

    answers: list[tuple[int, str]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def address(self, path: str = "secret-token-4711") -> str:
        return f"json://127.0.0.1:{self.port}/{path}"


@contextmanager
def webhook(*answers: tuple[int, str]) -> Iterator[Webhook]:
    hook = Webhook(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.received.append({"headers": dict(self.headers), "path": self.path, **json.loads(body)})
            status, words = hook.answers.pop(0) if hook.answers else (200, "ok")
            if status == 0:
                hook.released.wait(30)
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hook
    finally:
        hook.released.set()
        server.shutdown()
        server.server_close()


class Mailbox:
    """Takes every mail unless `reply` says otherwise."""

    def __init__(self, reply: str = "250 OK queued") -> None:
        self.mails: list[Mail] = []
        self.reply = reply

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        if self.reply.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.reply


class FreePortController(Controller):
    """aiosmtpd's controller, told the port that the system chose before it knocks there."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mailbox(reply: str = "250 OK queued") -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox(reply)
    controller = FreePortController(box, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield box, f"mailto://127.0.0.1:{controller.port}?from=nightwatt@example.org&to=inspector@example.org"
    finally:
        controller.stop()
