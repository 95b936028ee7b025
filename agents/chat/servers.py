"""The `Model` that operations ask: the module's server, and after it its fallback models.

A fallback is asked when the one before it could not answer: out of reach, overloaded, failing, or
without the model. A refusal, a wrong key or a bad request ends the run at once, because it is an
answer. Made by `agents.nlp` for one run; the only caller of `completion` and `embeddings`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agents.base import AgentContext, Usage
from agents.chat.completion import complete
from agents.chat.embeddings import embed
from agents.chat.endpoint import Endpoint
from agents.chat.failures import RequestRefused
from agents.chat.question import Answer, Message, Question, ResponseFormat, Tokens, Vectors
from agents.chat.tally import Tally
from agents.chat.token_events import TokenEvents
from agents.errors import AgentError, PermanentError, RateLimited, TransientError

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """What every question of a run has in common; timeout_s is for one request."""

    temperature: float | None
    max_tokens: int | None
    timeout_s: float
    stream: bool


class Servers:
    """endpoints in the order in which they are asked."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        *,
        sampling: Sampling,
        context: AgentContext,
        tally: Tally,
    ) -> None:
        self._endpoints = list(endpoints)
        self._sampling = sampling
        self._context = context
        self._tally = tally
        self._behind: set[Endpoint] = set()
        self._formats_refused: dict[Endpoint, int] = {}

    async def ask(
        self,
        messages: Sequence[Message],
        *,
        formats: Sequence[ResponseFormat] = (None,),
        streamed: bool = False,
    ) -> Answer:
        """See `Model`. Text that a try streamed before it broke off is reported as void."""
        question = Question(
            messages=messages,
            temperature=self._sampling.temperature,
            max_tokens=self._sampling.max_tokens,
        )
        streamed = streamed and self._sampling.stream
        _, answer = await self._first(
            lambda endpoint: self._in_a_known_format(question, endpoint, formats, streamed)
        )
        return answer

    async def embed(self, texts: Sequence[str], *, dimensions: int | None) -> Vectors:
        """See `Model`: vectors of different models cannot be compared, so the first to answer is
        asked for the rest, too."""
        endpoint, vectors = await self._first(
            lambda endpoint: embed(
                texts,
                endpoint,
                dimensions=dimensions,
                timeout_s=self._timeout_s(),
                on_usage=self._counting(endpoint),
            )
        )
        self._endpoints = [endpoint]
        return vectors

    def spent(self) -> Tokens:
        """See `Model`."""
        return self._tally.total()

    async def _in_a_known_format(
        self,
        question: Question,
        endpoint: Endpoint,
        formats: Sequence[ResponseFormat],
        streamed: bool,
    ) -> Answer:
        for number in range(self._formats_refused.get(endpoint, 0), len(formats) - 1):
            try:
                formatted = replace(question, response_format=formats[number])
                return await self._complete(formatted, endpoint, streamed)
            except RequestRefused as error:
                if not error.is_format_unknown:
                    raise
                self._formats_refused[endpoint] = number + 1
                self._context.log(f"{endpoint.model} is asked for plainer JSON: {error}")
        return await self._complete(
            replace(question, response_format=formats[-1]), endpoint, streamed
        )

    async def _complete(self, question: Question, endpoint: Endpoint, streamed: bool) -> Answer:
        events = TokenEvents(self._context.token) if streamed else None
        try:
            return await complete(
                question,
                endpoint,
                timeout_s=self._timeout_s(),
                on_usage=self._counting(endpoint),
                on_text=events.add if events else None,
            )
        except TransientError:
            if events and events.close():
                self._context.log("What was streamed so far is void.", level="warning")
            raise
        finally:
            if events:
                events.close()

    async def _first(self, ask: Callable[[Endpoint], Awaitable[T]]) -> tuple[Endpoint, T]:
        failures: list[AgentError] = []
        for endpoint in sorted(self._endpoints, key=self._behind.__contains__):
            try:
                return endpoint, await ask(endpoint)
            except (TransientError, RequestRefused) as error:
                if isinstance(error, RequestRefused) and not error.is_model_missing:
                    raise
                failures.append(error)
                self._report(endpoint, error)
                if not isinstance(error, RateLimited):
                    self._behind.add(endpoint)  # else each part of a long text waits for it again
        raise _all_failed(failures)

    def _report(self, endpoint: Endpoint, error: AgentError) -> None:
        if len(self._endpoints) == 1:
            return  # the run's error says it
        self._context.log(
            f"{endpoint.model} did not answer: {error}",
            level="warning", model=endpoint.model, code=error.code,
        )  # fmt: skip

    def _counting(self, endpoint: Endpoint) -> Callable[[Usage, int], None]:
        def count(usage: Usage, cached_tokens: int) -> None:
            self._tally.add(usage, asked=endpoint.model, cached_tokens=cached_tokens)

        return count

    def _timeout_s(self) -> float:
        remaining_s = self._context.remaining_s()
        if remaining_s is None:
            return self._sampling.timeout_s
        if remaining_s <= 0:
            raise TransientError("The run's time was up before the model could be asked.")
        return min(self._sampling.timeout_s, remaining_s)


def _all_failed(failures: Sequence[AgentError]) -> AgentError:
    """One that may pass, if any of them may."""
    if len(failures) == 1:
        return failures[0]
    text = f"None of {len(failures)} models answered. " + " ".join(map(str, failures))
    passing = [error for error in failures if isinstance(error, TransientError)]
    if not passing:
        return PermanentError(text)
    if all(isinstance(error, RateLimited) for error in passing):
        waits = [error.retry_after_s for error in passing if isinstance(error, RateLimited)]
        known = [wait for wait in waits if wait is not None]
        return RateLimited(text, retry_after_s=min(known, default=None))
    return TransientError(text)
