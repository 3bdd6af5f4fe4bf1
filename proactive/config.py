"""Settings: environment (PROACTIVE_…) over proactive.toml over these defaults.

Production is two URLs, database and queue; without them the embedded servers are used.
"""

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision, is_currency
from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from proactive.kernel.errors import Refused

SHORTEST_TOKEN = 20
HUNDREDTHS = 2
ADDRESSES = {
    "database_url": (r"postgresql(\+psycopg)?://.", "postgresql+psycopg://name@host/database"),
    "redis_url": (r"(rediss?|unix)://.", "redis://host:6379/0"),
}
PACKAGES = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting with its default; docs/settings.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="PROACTIVE_",
        env_nested_delimiter="__",
        toml_file="proactive.toml",
        extra="forbid",
    )

    var: Path = Field(Path("var"), description="Folder for everything the system keeps on disk.")
    database_url: str = Field("", description="PostgreSQL; empty: the embedded server below var.")
    redis_url: str = Field("", description="Valkey or Redis; empty: the embedded server below var.")
    keys_file: Path | None = Field(None, description="Key file; default var/keys.json.")
    definitions: Path = Field(
        PACKAGES / "triggers", description="Folder of feeds, triggers, bundles, notices, findings."
    )
    timezone: str = Field("Asia/Shanghai", description="Zone of dates, quiet hours, due dates.")
    calendar: str = Field("CN", description="Calendar of working days.")
    currency: str = Field("CNY", description="What amounts are in, a code of ISO 4217.")
    region: str = Field("CN", description="Country of phone numbers written without its code.")
    language: str = Field(
        "zh", description="Language of pages and messages for people who chose none: zh or en."
    )
    public_url: str = Field(
        "http://127.0.0.1:8080", description="How the world reaches the web pages and call-backs."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8080, description="Port the web server listens on.")
    trusted_proxies: int = Field(
        0, ge=0, le=9, description="Proxies of your own before the web server; 0: none is believed."
    )
    metrics_token: str = Field(
        "", description="Opens /metrics to who shows it, 20 characters or more. Empty: no page."
    )
    channel: str = Field(
        "console",
        description="Way out for messages: console, email, file, http_gateway, template_gateway,"
        " twilio_sms.",
    )
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Settings of each way out, by its name."
    )
    office_systems: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Offices with a system of their own, by office code."
    )
    sender_name: str = Field("便民服务中心", description="Who signs the messages.")
    sender_name_en: str = Field("Service Centre", description="The same in English messages.")
    check_phone: str = Field("12345", description="Where a receiver can check a message.")
    font: Path | None = Field(
        None, description="Font with Chinese characters for letters as PDF. Empty: fonts-noto-cjk."
    )
    guest_list: tuple[str, ...] | None = Field(
        None, description="Until go-live: the only numbers that may get messages. Empty: nobody."
    )
    drop: Path | None = Field(
        None, description="Drop folder for deliveries: <drop>/<feed>/file. Empty: none."
    )
    drop_quiet: int = Field(
        10, ge=1, description="Seconds a dropped file must rest before it is taken."
    )
    upload_mb: int = Field(
        64, ge=1, description="Largest file by page or API, MiB; larger ones by drop folder or CLI."
    )
    offline_days: int = Field(
        3, ge=1, le=14, description="Days a coordinator's device shows sheets without signal."
    )
    take_back_hours: int = Field(
        24, ge=1, le=168, description="Hours in which a visit's closing answer can be taken back."
    )
    keep_files_days: int = Field(
        180, ge=1, description="Days a case's files (photos, certificates) stay after its end."
    )
    fairness_ratio: float = Field(
        1.25, gt=1, description="An alarm: a group fares so many times worse than others, surely."
    )
    fairness_people: int = Field(
        10, ge=1, description="Fairness figures of fewer people than these are hidden."
    )
    fairness_events: int = Field(
        5, ge=1, description="Fairness counts under this, but not 0, are hidden."
    )
    movable_clock: bool = Field(False, description="Demo only: business time can be moved.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"unknown time zone {value!r}, write it like Asia/Shanghai") from error
        return value

    @field_validator("database_url", "redis_url")
    @classmethod
    def _address(cls, value: str, about: ValidationInfo) -> str:
        shape, example = ADDRESSES[str(about.field_name)]
        if value and not re.match(shape, value):
            raise ValueError(f"no address of such a server, write it like {example}")
        return value

    @field_validator("currency")
    @classmethod
    def _in_hundredths(cls, value: str) -> str:
        if not is_currency(value) or get_currency_precision(value) != HUNDREDTHS:
            raise ValueError(f"{value!r} is no currency in hundredths, write it like CNY or USD")
        return value

    @field_validator("region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        if value not in SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is no country, write it like CN or US")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_enough(cls, value: str) -> str:
        if value and len(value) < SHORTEST_TOKEN:
            raise ValueError(f"too short to be of use, take {SHORTEST_TOKEN} characters or more")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def keys_path(self) -> Path:
        return self.keys_file or self.var / "keys.json"

    @property
    def lake_path(self) -> Path:
        return self.var / "lake"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**given: Any) -> Settings:
    """Return the settings; Refused `bad_settings` names each wrong one."""
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in entry['loc'])}: {entry['msg']}"
            for entry in error.errors()
        )
        raise Refused(
            "bad_settings",
            "The settings cannot be used: {wrong}.",
            todo="Correct the PROACTIVE_… variables or proactive.toml; docs/settings.md lists all.",
            wrong=wrong,
        ) from None
