"""A module's config as it may be shown: without what could be a secret.

Hidden is what the agent's Config marks as one (SecretStr, `writeOnly`, format `password`), and what
`platform_agents.masking` takes for one.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel

from agents.secrets import is_reference
from platform_agents.masking import is_secret, is_secret_pair, without_secrets

HIDDEN = "********"


def shown(config: Any, schema: type[BaseModel] | None) -> dict[str, Any] | None:
    """The same object with secrets replaced; None for a config that is no object. A Config that
    cannot say which fields are secret hides all of them."""
    if not isinstance(config, dict):
        return None
    marked = _marked_names(schema) if schema is not None else frozenset()
    if marked is None:
        return dict.fromkeys(config, HIDDEN)
    masked: dict[str, Any] = _masked(config, marked)
    return masked


def _masked(value: Any, marked: frozenset[str]) -> Any:
    if isinstance(value, dict):
        pair = is_secret_pair(value)
        return {
            key: _hidden(inner) if key in marked or (pair and key == "value")
            else _named(key, inner, marked)
            for key, inner in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_masked(inner, marked) for inner in value]
    return without_secrets(value, hidden=HIDDEN) if isinstance(value, str) else value


def _named(name: str, value: Any, marked: frozenset[str]) -> Any:
    return HIDDEN if is_secret(name, value) else _masked(value, marked)


def _hidden(value: Any) -> Any:
    says_nothing = value in (None, "") or isinstance(value, bool) or is_reference(value)
    return value if says_nothing else HIDDEN


@cache
def _marked_names(schema: type[BaseModel]) -> frozenset[str] | None:
    """Fields that are secret somewhere in the config, by either name; None when nobody can say."""
    try:
        written = [schema.model_json_schema(by_alias=by_alias) for by_alias in (True, False)]
    except Exception:  # noqa: BLE001 (the model is anybody's code)
        return None
    return frozenset(name for one in written for name in _marked_in(one, one.get("$defs", {})))


def _marked_in(schema: Any, defs: dict[str, Any]) -> Iterator[str]:
    if isinstance(schema, list):
        for inner in schema:
            yield from _marked_in(inner, defs)
    if not isinstance(schema, dict):
        return
    for name, field in (schema.get("properties") or {}).items():
        if _is_marked(field, defs):
            yield name
    for inner in schema.values():
        yield from _marked_in(inner, defs)


def _is_marked(field: Any, defs: dict[str, Any], depth: int = 8) -> bool:
    """Whether the field's own value is a secret; an object with a secret inside is not one."""
    if isinstance(field, list):
        return any(_is_marked(inner, defs, depth) for inner in field)
    if not isinstance(field, dict) or not depth:
        return False
    if field.get("writeOnly") is True or field.get("format") == "password":
        return True
    target = defs.get(str(field.get("$ref", "")).rpartition("/")[2], {})
    if "properties" not in target and _is_marked(target, defs, depth - 1):
        return True
    inner = (field.get(name) for name in ("anyOf", "allOf", "oneOf", "items", "prefixItems",
                                          "additionalProperties"))  # fmt: skip
    return any(_is_marked(one, defs, depth - 1) for one in inner)
