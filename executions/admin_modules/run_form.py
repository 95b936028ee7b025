"""The form of Run now: what it begins with, what came back, and what was wrong with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from agents.kit.description import schemas
from agents.validation import readable
from executions.admin_modules import by_hand, starting_input
from executions.admin_modules.starting_input import Start
from executions.admin_modules.uploads import UnusableFile, endings, with_file
from executions.again import Config
from executions.errors import ExecutionError, InvalidInputData, InvalidRequest
from modules.errors import InvalidModuleConfig, ModuleError
from modules.models import Module
from modules.registry import RegisteredAgent
from platform_agents.schema_forms import ABSENT, Field, fields_of
from platform_agents.schema_forms.editor import Editor
from platform_agents.shared_schema.strict_json import parse

NAME = "input_data"
"""The root of the paths in what `dispatch.submit` finds."""


@dataclass(kw_only=True)
class RunForm:
    """start: what it began with. earlier: the execution that is run again, "" for a new run.
    config: which one an execution is run again with. errors: those that stand at no field."""

    module: Module
    agent: RegisteredAgent
    start: Start
    editor: Editor
    earlier: str = ""
    config: Config = "current"
    file: Any = None
    errors: list[str] = field(default_factory=list)

    @classmethod
    def new(cls, module: Module, agent: RegisteredAgent, *, earlier: str) -> "RunForm":
        start = starting_input.of_execution(module, earlier) if earlier else None
        again = earlier if start is not None else ""
        start = start or starting_input.of_last(module, agent)
        value = ABSENT if start.too_large else start.value
        editor = Editor(field=_field(agent), name=NAME, value=value)
        return cls(module=module, agent=agent, start=start, editor=editor, earlier=again)

    @classmethod
    def sent(
        cls,
        module: Module,
        agent: RegisteredAgent,
        post: Mapping[str, str],
        files: Mapping[str, Any],
    ) -> "RunForm":
        """`begun_with` names the execution whose input stood in the form."""
        begun = post.get("begun_with", "")
        start = (starting_input.of_execution(module, begun) if begun else None) or Start()
        editor = Editor.sent(_field(agent), post, name=NAME, earlier=start.value)
        return cls(
            module=module, agent=agent, start=start, editor=editor,
            earlier=begun if post.get("again") and start.execution_id else "",
            config="same" if post.get("config") == "same" else "current",
            file=files.get("file"),
        )  # fmt: skip

    @property
    def endings(self) -> str:
        return endings(self.agent)

    def html(self) -> SafeString:
        return self.editor.html()

    def reads(self) -> bool:
        """Whether to submit: everything could be read, and not only another tab was asked for."""
        return not self.editor.errors and not self.editor.only_shown

    def submit(self, *, by: str, address: str) -> str | None:
        """The new execution's id; None with the reasons in `errors` and at the fields."""
        try:
            return self._submitted(self._input(), by=by, address=address)
        except UnusableFile as unusable:
            self.errors.append(str(unusable))
        except InvalidRequest as refused:
            self.editor.wrong(refused.errors or {NAME: [str(refused)]})
        except InvalidModuleConfig as refused:
            self.errors.append(f"{refused} {readable(refused.errors)}")
        except (ModuleError, ExecutionError) as refused:
            self.errors.append(str(refused))
        return None

    def _submitted(self, value: dict[str, Any], *, by: str, address: str) -> str:
        if not self.earlier:
            return by_hand.run(self.module, value, by=by, address=address)
        return by_hand.again(
            self.module, self.earlier, value, config=self.config, by=by, address=address
        )

    def _input(self) -> Any:
        value = {} if self.editor.value is ABSENT else _strict(self.editor.value)
        return with_file(self.agent, value, self.file) if self.file else value


def _strict(value: Any) -> Any:
    """Raises InvalidInputData for what a call's body could not hold either."""
    try:
        return parse(json.dumps(value))
    except ValueError as error:
        raise InvalidInputData("The input is not valid JSON.", {NAME: [str(error)]}) from error


def _field(agent: RegisteredAgent) -> Field | None:
    schema = schemas(agent.cls)["input"]
    return None if schema is None else fields_of(schema)
