"""Where an InfluxDB is, and as whom to speak to it."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from core.errors import SetupError

_FORM = "an InfluxDB address looks like influx://user@host:8086/database?version=1 or influxs://host/bucket?org=name"
_SCHEMES = {"influx": "http", "influxs": "https", "http": "http", "https": "https"}
_PORT = 8086


@dataclass(frozen=True, slots=True)
class InfluxAddress:
    """`database` is the bucket of version 2 (which stands for 3.x and all others that take its writes).

    url         scheme, host and port, without user, path or a slash at its end
    timeout_s   limit of one request; queries that read much are given several times as long
    ca          file with the certificates to trust instead of the system's
    """

    url: str
    version: int = 2
    database: str = "nightwatt"
    org: str = ""
    token: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 5.0
    ca: Path | None = None

    @classmethod
    def parse(cls, url: str, *, token: str = "", password: str = "", ca: Path | None = None) -> "InfluxAddress":
        """The address of a URL; secrets are better given apart from it. SetupError says what is wrong with it."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port or _PORT
            options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        except ValueError as error:  # whose words may show a part of a password
            raise SetupError(_FORM) from error
        database = unquote(parts.path.strip("/"))
        if parts.scheme not in _SCHEMES or not host or not database or parts.fragment:
            raise SetupError(_FORM)
        if not (token.isascii() and token.isprintable()):
            raise SetupError("the token of InfluxDB holds a character that none can hold, such as a line break")
        if unknown := set(options) - {"version", "org", "timeout_s"}:
            raise SetupError(f"{_FORM}; it has no option {sorted(unknown)[0]!r:.40}")
        return cls(
            url=f"{_SCHEMES[parts.scheme]}://{f'[{host}]' if ':' in host else host}:{port}",
            version=_version(options.get("version", "2")),
            database=database,
            org=options.get("org", ""),
            token=token,
            username=unquote(parts.username or ""),
            password=password or unquote(parts.password or ""),
            timeout_s=_timeout(options.get("timeout_s", "5")),
            ca=ca,
        )

    @property
    def hourly(self) -> str:
        """The bucket of the hourly values in version 2; version 1 keeps them in a policy of the database."""
        return f"{self.database}_hourly"

    def hide(self, text: str) -> str:
        """The text without the secrets, should a server have repeated them."""
        for secret in (self.token, self.password):
            text = text.replace(secret, "***") if secret else text
        return text


def _version(text: str) -> int:
    if text not in ("1", "2", "3"):
        raise SetupError(f"version of an InfluxDB address is 1, 2 or 3, not {text!r:.40}")
    return min(int(text), 2)


def _timeout(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 300:
        raise SetupError(f"timeout_s of an InfluxDB address is 0.1 to 300 seconds, not {text!r:.40}")
    return seconds
