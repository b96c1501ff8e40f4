"""What came of handing a message over."""

from dataclasses import dataclass

from core.errors import ChannelError


class NoAnswer(ChannelError):
    """The message was handed over, but the provider's answer never came: it may have arrived."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One route's answer; `permanent` and `unsure` only tell more about one that is not accepted.

    permanent  trying again can't help
    unsure     the message may have arrived all the same, so that a second one is marked as a repeat
    """

    accepted: bool
    text: str
    permanent: bool = False
    unsure: bool = False


def refusal(error: ChannelError) -> Answer:
    """The answer that an error of a channel stands for."""
    return Answer(False, str(error), permanent=error.permanent, unsure=isinstance(error, NoAnswer))
