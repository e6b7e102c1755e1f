"""What the environment says, read once and checked.

    db = Database(get_settings().database_url or "sqlite:///app.db")

Values come from environment variables (`DATABASE_URL`, `ENVIRONMENT`), and below them from a file `.env` in
the working folder. An application adds its own by subclassing:

    class AppSettings(Settings):
        greeting: str = "Hello"

Raises `ConfigurationError` when a value cannot be used. Nothing below `app` reads the environment.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from portico.errors import ConfigurationError


class Settings(BaseSettings):
    """Plain values from the environment; what rooms need is built from them by whoever puts them together."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    environment: Literal["development", "test", "production"] = "development"
    # A URL holds a password, which no log may show.
    database_url: str | None = Field(default=None, repr=False)
    secret_key: str | None = Field(default=None, repr=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            raise ConfigurationError(f"{name} cannot be used: {first['msg']}.") from None


@cache
def get_settings() -> Settings:
    """The settings of this process, read when first asked for; also a FastAPI dependency."""
    return Settings()
