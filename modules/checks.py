"""System check: every agent named by entry points and AGENT_PACKAGES can be loaded."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from modules import registry


@register("agents")
def agents_load(**_: Any) -> list[CheckMessage]:
    try:
        registry.all_agents()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="modules.E001")]
    return []
