"""A mailbox on this machine: a local SMTP server that keeps what arrives."""

import email
import email.policy
import socket
import time
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from core.errors import SetupError
from nightwatt.receivers.received import Messages, Received

MOST_BYTES = 65_536
KEY_HEADER = "X-Nightwatt-Key"


class Mailbox:
    """Takes mail for anybody, 64 KB at most each. Port 0 takes a free one; listens on 127.0.0.1 only.

    `start` raises SetupError where the port is in use.
    """

    def __init__(self, port: int, *, file: Path | None = None) -> None:
        self._messages, self._started = Messages(file), False
        self.port = port or _free_port()
        self._controller = Controller(
            _Handler(self._messages),
            hostname="127.0.0.1",
            port=self.port,
            data_size_limit=MOST_BYTES,
            timeout=30,
            ident="nightwatt mailbox",
        )

    def start(self) -> None:
        try:
            # The controller itself notices a port in use only after five seconds.
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", self.port))
            self._controller.start()
            self._started = True
        except OSError as error:
            raise SetupError(f"port {self.port} for the demo's mailbox is not free ({error.strerror})") from error

    def stop(self) -> None:
        """Stop listening; safe to call without a start, and twice."""
        if self._started:
            self._controller.stop(no_assert=True)
        self._started = False

    def messages(self) -> list[Received]:
        """What arrived, the newest first, 200 at most."""
        return self._messages.all()


class _Handler:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        mail = email.message_from_bytes(content, policy=email.policy.default)
        body = mail.get_body(preferencelist=("plain", "html"))
        self._messages.add(
            Received(
                key=str(mail.get(KEY_HEADER, ""))[:200],
                title=str(mail.get("Subject", "")),
                message=str(body.get_content()) if body else "",
                type="mail",
                received_at=time.time_ns() // 1_000_000,
            )
        )
        return "250 kept"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
