"""A file in place of a typed input: read, and put where its agent wants it. Called by `run_now`."""

from typing import Any

from django.conf import settings

from modules.registry import RegisteredAgent
from platform_agents.shared_schema.strict_json import parse

File = Any
"""What Django makes of a file that was sent."""


class UnusableFile(Exception):
    """The message is for whoever chose it."""


def endings(agent: RegisteredAgent) -> str:
    """`.csv, .json`, as the browser's dialog wants it; empty when the agent takes no files."""
    return ", ".join(f".{ending}" for ending in agent.cls.files)


def with_file(agent: RegisteredAgent, value: Any, file: File) -> dict[str, Any]:
    """The input with the file's content in its field. Raises UnusableFile."""
    ending = (file.name or "").rpartition(".")[2].lower()
    field = agent.cls.files.get(ending)
    if field is None:
        raise UnusableFile(f"Expected a file that ends with {endings(agent)}.")
    text = _text(file)
    rest = {k: v for k, v in value.items() if k not in agent.cls.file_replaces} if value else {}
    return {**rest, field: _json(text) if ending == "json" else text}


def _text(file: File) -> str:
    size, most = file.size or 0, settings.MAX_BODY_BYTES
    if size > most:
        raise UnusableFile(f"The file has {size:,} bytes; at most {most:,} are accepted.")
    try:
        text: str = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        why = "The file is no UTF-8 text. Save it as CSV UTF-8 or as JSON, and choose it again."
        raise UnusableFile(why) from error
    if "\x00" in text:
        raise UnusableFile("The file holds NUL characters; it is no text.")
    return text


def _json(text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise UnusableFile(f"The file is not valid JSON. {error}") from error
