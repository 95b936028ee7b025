"""The NLP agent: a text through a language model, in one of the ways of `agents.chat.operations`.

The web process imports this cheaply; openai comes in with `agents.chat.servers` when the host
process preloads or runs it.
"""

from typing import Any

from pydantic_core import PydanticCustomError

from agents.base import BaseAgent
from agents.chat.config import NlpConfig, places
from agents.chat.endpoint import Endpoint, Place, choose_endpoint
from agents.chat.input import NlpInput
from agents.chat.job import Job, merged
from agents.chat.operations import OPERATIONS, Name
from agents.chat.output import NlpOutput
from agents.chat.parts import Patience
from agents.chat.question import Model
from agents.chat.tally import Tally
from agents.errors import InvalidConfig, InvalidInput
from agents.parsing import parsed


class NLPAgent(BaseAgent):
    """Input `{"text": …}` and, for complete, `{"messages": [{"role", "content"}, …]}` or, for
    embed, `{"texts": […]}`; `operation` in the input, else in the config, else complete.

    complete: `{"processed_text", "model", "finish_reason", "usage"}`; summarize and translate the
    same with `operation` and `parts`; classify: `label`, `labels`; extract: `data`; sentiment:
    `sentiment`, `score`; embed: `embeddings`, `dimensions`. usage is `{"input_tokens",
    "output_tokens", "cost_usd"}` of the whole run. finish_reason `length` means that the text was
    cut at max_tokens; JSON that was cut fails the run, and so does a refusal.
    """

    name = "nlp"
    aliases = ("nlp_processor", "nlp_agent")
    about = "Writes, summarizes, translates, classifies and reads out facts with a language model."
    lane = "io"
    requires = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL")

    Config = NlpConfig
    Input = NlpInput
    Output = NlpOutput

    @classmethod
    def preload(cls) -> None:
        """Import openai: more than a second."""
        import openai.resources.chat.completions  # noqa: PLC0415  lazy inside openai
        import openai.resources.embeddings  # noqa: F401, PLC0415

        import agents.chat.servers  # noqa: F401, PLC0415

    async def execute(self, input_data: Any) -> dict[str, Any]:
        """The shapes are the class's. Raises AgentErrors, see `agents.chat.failures`. Whatever
        happens, what was used by then is reported."""
        config = parsed(NlpConfig, self.config, root="config", error=InvalidConfig)
        request = parsed(NlpInput, input_data, root="input_data", error=InvalidInput)
        operation = request.operation or config.operation
        _check_source(request, operation)
        tally = Tally(config.prices)
        job = self._job(request, config, self._model(request, config, operation, tally))
        options = merged(OPERATIONS[operation].options, request, config)
        try:
            output = await OPERATIONS[operation].run(job, options)
        finally:
            for usage in tally.usages():
                self.context.usage(usage)
        return output.model_dump()

    def _job(self, request: NlpInput, config: NlpConfig, model: Model) -> Job:
        return Job(
            model=model,
            context=self.context,
            patience=Patience(
                parallel=config.parallel, retries=config.part_retries, context=self.context
            ),
            text=request.text,
            texts=request.texts,
            messages=[message.model_dump() for message in request.messages or ()] or None,
            system_prompt=_first(request.system_prompt, config.system_prompt),
            part_tokens=config.part_tokens,
            repairs=config.repairs,
        )

    def _model(self, request: NlpInput, config: NlpConfig, operation: Name, tally: Tally) -> Model:
        from agents.chat.servers import Sampling, Servers  # noqa: PLC0415  brings openai in

        if operation == "embed" and not config.model:
            raise InvalidConfig(
                "config.model is missing: embed needs an embedding model, which the platform's "
                "OPENAI_MODEL is not."
            )
        sampling = Sampling(
            temperature=_first(request.temperature, config.temperature),
            max_tokens=_first(request.max_tokens, config.max_tokens),
            timeout_s=config.timeout_s,
            stream=bool(_first(request.stream, config.stream)),
        )
        endpoints = [self._endpoint(place) for place in places(config)]
        return Servers(endpoints, sampling=sampling, context=self.context, tally=tally)

    def _endpoint(self, place: Place) -> Endpoint:
        return choose_endpoint(
            place,
            org_id=self.org_id,
            secrets=self.context.secrets,
            outbound=self.context.outbound,
        )


def _check_source(request: NlpInput, operation: Name) -> None:
    try:
        request.check_source(operation)
    except PydanticCustomError as error:
        raise InvalidInput(f"input_data: {error.message()}") from None


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
