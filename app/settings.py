"""Settings from the environment and `.env`, read here and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.engine import REPAIR


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
    model_router: str | None = None
    model_analyst: str | None = None
    model_planner: str | None = None
    model_validator: str | None = None
    model_creative: str | None = None
    model_post_mortem: str | None = None
    model_timeout: float = Field(default=60, gt=0, le=3600, description="seconds for one answer")
    model_retries: int = Field(default=3, ge=0, le=10)
    tool_calls: Literal["native", "schema"] = "native"
    max_calls: int = Field(default=60, ge=1, description="model calls in one turn")
    max_tokens: int = Field(default=500_000, ge=1, description="tokens in one turn")
    policy: Path | None = None
    country: str = Field(default="IT", pattern=r"^[A-Z]{2}$")
    geo: str = Field(default="IT", min_length=1, max_length=10)
    traces_endpoint: str | None = Field(default=None, pattern=r"^https?://.+")
    traces_content: bool = False
    data_dir: Path = Path()
    cache_dir: Path = Field(
        default_factory=lambda: (
            Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "promoloop"
        )
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_API_KEY")
    )
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("OPENAI_BASE_URL")
    )

    def models_by_agent(self) -> dict[str, str]:
        """Return the agents (or `router`) that have a model of their own, and its name."""
        names = {
            "router": self.model_router,
            "analyst": self.model_analyst,
            "planner": self.model_planner,
            "validator": self.model_validator,
            "creative": self.model_creative,
            "post_mortem": self.model_post_mortem,
        }
        return {agent: name for agent, name in names.items() if name}

    def threads_file(self) -> Path:
        """Return where the threads of an embedded store are kept; on a server they are tables."""
        store = Path(self.database_url.partition(":///")[2])
        return store.with_suffix(".threads.sqlite")


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
        if name == "database_url":  # its value is not shown: it may hold a password
            message = f"the setting {variable} names no store: {REPAIR}"
            raise SettingsError(message) from None
        message = f"the setting {variable} is wrong: {first['msg']} (it is {first['input']!r})"
        raise SettingsError(message) from error
