"""What a workflow is: the config of a module of the automation agent, as pydantic models.

Unknown fields are refused. What pydantic cannot say (steps that exist, cycles, expressions) is
checked by `agents.workflow.validation`, on the same occasion and with the same paths.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from agents.workflow import validation

StepId = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$", max_length=64)]
Uses = Literal["module", "data", "http", "set", "wait", "notify", "approval"]

MOST_STEPS = 100


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retry(_Strict):
    """attempts: in all. Pauses double from delay_s up to max_delay_s."""

    attempts: int = Field(default=3, ge=1, le=10)
    delay_s: float = Field(default=1, ge=0, le=3600)
    max_delay_s: float = Field(default=60, ge=0, le=3600)


class ForEach(_Strict):
    """items: a list, or an expression that gives one; at most 1,000."""

    items: str | list[Any]
    concurrency: int = Field(default=5, ge=1, le=50)


class Fallback(_Strict):
    """The step that runs in place of one that failed."""

    fallback: StepId


class Step(_Strict):
    id: StepId
    uses: Uses
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    needs: list[StepId] = Field(default_factory=list, max_length=MOST_STEPS)
    if_: bool | str | None = Field(default=None, alias="if")
    for_each: ForEach | None = None
    retry: Retry = Retry(attempts=1)
    timeout_s: float | None = Field(
        default=None, gt=0, le=86_400, validation_alias=AliasChoices("timeout_s", "timeout")
    )
    on_error: Literal["fail", "continue"] | Fallback = "fail"
    idempotency: Literal["key", "none"] = "key"
    output: Any = None

    @field_validator("for_each", mode="before")
    @classmethod
    def _items_alone(cls, value: Any) -> Any:
        return {"items": value} if isinstance(value, (str, list)) else value

    @field_validator("on_error", mode="before")
    @classmethod
    def _known_end(cls, value: Any) -> Any:
        """One finding, where pydantic would have one for each of the forms."""
        if value in ("fail", "continue"):
            return value
        if isinstance(value, (dict, Fallback)):
            return Fallback.model_validate(value)
        expected = 'fail, continue or {"fallback": "STEP"}'
        raise PydanticCustomError("on_error", "Expected {expected}.", {"expected": expected})

    @property
    def fallback(self) -> str | None:
        return self.on_error.fallback if isinstance(self.on_error, Fallback) else None


class Workflow(_Strict):
    """Steps, and what the execution gives: `output`, or the outputs of the last steps by id."""

    steps: list[Step] = Field(min_length=1, max_length=MOST_STEPS)
    output: Any = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if found := validation.findings(self):
            raise ValidationError.from_exception_data(
                "Workflow",
                [
                    InitErrorDetails(
                        type=PydanticCustomError("workflow", "{why}", {"why": finding.why}),
                        loc=finding.path,
                        input=None,
                    )
                    for finding in found
                ],
            )
        return self

    def fallbacks(self) -> dict[str, str]:
        """{the step that stands in: the one it stands in for}."""
        return {step.fallback: step.id for step in self.steps if step.fallback is not None}
