"""The demo's phone and mailbox, over real sockets."""

import http.client
import json
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.errors import SetupError
from nightwatt.receivers import Mailbox, Phone
from nightwatt.receivers.received import Messages, Received


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Phone]:
    phone = Phone(0, file=tmp_path / "phone.jsonl")
    phone.start()
    yield phone
    phone.stop()


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    mailbox = Mailbox(0, file=tmp_path / "mail.jsonl")
    mailbox.start()
    yield mailbox
    mailbox.stop()


def ask(phone: Phone, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", phone.port, timeout=5)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def post(phone: Phone, key: str = "", **fields: object) -> tuple[int, str]:
    body = json.dumps({"version": "1.0", "type": "warning", **fields}).encode()
    return ask(phone, "POST", "/", body, Content_Type="application/json", X_Nightwatt_Key=key)


def test_a_message_is_shown_and_kept(phone: Phone, tmp_path: Path) -> None:
    assert post(phone, "nightwatt-7-1", title="【报警】治污停运", message="除尘 关")[0] == 200
    assert "【报警】治污停运" in ask(phone, "GET", "/")[1]
    row = json.loads(ask(phone, "GET", "/messages")[1])[0]
    assert (row["key"], row["title"], row["message"], row["times"]) == (
        "nightwatt-7-1",
        "【报警】治污停运",
        "除尘 关",
        1,
    )
    assert json.loads((tmp_path / "phone.jsonl").read_text("utf-8"))["title"] == "【报警】治污停运"


def test_a_repeat_of_a_key_is_counted_and_not_shown_twice(phone: Phone) -> None:
    for _ in range(3):
        post(phone, "nightwatt-7-1", title="a", message="b")
    post(phone, "nightwatt-8-1", title="c", message="d")
    assert [(m.key, m.times) for m in phone.messages()] == [("nightwatt-8-1", 1), ("nightwatt-7-1", 3)]
    assert "收到 3 次" in ask(phone, "GET", "/")[1]


def test_messages_without_a_key_are_never_repeats(phone: Phone) -> None:
    post(phone, title="a", message="b")
    post(phone, title="a", message="b")
    assert [m.times for m in phone.messages()] == [1, 1]


def test_the_page_escapes_what_arrives(phone: Phone) -> None:
    post(phone, title="<script>alert(1)</script>", message='"><img src=x onerror=y>', type='x" onload="z')
    page = ask(phone, "GET", "/")[1]
    assert "<script" not in page
    assert "<img" not in page
    assert 'onload="z' not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("accepted", "heading"),
    [
        ("en-GB,en;q=0.9", "Inspector's phone"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "执法手机"),
        ("", "执法手机"),
        ("fr", "执法手机"),
    ],
)
def test_the_page_speaks_the_browsers_language(phone: Phone, accepted: str, heading: str) -> None:
    assert heading in ask(phone, "GET", "/", Accept_Language=accepted)[1]


def test_only_the_last_two_hundred_are_kept() -> None:
    messages = Messages(None)
    for i in range(203):
        messages.add(Received(str(i), "title", "message", "info", 0))
    assert [m.key for m in messages.all()] == [str(i) for i in range(202, 2, -1)]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"title": 1, "message": "x"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"title": "a", "message": "b"}', "text/plain", 415),
        (b"x" * 65_537, "application/json", 413),
    ],
)
def test_what_is_no_message_is_refused(phone: Phone, body: bytes, kind: str, status: int) -> None:
    assert ask(phone, "POST", "/", body, Content_Type=kind)[0] == status
    assert phone.messages() == []


def test_a_port_in_use_is_named(phone: Phone) -> None:
    with pytest.raises(SetupError, match=str(phone.port)):
        Phone(phone.port)


def test_mail_is_kept_with_its_key(mailbox: Mailbox, tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "【报警】治污停运"
    mail["X-Nightwatt-Key"] = "nightwatt-9-2"
    mail.set_content("除尘 关")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as smtp:
        smtp.send_message(mail)
    kept = mailbox.messages()[0]
    assert (kept.key, kept.title, kept.message.strip()) == ("nightwatt-9-2", "【报警】治污停运", "除尘 关")
    assert json.loads((tmp_path / "mail.jsonl").read_text("utf-8"))["key"] == "nightwatt-9-2"


def test_a_mail_beyond_the_limit_is_refused(mailbox: Mailbox) -> None:
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=5) as smtp, pytest.raises(smtplib.SMTPException):
        smtp.sendmail("a@example.org", "b@example.org", "Subject: x\r\n\r\n" + "y" * 70_000)
    assert mailbox.messages() == []


def test_a_mailbox_port_in_use_is_named(mailbox: Mailbox) -> None:
    with pytest.raises(SetupError, match=str(mailbox.port)):
        Mailbox(mailbox.port).start()


def test_stopping_twice_or_without_a_start_is_harmless() -> None:
    for receiver in (Phone(0), Mailbox(0)):
        receiver.stop()
        receiver.stop()
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", receiver.port)) != 0
