"""The data agent: statistics, an overview or a cleaned copy of a table sent as JSON or CSV.

Only its models live here, so that the web process can import it cheaply; pandas comes in with
`agents.tables` when the host process preloads or runs it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from agents.base import BaseAgent
from agents.errors import InvalidConfig, InvalidInput
from agents.parsing import parsed
from agents.tables.clean_options import CleanOptions
from agents.tables.csv_text import MISSING, from_csv
from agents.tables.table import Limits, Table, from_columns, from_records, kind

Operation = Literal["describe", "summary", "clean"]
SOURCES = ("data", "records", "columns", "csv")

# Any, and checked by `agents.tables`: pydantic would copy every cell only to say less about it.
_RECORDS = {"type": "array", "items": {"type": "object"}}
_COLUMNS = {"type": "object", "additionalProperties": {"type": "array"}}
_CSV = {"type": "string", "description": "CSV text; the first row names the columns."}
_DATA = {"anyOf": [_RECORDS, _COLUMNS, _CSV], "description": "Records, columns or CSV text."}


class DataAgent(BaseAgent):
    """Input `{"data": …}`; `operation` in the input, else in the config, else describe.

    describe: `{"operation", "rows", "columns": {name: {"type", "count", "missing", …}}}` with, by
    type: integer, number, decimal: mean, std, min, 25%, 50%, 75%, max as pandas computes them;
    text, boolean, mixed, object: unique, top, freq; date, datetime: unique, min, max (ISO 8601).
    summary: `{"operation", "rows", "shape", "missing", "columns": {name: {"type", "missing",
    "distinct", "examples"}}}`. clean: `{"operation", "rows", "columns": [name], "report",
    "records"}`, see `agents.tables.cleaning`. A statistic that does not exist is null; integers
    beyond 2**53 - 1 and decimals arrive as text.
    """

    name = "data"
    aliases = ("data_processor", "data_agent")
    lane = "cpu"

    class Config(BaseModel):
        """The module's defaults, and the largest table it takes."""

        operation: Operation = "describe"
        clean: CleanOptions = CleanOptions()
        missing: list[str] = Field(
            default=sorted(MISSING), description="CSV cells that mean: no value."
        )
        max_rows: int = Field(default=1_000_000, ge=1, le=10_000_000)
        max_columns: int = Field(default=1_000, ge=1, le=10_000)
        max_cells: int = Field(default=10_000_000, ge=1, le=100_000_000)

    class Input(BaseModel):
        """Exactly one of data, records, columns and csv."""

        operation: Operation | None = None
        data: Annotated[Any, WithJsonSchema(_DATA)] = None
        records: Annotated[Any, WithJsonSchema(_RECORDS)] = None
        columns: Annotated[Any, WithJsonSchema(_COLUMNS)] = None
        csv: Annotated[Any, WithJsonSchema(_CSV)] = None
        delimiter: Literal[",", ";", "\t", "|", ":"] | None = Field(
            default=None, description="Of CSV text; detected without it."
        )
        decimal: Literal[".", ","] = Field(default=".", description="Decimal mark of CSV text.")
        missing: list[str] | None = Field(default=None, description="In place of the config's.")
        clean: CleanOptions | None = Field(default=None, description="In place of the config's.")

        @model_validator(mode="after")
        def _has_one_source(self) -> Self:
            given = [name for name in SOURCES if getattr(self, name) is not None]
            if len(given) == 1:
                return self
            raise PydanticCustomError(
                "data_source",
                "Expected exactly one of data, records, columns and csv; got {given}.",
                {"given": " and ".join(given) or "none"},
            )

    @classmethod
    def preload(cls) -> None:
        """Import pandas: most of a second, 60 MB."""
        import agents.tables.cleaning  # noqa: F401, PLC0415

    async def execute(self, input_data: Any) -> dict[str, Any]:
        """The shapes are the class's. Raises InvalidInput, InvalidConfig."""
        config = parsed(self.Config, self.config, root="config", error=InvalidConfig)
        request = parsed(self.Input, input_data, root="input_data", error=InvalidInput)
        table = _table(request, config)
        operation = request.operation or config.operation
        return {"operation": operation} | _run(operation, table, request.clean or config.clean)


def _table(request: DataAgent.Input, config: DataAgent.Config) -> Table:
    limits = Limits(rows=config.max_rows, columns=config.max_columns, cells=config.max_cells)
    source = next(name for name in SOURCES if getattr(request, name) is not None)
    value, path = getattr(request, source), f"input_data.{source}"
    if source == "data":
        source = {"a list": "records", "an object": "columns"}.get(kind(value), "csv")
    if source == "records":
        return from_records(value, path=path, limits=limits)
    if source == "columns":
        return from_columns(value, path=path, limits=limits)
    if not isinstance(value, str):
        expected = "CSV text" if path.endswith("csv") else "records, columns or CSV text"
        raise InvalidInput(f"{path} is {kind(value)}; expected {expected}.")
    missing = config.missing if request.missing is None else request.missing
    return from_csv(
        value, path=path, limits=limits, delimiter=request.delimiter, decimal=request.decimal,
        missing=frozenset(missing),
    )  # fmt: skip


def _run(operation: Operation, table: Table, options: CleanOptions) -> dict[str, Any]:
    from agents.tables import cleaning, overview, statistics  # noqa: PLC0415  brings pandas in

    if operation == "summary":
        return {"rows": table.rows} | overview.summary(table)
    if operation == "describe":
        return {"rows": table.rows, "columns": statistics.describe(table)}
    cleaned, report = cleaning.clean(table, options)
    return {
        "rows": cleaned.rows,
        "columns": list(cleaned.columns),
        "report": report,
        "records": cleaned.records(),
    }
