"""Any of Apprise's addresses: e-mail, webhooks, WeCom, DingTalk, Telegram and a hundred others."""

from typing import Any

import apprise
from apprise import NotifyFormat, NotifyType

from core.errors import ChannelError
from core.notification import Message
from notify.channels import provider
from notify.channels.overheard import listen, overhear

CONNECT_WITHIN_S = 4.0
READ_WITHIN_S = 5.0

KEY_HEADER = "X-Nightwatt-Key"

_MAIL = ("mailto", "mailtos")
_TYPES = {0: NotifyType.SUCCESS, 1: NotifyType.WARNING, 2: NotifyType.FAILURE, 3: NotifyType.FAILURE}
"""By severity; 0 is a return to normal."""


class AppriseChannel:
    """Sends through Apprise. The key goes along as a header where the service can carry one.

    A plugin is called directly, in the caller's thread, without Apprise's own retries: these are the
    notifier's. A lower limit in the address (`cto`, `rto`) holds, a higher one does not.
    """

    def __init__(self, *, connect_within_s: float = CONNECT_WITHIN_S, read_within_s: float = READ_WITHIN_S) -> None:
        self._connect_within_s, self._read_within_s = connect_within_s, read_within_s
        self._asset = apprise.AppriseAsset(
            app_id="nightwatt", app_desc="nightwatt", app_url="", plugin_paths=[], secure_logging=True
        )
        listen()

    def check(self, address: str) -> None:
        """ChannelError where Apprise does not understand the address."""
        self._plugin(address)

    def send(self, message: Message, address: str) -> str:
        """The provider's status, as `HTTP 200`; ChannelError in its words, never with the address."""
        with overhear() as lines:
            plugin = self._plugin(address)
            self._prepare(plugin, message)
            taken = plugin.notify(
                title=message.title,
                body=message.body,
                notify_type=_TYPES.get(message.severity, NotifyType.FAILURE),
                body_format=NotifyFormat.TEXT,
            )
        if not taken:
            raise provider.refusal(lines, address)
        return provider.acceptance(lines, mail=plugin.schema in _MAIL)

    def _plugin(self, address: str) -> Any:
        try:
            plugin = apprise.Apprise.instantiate(address, asset=self._asset)
        except Exception:  # whatever a parser makes of a malformed address
            plugin = None
        if plugin is None:
            raise ChannelError("the address is not one that Apprise understands", permanent=True)
        return plugin

    def _prepare(self, plugin: Any, message: Message) -> None:
        plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, self._connect_within_s)
        plugin.socket_read_timeout = min(plugin.socket_read_timeout, self._read_within_s)
        headers = getattr(plugin, "headers", None)
        if "headers" in type(plugin).template_kwargs and isinstance(headers, dict):
            headers[KEY_HEADER] = message.key
