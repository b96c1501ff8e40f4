"""Dead letters: messages that could not be understood, kept whole."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api import redelivery
from api.auth import Served, needs
from api.fields import Cursor, From, Instant, Listed, RowNumber, To, View, When, example, reading_cursor
from api.problems import not_found
from core.jurisdiction import Action
from core.records import DeadLetter, LetterFilter

router = APIRouter(prefix="/dead-letters", dependencies=[needs(Action.READ_DEAD_LETTERS)])

PREVIEW_BYTES = 4096


class DeadLetterView(View):
    """A message with the reason. `text` is the payload where it is UTF-8; lists show its first 4096 bytes."""

    model_config = example(
        id=3,
        received_at="2025-11-20T14:05:00Z",
        topic="nightwatt/v1/ZZ-001/ZZ-001-T1-M/telemetry",
        reason="not JSON",
        size=7,
        payload_base64="eyJwIjov",
        text='{"p":x}',
        cut=False,
    )

    id: int
    received_at: Instant
    topic: str
    reason: str
    size: int
    payload_base64: str
    text: str | None
    cut: bool

    @classmethod
    def of(cls, letter: DeadLetter, *, at_most: int | None = None) -> "DeadLetterView":
        """A letter as JSON, its payload cut where it is longer than that many bytes."""
        payload = letter.payload[:at_most]
        return cls(
            id=letter.id,
            received_at=letter.received_at,
            topic=letter.topic,
            reason=letter.reason,
            size=len(letter.payload),
            payload_base64=b64encode(payload).decode(),
            text=_text(payload, cut=len(payload) < len(letter.payload)),
            cut=len(payload) < len(letter.payload),
        )


def _text(payload: bytes, *, cut: bool) -> str | None:
    # A cut may fall inside a character: up to three bytes of it are left out.
    for end in range(len(payload), len(payload) - (4 if cut else 1), -1):
        try:
            return payload[: max(end, 0)].decode()
        except UnicodeDecodeError:
            continue
    return None


class LettersWanted(BaseModel):
    """Which letters: what is left out narrows nothing."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "unknown meter"}]})

    text: str | None = Field(None, max_length=200, description="part of the topic or the reason")
    reason: str | None = Field(None, max_length=500, description="the whole reason")
    topic: str | None = Field(None, max_length=500, description="how the topic begins")
    from_at: When | None = Field(None, alias="from", description="arrived at or after this instant")
    to_at: When | None = Field(None, alias="to", description="arrived before this instant")

    def filter(self) -> LetterFilter:
        return LetterFilter(**self.model_dump())


class RedeliveredView(View):
    """What became of them: `left` were not done in time, they stay and are still under way."""

    model_config = example(understood=12, refused=1, left=0)

    understood: int
    refused: int
    left: int


@router.get("")
def dead_letters(
    services: Served,
    *,
    text: Annotated[str | None, Query(max_length=200, description="part of the topic or the reason")] = None,
    reason: Annotated[str | None, Query(max_length=500, description="the whole reason")] = None,
    topic: Annotated[str | None, Query(max_length=500, description="how the topic begins")] = None,
    from_at: From = None,
    to_at: To = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Cursor = None,
) -> Listed[DeadLetterView]:
    """The messages that could not be understood, newest first."""
    wanted = LetterFilter(text=text, reason=reason, topic=topic, from_at=from_at, to_at=to_at)
    with reading_cursor():
        page = services.dead_letters.letters(wanted, limit=limit, cursor=cursor)
    return Listed(rows=[DeadLetterView.of(row, at_most=PREVIEW_BYTES) for row in page.rows], cursor=page.cursor)


@router.get("/{id}")
def dead_letter(id: RowNumber, services: Served) -> DeadLetterView:
    """One message, whole."""
    letter = services.dead_letters.letter(id)
    if letter is None:
        raise not_found("dead letter")
    return DeadLetterView.of(letter)


@router.post("/replay")
def replay_all(wanted: LettersWanted, request: Request, services: Served) -> RedeliveredView:
    """Decode once more all that match, after a mend. What is understood becomes readings; the rest is kept anew."""
    return RedeliveredView.model_validate(redelivery.redeliver(services, request, wanted.filter()))


@router.post("/{id}/replay")
def replay(id: RowNumber, request: Request, services: Served) -> RedeliveredView:
    """Decode one message once more."""
    return RedeliveredView.model_validate(redelivery.redeliver(services, request, id))


@router.delete("/{id}", status_code=204)
def delete(id: RowNumber, request: Request, services: Served) -> None:
    """Let a message go for good."""
    redelivery.let_go(services, request, id)
