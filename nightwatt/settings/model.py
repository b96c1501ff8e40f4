"""Settings: defaults, then the TOML file named by NIGHTWATT_CONFIG, then NIGHTWATT_… variables. Parsed once, frozen."""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from analytics.rule_choice import ruleset
from analytics.rules.ruleset import Ruleset
from core.errors import SetupError
from ingest.mqtt import Broker
from nightwatt.settings.tables import (
    ChannelSettings,
    ClockSettings,
    DeadLetterSettings,
    Hj212Settings,
    Port,
    ScreeningSettings,
    SpoolSettings,
    UplinkSettings,
)

PREFIX = "NIGHTWATT_"


def _broker(url: str) -> str:
    wrong = ValueError("an MQTT address looks like mqtt://user@host:1883 or mqtts://host:8883")
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError as error:  # whose words may show a part of a password
        raise wrong from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == 0:
        raise wrong
    return url


def _rules(given: dict[str, Any]) -> dict[str, Any]:
    try:
        ruleset(given)
    except SetupError as error:
        raise ValueError(str(error)) from error
    return given


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
    hj212_host: str = "127.0.0.1"
    hj212_port: Port = 8212
    series_url: SecretStr | None = None
    series_token: SecretStr | None = None
    series_password: SecretStr | None = None
    series_ca: Path | None = None
    filing_cap_hours: float = Field(default=72, ge=0, le=744)
    hourly_look_back_hours: int = Field(default=48, ge=1, le=8_784)
    demo_phone_port: Port = 8001
    demo_mail_port: Port = 8025
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")
    dialects: tuple[str, ...] | None = None
    topics: dict[str, tuple[str, ...]] = {}
    mappings: tuple[dict[str, Any], ...] = ()
    spool: SpoolSettings = SpoolSettings()
    clock: ClockSettings = ClockSettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    hj212: Hj212Settings = Hj212Settings()
    uplink: UplinkSettings | None = None
    screening: ScreeningSettings = ScreeningSettings()
    rules: Annotated[dict[str, Any], AfterValidator(_rules)] = {}
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

    def ruleset(self) -> Ruleset:
        """Which rules judge, and with which parameters."""
        return ruleset(self.rules)

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
