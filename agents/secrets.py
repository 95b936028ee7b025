"""References to secrets in a module's config, and the removal of their values from what is kept.

A text of the config that is exactly `${{ secrets.NAME }}` stands for the organization's secret of
that name. The worker finds the names (`names_in`) and sends the values along; the host puts them in
(`filled`) before the agent sees its config, and takes them out again (`Scrubber`) of whatever the
agent reports. Knows no database.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from agents.encoding import to_json
from agents.errors import InvalidConfig

NAME = "[A-Z][A-Z0-9_]{0,63}"
MARK = "${{"
"""A config without it refers to nothing: the check that every run pays for."""
_REFERENCE = re.compile(rf"\$\{{\{{ {{0,8}}secrets\.({NAME}) {{0,8}}\}}\}}")
_QUOTED = re.compile(f'"{_REFERENCE.pattern}"')
_SHORTEST = 6
_GONE = "…"


def names_in(config_text: str) -> set[str]:
    """The names that JSON text refers to, perhaps some more. A text that escapes what needs no
    escape refers to nothing that is found here, and `filled` then says what is missing."""
    return set(_QUOTED.findall(config_text)) if MARK in config_text else set()


def is_reference(value: Any) -> bool:
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def filled(config: Any, secrets: Mapping[str, str | None], *, path: str = "config") -> Any:
    """The same value with every reference replaced. secrets holds None for one that could not be
    decrypted. Raises InvalidConfig naming the path and the secret. What a secret holds is never
    read as a reference again."""
    if isinstance(config, dict):
        return {k: filled(v, secrets, path=f"{path}.{k}") for k, v in config.items()}
    if isinstance(config, list):
        return [filled(v, secrets, path=f"{path}.{i}") for i, v in enumerate(config)]
    found = _REFERENCE.fullmatch(config) if isinstance(config, str) else None
    return config if found is None else _value(found[1], secrets, path[:200])


def _value(name: str, secrets: Mapping[str, str | None], path: str) -> str:
    if name not in secrets:
        raise InvalidConfig(
            f"{path}: the organization has no secret {name}; set it in the admin, under Secrets."
        )
    if (value := secrets[name]) is None:
        raise InvalidConfig(
            f"{path}: the secret {name} cannot be decrypted; set it anew in the admin, or ask "
            "whoever runs the platform to check SECRETS_KEY."
        )
    return value


class Scrubber:
    """Replaces known values by `…`. Values of fewer than 6 characters are left: they would be found
    in every other word. A value that an agent changed, or sent in pieces, is not recognized."""

    def __init__(self, values: Collection[str | None]) -> None:
        long = {value for value in values if value and len(value) >= _SHORTEST}
        self._values = sorted(long, key=len, reverse=True)  # one may begin with another
        self._written = [json.dumps(value, ensure_ascii=False)[1:-1] for value in self._values]

    def text(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, _GONE)
        return text

    def json(self, text: str) -> str:
        """JSON text with its strings scrubbed."""
        if not any(written in text for written in self._written):
            return text
        return to_json(self.value(json.loads(text)))

    def value(self, value: Any) -> Any:
        """A value of dicts, lists and plain values, keys included."""
        if not self._values:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(inner) for inner in value]
        return value
