"""The notifier with the real channel and real receiving ends."""

from core.notification import Outcome, Route
from notify.channels import CHANNELS
from notify.channels.apprise_channel import AppriseChannel
from notify.memory import MemoryOutbox
from tests.notify.cases import City, due, route
from tests.notify.receivers import mailbox, webhook


def apprise_route(id: int, address: str, **changes: object) -> Route:
    return route(id=id, family="apprise", address=address, **changes)


def test_an_alarm_reaches_a_webhook_and_a_mailbox_with_the_providers_answers() -> None:
    with webhook() as hook, mailbox() as (box, mail_address):
        outbox = MemoryOutbox([apprise_route(1, hook.address()), apprise_route(2, mail_address, language="en")])
        outbox.put(due())
        assert City(outbox, dict(CHANNELS)).notifier.drain() == 1
    answers = {a.route.id: (a.outcome, a.answer) for a in outbox.attempts}
    assert answers == {1: (Outcome.ACCEPTED, "HTTP 200"), 2: (Outcome.ACCEPTED, "SMTP 250")}
    assert hook.received[0]["title"] == "【报警】湘江化工 治污停运"
    assert hook.received[0]["message"].endswith("\n#42")
    assert box.mails[0]["Subject"] == "[ALARM] 湘江化工: treatment off"
    assert box.mails[0]["X-Nightwatt-Key"] == "nightwatt-42-2"


def test_an_endpoint_that_recovers_gets_the_alarm_once_and_the_good_one_no_second() -> None:
    with webhook((500, "down"), (503, "soon")) as broken, webhook() as good:
        outbox = MemoryOutbox([apprise_route(1, broken.address()), apprise_route(2, good.address())])
        outbox.put(due())
        town = City(outbox, dict(CHANNELS))
        for wait in (5_000, 10_000):
            assert town.notifier.drain() == 0
            assert outbox.rows[42].next_try_at == town.wall.now + wait
            town.pass_time(wait)
        assert town.notifier.drain() == 1
    assert [a.answer for a in outbox.attempts if a.route.id == 1] == ["HTTP 500: down", "HTTP 503: soon", "HTTP 200"]
    assert (len(broken.received), len(good.received)) == (3, 1)
    assert outbox.rows[42].outcome == "sent"


def test_an_endpoint_that_hangs_does_not_keep_the_alarm_from_the_others() -> None:
    with webhook((0, "")) as hanging, webhook() as good:
        outbox = MemoryOutbox([apprise_route(1, hanging.address()), apprise_route(2, good.address())])
        outbox.put(due())
        town = City(outbox, {"apprise": AppriseChannel(read_within_s=0.3)})
        assert town.notifier.drain() == 0
        assert len(good.received) == 1
        town.pass_time(30_000)
        assert town.notifier.drain() == 1
    assert [r["title"][-4:] for r in hanging.received] == ["治污停运", "（重发）"]
    assert len(good.received) == 1
    assert [a.answer for a in outbox.attempts if a.route.id == 1] == ["no answer in time", "HTTP 200"]
