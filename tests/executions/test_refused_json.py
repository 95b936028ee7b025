"""POST /execute with bodies that are not JSON, or not JSON that everybody reads the same way."""

import json
from collections.abc import Iterator

import pytest

from tests.executions.conftest import Tenants

LIMIT = 5 * 1024 * 1024


def with_input(tenants: Tenants, raw: bytes) -> bytes:
    """A good request whose input_data.value is `raw`, byte for byte."""
    marked = json.dumps(tenants.body(input_data={"value": "HERE"})).encode()
    return marked.replace(b'"HERE"', raw)


def of_size(tenants: Tenants, size: int) -> bytes:
    """A good request of exactly `size` bytes."""
    empty = json.dumps(tenants.body(input_data={"pad": ""})).encode()
    return empty.replace(b'"pad": ""', b'"pad": "%s"' % (b"x" * (size - len(empty))))


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"module_id": }',
        b"{'module_id': 'x'}",
        b'{"module_id": "x",}',
        b"module_id=x&org_id=y",
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b'{"a": "b\nc"}',
        b'{"a": 01}',
        b'{"a": "\\x41"}',
        b" ",
    ],
)
def test_malformed_json_is_refused(tenants: Tenants, body: bytes) -> None:
    tenants.refused(body, 400, "invalid_json")


def test_an_empty_body_is_refused(tenants: Tenants) -> None:
    with tenants.nothing_written():
        response = tenants.post(b"")
    assert response.json()["code"] in {"invalid_json", "invalid_request"}
    tenants.refusal(response, 400, response.json()["code"])


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true", b'[{"module_id": 1}]'])
def test_json_that_is_no_object_is_refused(tenants: Tenants, body: bytes) -> None:
    refusal = tenants.refused(body, 400, "invalid_json")
    assert "object" in refusal["detail"]


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_constants_that_are_not_json_are_named(tenants: Tenants, constant: bytes) -> None:
    refusal = tenants.refused(with_input(tenants, constant), 400, "invalid_json")
    assert constant.decode() in refusal["detail"]


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1" + b"0" * 400 + b".0"])
def test_numbers_beyond_a_float_are_refused(tenants: Tenants, number: bytes) -> None:
    refusal = tenants.refused(with_input(tenants, number), 400, "invalid_json")
    assert "too large" in refusal["detail"]


@pytest.mark.parametrize("sign", [b"", b"-"])
def test_an_integer_of_more_digits_than_python_reads_is_refused(
    tenants: Tenants, sign: bytes
) -> None:
    refusal = tenants.refused(with_input(tenants, sign + b"9" * 5_000), 400, "invalid_json")
    assert "digits" in refusal["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1, "a": 1}',
        b'{"input_data": {"deep": [{"key": 1, "key": 2}]}}',
        b'{"input_data": {"a": 1, "\\u0061": 2}}',
        b'{"\\ud800": 1, "\\ud800": 2}',
        b'{"\\u0000": 1, "\\u0000": 2}',
    ],
)
def test_a_key_given_twice_is_refused(tenants: Tenants, body: bytes) -> None:
    refusal = tenants.refused(body, 400, "invalid_json")
    assert "twice" in refusal["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b'"a\\u0000b"',
        b'{"a\\u0000b": 1}',
        b'"a\x00b"',
        b'{"a\x00b": 1}',
        b'["\\ud800"]',
        b'"\\udfff tail"',
        b'"\\udc00\\ud800"',
        b'{"\\ud800": 1}',
    ],
)
def test_nul_and_lone_surrogates_are_refused(tenants: Tenants, raw: bytes) -> None:
    tenants.refused(with_input(tenants, raw), 400, "invalid_json")


@pytest.mark.parametrize("field", ["module_id", "org_id", "task_id", "execution_id"])
@pytest.mark.parametrize("text", ["\x00", "ab\x00cd", "\ud800"])
def test_nul_and_lone_surrogates_in_ids_are_refused(
    tenants: Tenants, field: str, text: str
) -> None:
    tenants.refused(tenants.body(**{field: text}), 400, "invalid_json")


@pytest.mark.parametrize(
    "raw", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', b'"\xe2\x82"']
)
def test_bytes_that_are_not_utf8_are_refused(tenants: Tenants, raw: bytes) -> None:
    refusal = tenants.refused(with_input(tenants, raw), 400, "invalid_json")
    assert "UTF-8" in refusal["detail"]


def test_a_whole_surrogate_pair_is_a_character(tenants: Tenants) -> None:
    response = tenants.post(with_input(tenants, b'"\\ud83d\\ude00"'))
    assert response.json()["output"] == {"value": "\U0001f600"}


@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(
    tenants: Tenants, depth: int, opening: bytes, closing: bytes
) -> None:
    nested = opening * depth + b"1" + closing * depth
    refusal = tenants.refused(with_input(tenants, nested), 400, "invalid_json")
    assert "deep" in refusal["detail"]


def test_the_deepest_input_that_is_accepted_comes_back(tenants: Tenants) -> None:
    nested = b"[" * 99 + b"]" * 99
    answer = tenants.post(with_input(tenants, nested)).json()
    assert answer["status"] == "completed", answer
    assert json.dumps(answer["output"]["value"]).encode() == nested


def test_deep_nesting_with_escapes_is_refused_for_its_depth(tenants: Tenants) -> None:
    nested = b"[" * 500 + b'"\\u0041"' + b"]" * 500
    refusal = tenants.refused(with_input(tenants, nested), 400, "invalid_json")
    assert "deep" in refusal["detail"]


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_body_that_is_nothing_but_brackets_is_refused(tenants: Tenants, depth: int) -> None:
    tenants.refused(b"[" * depth, 400, "invalid_json")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/jsonp",
        "",
    ],
)
def test_other_content_types_are_refused(tenants: Tenants, content_type: str) -> None:
    tenants.refused(
        tenants.body(), 415, "unsupported_media_type", headers={"Content-Type": content_type}
    )


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x-gzip", "gzip, identity"])
def test_encoded_bodies_are_refused(tenants: Tenants, encoding: str) -> None:
    refusal = tenants.refused(
        tenants.body(), 415, "unsupported_media_type", headers={"Content-Encoding": encoding}
    )
    assert "Content-Encoding" in refusal["detail"]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_accepted_however_its_type_is_written(tenants: Tenants, content_type: str) -> None:
    response = tenants.post(tenants.body(), headers={"Content-Type": content_type})
    assert response.status_code == 200, response.text


def test_a_body_over_the_limit_is_refused(tenants: Tenants) -> None:
    refusal = tenants.refused(of_size(tenants, LIMIT + 1), 413, "body_too_large")
    assert f"{LIMIT:,}" in refusal["detail"]


def test_a_chunked_body_over_the_limit_is_refused(tenants: Tenants) -> None:
    tenants.refused(in_chunks(of_size(tenants, LIMIT + 1)), 413, "body_too_large")


def test_a_body_of_exactly_the_limit_is_accepted(tenants: Tenants) -> None:
    response = tenants.post(of_size(tenants, LIMIT), headers={"Prefer": "respond-async"})
    assert response.status_code in {200, 202}, response.text
    detail = tenants.live.finished(tenants.acme, response.json()["execution_id"])
    assert len(detail["output"]["pad"]) > LIMIT - 1_000


def test_a_chunked_body_is_read_like_any_other(tenants: Tenants) -> None:
    body = json.dumps(tenants.body(input_data={"chunked": True})).encode()
    response = tenants.post(in_chunks(body))
    assert response.status_code == 200, response.text
    assert response.json()["output"] == {"chunked": True}
