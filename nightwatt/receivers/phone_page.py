"""The page of the demo's phone: what an inspector would see on the lock screen."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from nightwatt.receivers.received import Received

_TEXTS = {
    "zh": {"title": "执法手机", "empty": "还没有消息", "repeat": "收到 {} 次", "count": "{} 条消息"},
    "en": {
        "title": "Inspector's phone",
        "empty": "No messages yet",
        "repeat": "received {} times",
        "count": "{} messages",
    },
}

_STYLE = """
:root{color-scheme:dark}*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:#0d1117;
 font:15px/1.5 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#e6edf3}
main{width:min(390px,100vw);height:min(844px,100vh);overflow:auto;padding:28px 14px;border:1px solid #30363d;
 border-radius:36px;background:linear-gradient(#14263f,#0f1722)}
h1{margin:0 6px 2px;font-size:22px}p{margin:0}.count{margin:0 6px 16px;color:#9fb0c3}
article{margin:0 0 10px;padding:11px 14px;border-left:4px solid #58a6ff;border-radius:14px;background:#ffffff17}
article.warning{border-color:#f0b429}article.failure{border-color:#f85149}article.success{border-color:#3fb950}
h2{margin:0;font-size:15px}article p{white-space:pre-wrap;overflow-wrap:anywhere}
small{display:flex;justify-content:space-between;color:#9fb0c3}
@media(max-width:420px){main{border:0;border-radius:0;height:100vh}}
"""

_TYPES = frozenset({"info", "success", "warning", "failure"})


def language_of(accept_language: str) -> str:
    """`en` where a browser prefers English to Chinese, else `zh`."""
    for part in accept_language.lower().split(","):
        name = part.split(";")[0].strip()
        if name.startswith(("zh", "en")):
            return name[:2]
    return "zh"


def phone_page(messages: Sequence[Received], *, language: str, timezone: str) -> str:
    """The page as HTML, which loads itself anew every three seconds."""
    texts = _TEXTS[language]
    cards = "".join(_card(m, texts, timezone) for m in messages) or f"<p class=count>{texts['empty']}</p>"
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="refresh" content="3">'
        f"<title>{texts['title']}</title><style>{_STYLE}</style>"
        f"<main><h1>{texts['title']}</h1><p class=count>{texts['count'].format(len(messages))}</p>{cards}</main></html>"
    )


def _card(message: Received, texts: dict[str, str], timezone: str) -> str:
    at = datetime.fromtimestamp(message.received_at / 1000, tz=ZoneInfo(timezone))
    repeat = texts["repeat"].format(message.times) if message.times > 1 else ""
    kind = message.type if message.type in _TYPES else "info"
    return (
        f'<article class="{kind}"><small><span>{at:%m-%d %H:%M:%S}</span><span>{repeat}</span></small>'
        f"<h2>{escape(message.title)}</h2><p>{escape(message.message)}</p></article>"
    )
