"""Settings from the environment and `.env`, read here and nowhere else."""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(ValueError):
    """A setting is wrong; the message names it and the repair."""


class Settings(BaseSettings):
    """What the program needs to know about its surroundings."""

    model_config = SettingsConfigDict(
        env_prefix="PROMOLOOP_", env_file=".env", extra="ignore", frozen=True
    )

    database_url: str = Field(
        default="duckdb:///promoloop.duckdb", pattern=r"^(duckdb|postgresql)(\+[a-z0-9]+)?://"
    )
    model: str = Field(default="offline", min_length=1)
    policy: Path | None = None
    country: str = Field(default="IT", pattern=r"^[A-Z]{2}$")
    geo: str = Field(default="IT", min_length=1, max_length=10)
    data_dir: Path = Path()
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_API_KEY")
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_BASE_URL")
    )


def read_settings() -> Settings:
    """Read the environment and `.env`.

    Raises:
        SettingsError: a value is of the wrong form.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        variable = name if name.startswith("OPENAI") else f"PROMOLOOP_{name.upper()}"
        message = f"the setting {variable} is wrong: {first['msg']} (it is {first['input']!r})"
        raise SettingsError(message) from error
