import logging
import socket
from dataclasses import replace

import pytest

from core.errors import ChannelError
from notify.answer import NoAnswer
from notify.channels import CHANNELS
from notify.channels.apprise_channel import AppriseChannel
from tests.notify.cases import MESSAGE
from tests.notify.receivers import mailbox, webhook

CHANNEL = CHANNELS["apprise"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_an_endpoint_receives_title_body_and_key_and_its_status_is_the_answer() -> None:
    with webhook((204, "")) as hook:
        assert CHANNEL.send(MESSAGE, hook.address()) == "HTTP 204"
    (received,) = hook.received
    assert received["title"] == MESSAGE.title
    assert received["message"] == MESSAGE.body
    assert received["type"] == "failure"
    assert received["headers"]["X-Nightwatt-Key"] == "nightwatt-42-3"


@pytest.mark.parametrize(("severity", "kind"), [(0, "success"), (1, "warning"), (2, "failure"), (3, "failure")])
def test_the_severity_becomes_the_kind_of_message(severity: int, kind: str) -> None:
    with webhook() as hook:
        CHANNEL.send(replace(MESSAGE, severity=severity), hook.address())
    assert hook.received[0]["type"] == kind


def test_headers_in_the_address_travel_beside_the_key() -> None:
    with webhook() as hook:
        CHANNEL.send(MESSAGE, hook.address() + "?+X-Site=zhuzhou")
    assert hook.received[0]["headers"]["X-Site"] == "zhuzhou"
    assert hook.received[0]["headers"]["X-Nightwatt-Key"] == "nightwatt-42-3"


def test_a_mail_arrives_as_plain_text_with_the_key_in_its_header() -> None:
    with mailbox() as (box, address):
        assert CHANNEL.send(MESSAGE, address) == "SMTP 250"
    (mail,) = box.mails
    assert mail["Subject"] == MESSAGE.title
    assert mail["X-Nightwatt-Key"] == "nightwatt-42-3"
    assert mail["To"] == "inspector@example.org"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().split() == MESSAGE.body.split()


REFUSALS = [
    (500, "overloaded", False),
    (503, "maintenance", False),
    (429, "slow down", False),
    (408, "too slow", False),
    (400, "no such field", True),
    (401, "bad token", True),
    (403, "not yours", True),
    (404, "no such hook", True),
    (410, "hook removed", True),
]


@pytest.mark.parametrize(("status", "words", "permanent"), REFUSALS)
def test_a_refusal_carries_status_words_and_whether_to_try_again(status: int, words: str, permanent: bool) -> None:
    with webhook((status, words)) as hook, pytest.raises(ChannelError) as raised:
        CHANNEL.send(MESSAGE, hook.address())
    assert str(raised.value) == f"HTTP {status}: {words}"
    assert raised.value.permanent is permanent


@pytest.mark.parametrize(("reply", "permanent"), [("451 try later", False), ("550 no such person", True)])
def test_a_mail_server_that_refuses_is_quoted(reply: str, permanent: bool) -> None:
    with mailbox(reply) as (_, address), pytest.raises(ChannelError) as raised:
        CHANNEL.send(MESSAGE, address)
    assert str(raised.value) == f"SMTP {reply[:3]}: {reply[4:]}"
    assert raised.value.permanent is permanent


@pytest.mark.parametrize("address", ["json://127.0.0.1:{}/hook", "mailto://127.0.0.1:{}?from=a@example.org"])
def test_a_closed_port_is_worth_another_try(address: str) -> None:
    with pytest.raises(ChannelError) as raised:
        CHANNEL.send(MESSAGE, address.format(free_port()))
    assert str(raised.value) == "connection refused"
    assert raised.value.permanent is False
    assert not isinstance(raised.value, NoAnswer)


def test_an_endpoint_that_hangs_is_left_after_the_time_limit_without_knowing() -> None:
    with webhook((0, "")) as hook, pytest.raises(NoAnswer, match="no answer in time"):
        AppriseChannel(read_within_s=0.3).send(MESSAGE, hook.address() + "?rto=60")
    assert len(hook.received) == 1


@pytest.mark.parametrize("address", ["", "nonsense", "json://", "no-such-family://x", "mailto://x", "json://[::"])
def test_an_address_that_is_none_is_refused_for_good(address: str) -> None:
    with pytest.raises(ChannelError) as raised:
        CHANNEL.send(MESSAGE, address)
    assert raised.value.permanent is True


def test_a_secret_in_the_address_reaches_neither_the_answer_nor_the_log(caplog: pytest.LogCaptureFixture) -> None:
    secret = "secret-token-4711"
    with caplog.at_level(logging.DEBUG), webhook((401, f"unknown token {secret}"), (200, secret)) as hook:
        with pytest.raises(ChannelError) as raised:
            CHANNEL.send(MESSAGE, hook.address(secret))
        assert CHANNEL.send(MESSAGE, hook.address(secret)) == "HTTP 200"
    assert hook.received[0]["path"] == f"/{secret}"
    assert secret not in str(raised.value)
    assert secret not in caplog.text
