"""The demo's receiving ends: a phone and a mailbox on this machine, real servers that show what arrived."""

from nightwatt.receivers.mailbox import Mailbox
from nightwatt.receivers.phone import Phone

__all__ = ["Mailbox", "Phone"]
