"""How the input's tables are documented: types of fields whose values pydantic does not look into,
because it would copy every cell only to say less about it. `reading` checks them.
"""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

_RECORDS = {"type": "array", "items": {"type": "object"}}
_COLUMNS = {"type": "object", "additionalProperties": {"type": "array"}}
_CSV = {"type": "string", "description": "CSV text; the first row names the columns."}
_SPLIT = {
    "type": "object",
    "properties": {
        "columns": {"type": "array", "items": {"type": "string"}},
        "data": {"type": "array", "items": {"type": "array"}},
    },
    "required": ["columns", "data"],
}
_JSONL = {"type": "string", "description": "JSON lines: one object per line."}
_DATA = {"anyOf": [_RECORDS, _COLUMNS, _CSV], "description": "Records, columns or CSV text."}

Records = Annotated[Any, WithJsonSchema(_RECORDS)]
Columns = Annotated[Any, WithJsonSchema(_COLUMNS)]
Split = Annotated[Any, WithJsonSchema(_SPLIT)]
Csv = Annotated[Any, WithJsonSchema(_CSV)]
JsonLines = Annotated[Any, WithJsonSchema(_JSONL)]
Data = Annotated[Any, WithJsonSchema(_DATA)]
Tables = Annotated[
    dict[str, Data],
    Field(max_length=20, description="Other tables by name, for join and append: as data."),
]
