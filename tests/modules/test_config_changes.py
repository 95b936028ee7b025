"""What people are told about two versions of a config."""

import json
from typing import Any

import pytest

from modules.config_changes import Change, changes
from modules.config_version import ConfigVersion


def version(config: Any = None, *, agent: str = "echo", endpoint: str | None = None,
            text: str | None = None) -> ConfigVersion:  # fmt: skip
    stored = text if config is None else json.dumps(config)
    return ConfigVersion(version=1, python_module=agent, endpoint=endpoint, config=stored)


def told(before: Any, after: Any) -> list[tuple[str, str | None, str | None]]:
    found = changes(version(before), version(after))
    return [(change.path, change.before, change.after) for change in found]


def test_each_place_that_differs_is_told() -> None:
    before = {"model": "a", "same": 1, "steps": [{"id": "x"}, {"id": "y"}], "gone": None}
    after = {"model": "b", "same": 1, "steps": [{"id": "x"}, {"id": "z"}], "new": ["q"]}
    assert told(before, after) == [
        ("config.gone", "null", None),
        ("config.model", "a", "b"),
        ("config.new.0", None, "q"),
        ("config.steps.1.id", "y", "z"),
    ]


def test_the_first_version_is_all_new() -> None:
    found = changes(None, version({"n": 1}, agent="nlp", endpoint="https://example.com"))
    assert found == (
        Change(path="agent", before=None, after="nlp"),
        Change(path="config.n", before=None, after="1"),
        Change(path="endpoint", before=None, after="https://example.com"),
    )


@pytest.mark.parametrize(
    ("before", "after"), [(1, True), (1, 1.0), ({}, []), ("1", 1), (None, "null"), ([], None)]
)
def test_what_only_python_takes_for_equal_is_a_change(before: Any, after: Any) -> None:
    assert [path for path, _, _ in told({"a": before}, {"a": after})] == ["config.a"]


def test_that_a_secret_was_changed_is_told_and_not_to_what() -> None:
    before = {"api_key": "hunter2", "auth": {"tokens": ["abc"]}, "max_tokens": 5}
    after = {"api_key": "hunter3", "auth": {"tokens": ["abd"]}, "max_tokens": 6}
    assert told(before, after) == [
        ("config.api_key", "(hidden)", "(hidden)"),
        ("config.auth.tokens.0", "(hidden)", "(hidden)"),
        ("config.max_tokens", "5", "6"),
    ]


def test_references_are_shown() -> None:
    before, after = {"api_key": "hunter2"}, {"api_key": "${{ secrets.KEY }}"}
    assert told(before, after) == [("config.api_key", "(hidden)", "${{ secrets.KEY }}")]


def test_an_address_is_shown_without_its_password() -> None:
    before = version(endpoint="https://ann:hunter2@example.com/a")
    after = version(endpoint="https://ann:hunter3@example.com/a")
    [change] = changes(before, after)
    assert (change.before, change.after) == ("https://example.com/a", "https://example.com/a")


def test_a_text_that_is_no_json_is_told_and_not_shown() -> None:
    [change] = changes(version(text='{"api_key": "hunter2"'), version(text='{"api_key": "hunter3"'))
    assert "hunter" not in f"{change.before}{change.after}"
    assert change.path == "config"


def test_a_text_that_is_only_written_in_another_way_is_no_change() -> None:
    assert changes(version(text='{"a":1,"b":2}'), version(text='{ "b": 2, "a": 1 }')) == ()


def test_long_values_begin() -> None:
    [(_, _, after)] = told({}, {"text": "x" * 1000})[-1:]
    assert after == "x" * 300 + "…"
