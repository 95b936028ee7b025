"""JSON Schemas of the types that routes name, as components. pydantic makes them."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

_AT = "#/components/schemas/{model}"


class _WithoutTitles(GenerateJsonSchema):
    """A title per field would only say the field's name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Schemas:
    """of(type): its schema, a reference where it is a component."""

    def __init__(self, *, sent: Iterable[Any], answered: Iterable[Any]) -> None:
        wanted = [*_keyed(sent, "validation"), *_keyed(answered, "serialization")]
        inputs = [(key, mode, TypeAdapter(key)) for key, mode in wanted]
        made, rest = TypeAdapter.json_schemas(
            inputs, ref_template=_AT, schema_generator=_WithoutTitles
        )
        self._of = {key: schema for (key, _), schema in made.items()}
        self.components: dict[str, Any] = rest.get("$defs", {})
        for component in self.components.values():
            component.pop("title", None)

    def of(self, type_: Any) -> Any:
        return self._of[type_]

    def parameters(self, model: type[BaseModel]) -> list[dict[str, Any]]:
        """The fields of a model of the query string."""
        schema = TypeAdapter(model).json_schema(schema_generator=_WithoutTitles)
        required, found = schema.get("required", []), schema["properties"]
        return [
            _parameter(name, found[name], name in required, schema.get("$defs", {}))
            for name in found
        ]


def _parameter(
    name: str, schema: dict[str, Any], required: bool, definitions: dict[str, Any]
) -> dict[str, Any]:
    """A parameter that is not given is not null."""
    shown = next((one for one in schema.get("anyOf", []) if one != {"type": "null"}), schema)
    shown = definitions.get(shown.get("$ref", "").rpartition("/")[2], shown)
    what = schema.get("description", "")
    kept = {key: value for key, value in shown.items() if key not in ("title", "description")}
    if "default" in kept and kept["default"] is None:
        del kept["default"]
    return {"name": name, "in": "query", "required": required, "schema": kept} | (
        {"description": what} if what else {}
    )


def _keyed(types: Iterable[Any], mode: JsonSchemaMode) -> list[tuple[Any, JsonSchemaMode]]:
    return [(type_, mode) for type_ in dict.fromkeys(types)]
