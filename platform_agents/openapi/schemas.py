"""JSON Schemas of the types that routes name, as components. pydantic makes them."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter
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


def _keyed(types: Iterable[Any], mode: JsonSchemaMode) -> list[tuple[Any, JsonSchemaMode]]:
    return [(type_, mode) for type_ in dict.fromkeys(types)]
