"""The gateway's settings: ``DYNINT_*`` variables, or options of ``dynint serve``."""

from typing import Any, Self

from pydantic import model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.settings.access import AccessSettings
from service.settings.canary import CanarySettings
from service.settings.listening import ListeningSettings
from service.settings.observing import ObservingSettings
from service.settings.redis import RedisSettings
from service.settings.releases import ReleaseSettings
from service.settings.requests import RequestSettings
from service.settings.scoring import ScoringSettings


class Settings(
    ObservingSettings,
    CanarySettings,
    RequestSettings,
    RedisSettings,
    ScoringSettings,
    AccessSettings,
    ListeningSettings,
    ReleaseSettings,
    BaseSettings,
):
    """Everything that can be set, frozen. Each name is a variable with the prefix ``DYNINT_``.

    Each base is one concern; their order here is the reverse of that of the settings.

    Raises:
        pydantic.ValidationError: naming each setting that breaks its rule, and the rule.
    """

    model_config = SettingsConfigDict(
        env_prefix="DYNINT_", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_none(cls, given: Any) -> Any:
        """Take an empty value, of an env file or a template, as none where there may be none."""
        if not isinstance(given, dict):
            return given
        optional = {name for name, field in cls.model_fields.items() if field.default is None}
        return {name: each for name, each in given.items() if each != "" or name not in optional}

    @model_validator(mode="after")
    def _budgets_fit(self) -> Self:
        if self.redis_url is not None and self.redis_budget_ms >= self.request_timeout_ms:
            raise ValueError(
                f"redis_budget_ms ({self.redis_budget_ms}) must be less than "
                f"request_timeout_ms ({self.request_timeout_ms})"
            )
        return self
