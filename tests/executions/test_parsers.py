"""The strict JSON reader of request bodies, without a server around it."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from executions.parsers import MAX_DEPTH, loads

# What JSON text can say: no lone surrogates, no NUL, only finite numbers.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)
OBJECTS = st.dictionaries(TEXT, VALUES)


@given(OBJECTS, st.booleans(), st.sampled_from([None, 2]))
def test_any_object_that_json_can_say_is_read_as_it_was_written(
    value: dict[str, Any], escaped: bool, indent: int | None
) -> None:
    body = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    assert loads(body) == value


@given(st.binary() | TEXT.map(str.encode) | OBJECTS.map(lambda value: json.dumps(value).encode()))
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b"-")
@example(b"1e999999999")
@example(b"9" * 10_000)
@example(b'"\\ud800"')
@example(b'{"\\ud800":1,"\\ud800":2}')
@example(b"\xff\xfe{\x00}\x00")
def test_any_bytes_are_read_or_refused_and_what_is_read_can_be_written_again(body: bytes) -> None:
    try:
        value = loads(body)
    except ParseError as refused:
        str(refused.detail).encode()  # the reason can be sent: no half of a surrogate pair
        return
    text = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    assert b"\x00" not in text
    assert loads(text) == value


@given(st.text(st.sampled_from('{}[]",:\\u0d8ce1.+-NaIfinty \n'), max_size=60))
def test_texts_made_of_json_characters_raise_nothing_but_parse_errors(text: str) -> None:
    try:
        loads(text.encode())
    except ParseError as refused:
        str(refused.detail).encode()


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_the_deepest_nesting_that_is_read(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    loads(nested(MAX_DEPTH + 1))  # the first level is the request's own
    with pytest.raises(ParseError, match="deeper than 100"):
        loads(nested(MAX_DEPTH + 2))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1"),
        (b'{"a": 1,\n "b": }', "line 2"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": 1e999}', "1e999"),
        (b'{"a": "\xff"}', "byte 7"),
        (b'{"a": 1, "a": 2}', '"a"'),
    ],
)
def test_the_reason_says_where_to_look(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as refused:
        loads(body)
    assert reason in str(refused.value.detail)
