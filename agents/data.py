"""The data agent: one operation, or a pipeline of them, on a table sent as JSON or CSV.

Only its models live here, so that the web process can import it cheaply; pandas comes in with
`agents.tables.pipeline` when the host process preloads or runs it. Steps: `agents.tables.steps`.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from agents.base import BaseAgent
from agents.errors import InvalidConfig, InvalidInput
from agents.parsing import parsed
from agents.tables.clean_options import CleanOptions
from agents.tables.csv_text import MISSING
from agents.tables.reading import SOURCES, Reader
from agents.tables.sources import Columns, Csv, Data, JsonLines, Records, Split, Tables
from agents.tables.steps import Pipeline
from agents.tables.table import Limits, Table, first_rows

Operation = Literal["describe", "summary", "clean"]


class DataAgent(BaseAgent):
    """Input `{"data": …}`; `pipeline` or `operation` in the input, else in the config, else
    describe.

    describe: `{"operation", "rows", "columns": {name: {"type", "count", "missing", …}}}` with, by
    type: integer, number, decimal: mean, std, min, 25%, 50%, 75%, max as pandas computes them;
    text, boolean, mixed, object: unique, top, freq; date, datetime: unique, min, max (ISO 8601).
    summary: `{"operation", "rows", "shape", "missing", "columns": {name: {"type", "missing",
    "distinct", "examples"}}}`. clean: `{"operation", "rows", "columns": [name], "report",
    "records"}`, see `agents.tables.cleaning`. A pipeline: `{"rows", "columns": [name], "data":
    [record], "truncated", "reports": {name: report}, "steps": [{"op", "rows"}]}`, see
    docs/agents/data.md. A statistic that does not exist is null; integers beyond 2**53 - 1 and
    decimals arrive as text.
    """

    name = "data"
    aliases = ("data_processor", "data_agent")
    about = "Describes, cleans and reshapes tables, with charts and reports."
    files: ClassVar[Mapping[str, str]] = {
        "csv": "csv", "tsv": "csv", "txt": "csv", "json": "data", "jsonl": "jsonl",
    }  # fmt: skip
    file_replaces = SOURCES
    lane = "cpu"

    class Config(BaseModel):
        """The module's defaults, and the largest table it takes or makes."""

        operation: Operation = "describe"
        pipeline: Pipeline | None = Field(
            default=None, description="Steps, one after the other, in place of the operation."
        )
        tables: Tables = {}
        clean: CleanOptions = CleanOptions()
        missing: list[str] = Field(
            default=sorted(MISSING), description="CSV cells that mean: no value."
        )
        max_rows: int = Field(default=1_000_000, ge=1, le=10_000_000)
        max_columns: int = Field(default=1_000, ge=1, le=10_000)
        max_cells: int = Field(default=10_000_000, ge=1, le=100_000_000)
        max_output_rows: int = Field(
            default=10_000, ge=0, le=1_000_000, description="Of a pipeline's data; more are cut."
        )
        max_output_cells: int = Field(default=1_000_000, ge=0, le=10_000_000)

    class Input(BaseModel):
        """Exactly one of data, records, columns, split, csv and jsonl."""

        operation: Operation | None = None
        pipeline: Pipeline | None = Field(
            default=None, description="Steps, one after the other, in place of the config's."
        )
        tables: Tables | None = Field(default=None, description="Beside the config's.")
        output_rows: int | None = Field(
            default=None, ge=0, description="Rows of a pipeline's data; fewer than the config's."
        )
        data: Data = None
        records: Records = None
        columns: Columns = None
        split: Split = None
        csv: Csv = None
        jsonl: JsonLines = None
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
                "Expected exactly one of data, records, columns and csv; got {given}. Also "
                "possible: split and jsonl.",
                {"given": " and ".join(given) or "none"},
            )

        @model_validator(mode="after")
        def _has_one_wish(self) -> Self:
            if self.operation is None or self.pipeline is None:
                return self
            raise PydanticCustomError(
                "data_wish", "Expected either operation or pipeline, not both."
            )

    @classmethod
    def preload(cls) -> None:
        """Import pandas: most of a second, 60 MB."""
        import agents.tables.pipeline  # noqa: F401, PLC0415

    async def execute(self, input_data: Any) -> dict[str, Any]:
        """The shapes are the class's. Raises InvalidInput, InvalidConfig."""
        config = parsed(self.Config, self.config, root="config", error=InvalidConfig)
        request = parsed(self.Input, input_data, root="input_data", error=InvalidInput)
        reader = _reader(request, config)
        table = _table(request, reader)
        if request.pipeline is not None or (request.operation is None and config.pipeline):
            return _pipeline(table, request, config, reader)
        operation = request.operation or config.operation
        return {"operation": operation} | _run(operation, table, request.clean or config.clean)


def _table(request: DataAgent.Input, reader: Reader) -> Table:
    source = next(name for name in SOURCES if getattr(request, name) is not None)
    return reader.table(getattr(request, source), source=source, path=f"input_data.{source}")


def _reader(request: DataAgent.Input, config: DataAgent.Config) -> Reader:
    return Reader(
        limits=Limits(rows=config.max_rows, columns=config.max_columns, cells=config.max_cells),
        missing=frozenset(config.missing if request.missing is None else request.missing),
        delimiter=request.delimiter,
        decimal=request.decimal,
    )


def _others(request: DataAgent.Input, config: DataAgent.Config, reader: Reader) -> dict[str, Table]:
    """Of the input and, unless it has one of the same name, of the config."""
    places = {name: (value, "config") for name, value in config.tables.items()}
    places |= {name: (value, "input_data") for name, value in (request.tables or {}).items()}
    return {
        name: reader.table(value, source="data", path=f"{root}.tables.{name}")
        for name, (value, root) in places.items()
    }


def _most_rows(request: DataAgent.Input, config: DataAgent.Config, table: Table) -> int:
    wanted = config.max_output_rows if request.output_rows is None else request.output_rows
    by_cells = config.max_output_cells // max(1, len(table.columns))
    return min(table.rows, wanted, config.max_output_rows, by_cells)


def _pipeline(
    table: Table, request: DataAgent.Input, config: DataAgent.Config, reader: Reader
) -> dict[str, Any]:
    from agents.tables import pipeline  # noqa: PLC0415  brings pandas in

    root, steps = "input_data", request.pipeline
    if steps is None:
        root, steps = "config", config.pipeline
    table, reports, done = pipeline.run(
        table, steps or [], path=f"{root}.pipeline", limits=reader.limits,
        tables=_others(request, config, reader),
    )  # fmt: skip
    rows = _most_rows(request, config, table)
    return {
        "rows": table.rows,
        "columns": list(table.columns),
        "data": first_rows(table, rows).records(),
        "truncated": rows < table.rows,
        "reports": reports,
        "steps": done,
    }


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
