"""New transitions as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from api.auth import Caller
from api.events import Feed, Listener
from api.problems import Problem
from core.interval import to_text
from core.jurisdiction import User
from core.records import RecordedTransition

router = APIRouter(prefix="/events")

HEARTBEAT_S = 15.0
LONGEST_S = 600.0  # then the browser comes back by itself, and its session is looked at again

DESCRIPTION = (
    "Events named `transition`, each with its id and JSON: id, alarm, at, rule, subject, enterprise, severity, "
    "state, reason, ticket. A comment comes every 15 seconds. Send `Last-Event-ID` to hear what was missed."
)

EXAMPLE = (
    'id: 42\nevent: transition\ndata: {"id":42,"alarm":17,"at":"2025-11-20T14:20:00Z","rule":"interlock",'
    '"subject":"ZZ-001-L1","enterprise":"ZZ-001","severity":2,"state":"active","reason":"…","ticket":false}\n\n'
)

OPENAPI: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}}}
}


class Stream(StreamingResponse):
    """A response that never ends by itself."""

    media_type = "text/event-stream"


@router.get("", response_class=Stream, responses=OPENAPI, description=DESCRIPTION)
async def events(
    request: Request, user: Caller, last_event_id: Annotated[str | None, Header(max_length=40)] = None
) -> Stream:
    """The stream; a `Last-Event-ID` that is no number, or not yet given out, starts with what is new."""
    feed: Feed = request.app.state.feed
    newest = await feed.newest()
    after = newest
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
        after = min(int(last_event_id), newest)
    if not feed.has_room(user):
        raise Problem(503, "too many are listening; try again shortly", headers={"Retry-After": "10"})
    return Stream(_lines(feed, user, after=after, newest=newest), headers={"X-Accel-Buffering": "no"})


async def _lines(feed: Feed, user: User, *, after: int, newest: int) -> AsyncIterator[str]:
    with feed.listening(user, after=after, newest=newest) as listener:
        yield ": listening\nretry: 2000\n\n"
        async for row in feed.missed(listener):
            yield event_of(row)
        async for line in _live(listener):
            yield line


async def _live(listener: Listener) -> AsyncIterator[str]:
    clock = asyncio.get_running_loop().time
    until = clock() + LONGEST_S
    while clock() < until:
        try:
            row = await listener.heard(HEARTBEAT_S)
        except TimeoutError:
            yield ": still here\n\n"
            continue
        if row is None:
            return
        yield event_of(row)


def event_of(row: RecordedTransition) -> str:
    """A transition as one event of the stream; JSON has no line breaks of its own."""
    told = {
        "id": row.id,
        "alarm": row.alarm,
        "at": to_text(row.at),
        "rule": row.rule,
        "subject": row.subject,
        "enterprise": row.enterprise,
        "severity": row.severity,
        "state": row.state,
        "reason": row.reason,
        "ticket": row.ticket,
    }
    return f"id: {row.id}\nevent: transition\ndata: {msgspec.json.encode(told).decode()}\n\n"
