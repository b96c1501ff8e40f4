"""Ways to phones: one file and one line per family."""

from core.ports import Channel
from notify.channels.apprise_channel import AppriseChannel

CHANNELS: dict[str, Channel] = {
    "apprise": AppriseChannel(),
}
