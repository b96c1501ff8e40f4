"""Settings: defaults, then the TOML file named by NIGHTWATT_CONFIG, then NIGHTWATT_… variables. Parsed once, frozen."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from analytics.screening.settings import Screening, Season
from core.errors import SetupError
from core.interval import Window
from ingest.mqtt import Broker

PREFIX = "NIGHTWATT_"
Port = Annotated[int, Field(ge=1, le=65535)]


def _window(text: str) -> str:
    Window.parse(text)
    return text


def _broker(url: str) -> str:
    wrong = ValueError("an MQTT address looks like mqtt://user@host:1883 or mqtts://host:8883")
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as error:  # whose words may show a part of a password
        raise wrong from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == 0:
        raise wrong
    return url


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelSettings(_Part):
    """A way to phones: `[[channels]]` in the file. The address may be kept in a file of its own."""

    name: str = Field(min_length=1, max_length=80)
    url: SecretStr | None = None
    url_file: Path | None = None
    district: str | None = None
    min_severity: int = Field(default=1, ge=1, le=3)
    language: str = Field(default="zh", pattern="^(zh|en)$")


class SeasonSettings(_Part):
    """Windows of one enterprise for a part of the year: `[[screening.seasons]]` in the file."""

    enterprise: str = Field(min_length=1)
    first: str = Field(default="01-01", pattern=r"^\d{2}-\d{2}$")
    last: str = Field(default="12-31", pattern=r"^\d{2}-\d{2}$")
    night: Annotated[str, AfterValidator(_window)]
    day: Annotated[str, AfterValidator(_window)]


class ScreeningSettings(_Part):
    """The day/night screening: `[screening]` in the file."""

    night: Annotated[str, AfterValidator(_window)] = "22:00-06:00"
    day: Annotated[str, AfterValidator(_window)] = "06:00-22:00"
    period_days: int = Field(default=14, ge=1, le=366)
    every_minutes: int = Field(default=60, ge=1, le=10_080)
    seasons: tuple[SeasonSettings, ...] = ()

    def windows(self) -> Screening:
        """What the screening itself is told."""
        overrides: dict[str, tuple[Season, ...]] = {}
        for row in self.seasons:
            season = Season(row.first, row.last, Window.parse(row.night), Window.parse(row.day))
            overrides[row.enterprise] = (*overrides.get(row.enterprise, ()), season)
        return Screening(night=Window.parse(self.night), day=Window.parse(self.day), overrides=overrides)


class Settings(BaseSettings):
    """Everything that can be set. Unknown keys of the file are refused by name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Path = Path("data")
    database_url: SecretStr | None = None
    http_host: str = "127.0.0.1"
    http_port: Port = 8000
    public_url: str | None = None
    secure_cookies: bool = False
    mqtt_host: str = "127.0.0.1"
    mqtt_port: Port = 1883
    mqtt_url: Annotated[str, AfterValidator(_broker)] | None = None
    mqtt_password: SecretStr | None = None
    mqtt_ca: Path | None = None
    mqtt_client_id: str = Field(default="nightwatt", min_length=1, max_length=64)
    hj212_port: Port = 8212
    demo_phone_port: Port = 8001
    demo_mail_port: Port = 8025
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")
    screening: ScreeningSettings = ScreeningSettings()
    channels: tuple[ChannelSettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file's values are handed over as init values, and the environment goes before them.
        return env_settings, init_settings

    @property
    def embedded_broker(self) -> bool:
        return self.mqtt_url is None

    @property
    def address(self) -> str:
        """Where people open the pages."""
        host = "127.0.0.1" if self.http_host in ("0.0.0.0", "::") else self.http_host  # noqa: S104
        return (self.public_url or f"http://{host}:{self.http_port}").rstrip("/")

    def broker(self) -> Broker:
        """The broker to connect to: the named one, else the embedded one."""
        if self.mqtt_url is None:
            host = "127.0.0.1" if self.mqtt_host in ("0.0.0.0", "::") else self.mqtt_host  # noqa: S104
            return Broker(host, self.mqtt_port)
        parts = urlsplit(self.mqtt_url)
        tls = parts.scheme == "mqtts"
        given = parts.password and unquote(parts.password)
        return Broker(
            host=parts.hostname or "",
            port=parts.port or (8883 if tls else 1883),
            username=parts.username and unquote(parts.username),
            password=self.mqtt_password.get_secret_value() if self.mqtt_password else given,
            tls=tls,
            ca=str(self.mqtt_ca) if self.mqtt_ca else None,
        )


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Settings of this environment; SetupError lists everything that is wrong with them, one line each."""
    environ = dict(os.environ) if environ is None else environ
    values = _file(environ.get(PREFIX + "CONFIG"))
    for key in ("mqtt_password", "database_url"):
        if secret := _secret(key, environ):
            values[key] = secret
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SetupError("; ".join(_fault(fault) for fault in error.errors())) from error
    except SettingsError as error:
        raise SetupError(f"{error}: a table or list in a variable is written as JSON") from error


def channel_address(channel: ChannelSettings) -> str:
    """The secret address of a channel; SetupError where it is missing or its file can't be read."""
    if channel.url is not None:
        return channel.url.get_secret_value()
    if channel.url_file is None:
        raise SetupError(f"channel {channel.name!r} has neither url nor url_file")
    return _read(channel.url_file, f"url_file of channel {channel.name!r}")


def _file(name: str | None) -> dict[str, Any]:
    if not name:
        return {}
    try:
        return tomllib.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise SetupError(
            f"can't read the configuration {name}: {error.strerror} (NIGHTWATT_CONFIG names it)"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SetupError(f"the configuration {name} is not TOML: {error}") from error


def _secret(key: str, environ: dict[str, str]) -> str | None:
    """A secret whose file is named by NIGHTWATT_…_FILE."""
    variable = f"{PREFIX}{key.upper()}_FILE"
    return _read(Path(environ[variable]), variable) if environ.get(variable) else None


def _read(path: Path, named_by: str) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SetupError(f"can't read the secret {path}: {reason} ({named_by} names it)") from error


_TABLES: dict[str, type[BaseModel]] = {"screening": ScreeningSettings, "channels": ChannelSettings}


def _fault(fault: Any) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        table = _TABLES.get(fault["loc"][0], Settings) if len(fault["loc"]) > 1 else Settings
        return f"unknown setting {key!r}; known are {', '.join(sorted(table.model_fields))}"
    return f"setting {key!r}: {fault['msg'].removeprefix('Value error, ')}"
