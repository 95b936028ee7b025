"""What is not read on, not unpacked, or not handed on."""

import asyncio
import gzip
import tracemalloc
import zlib
from dataclasses import replace

import pytest

from agents import PermanentError
from tests.agents.loopback_server import LOOPBACK, ask, asked, reply


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"NaN", b"[Infinity]", b"[-Infinity]", b"1e999", b"\xff", b"1" * 5000],
)
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentError, match="is not JSON") as refused:
        ask(reply(body=body)).json()
    assert "html" not in str(refused.value)


@pytest.mark.parametrize("opened", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [4, 300, 200_000])
def test_json_nested_too_deep_is_not_handed_on(opened: str, depth: int) -> None:
    closed = "]" if opened == "[" else "}"
    body = (opened * depth + "1" + closed * depth).encode()

    with pytest.raises(PermanentError, match="deeper than 3 levels"):
        ask(reply(body=body), policy=replace(LOOPBACK, max_depth=3)).json()


def test_json_at_the_limit_is_handed_on() -> None:
    assert ask(reply(body=b"[[[1]]]"), policy=replace(LOOPBACK, max_depth=3)).json() == [[[1]]]
    assert ask(reply(body=b"1"), policy=replace(LOOPBACK, max_depth=1)).json() == 1


def test_a_body_longer_than_allowed_is_not_read_on() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    with pytest.raises(PermanentError, match="longer than 100,000 bytes"):
        ask(endless, max_bytes=100_000)
    with pytest.raises(PermanentError, match="longer than 3 bytes"):
        ask(reply(body=b"1234"), policy=replace(LOOPBACK, max_bytes=3))
    assert ask(reply(body=b"1234"), max_bytes=4).body == b"1234"


def test_gzip_is_unpacked_also_in_several_members() -> None:
    packed = gzip.compress(b"one ") + gzip.compress(b"") + gzip.compress(b"two")
    answer, server = asked(reply(body=packed, Content_Encoding="gzip"))

    assert answer.body == b"one two"
    assert "accept-encoding: gzip" in server.requests[0].lower()


def test_a_gzip_bomb_is_not_unpacked_beyond_the_bound() -> None:
    bomb = _bomb(2**28)
    assert len(bomb) < 2**19
    tracemalloc.start()
    try:
        with pytest.raises(PermanentError, match="longer than 2,000,000 bytes"):
            ask(reply(body=bomb, Content_Encoding="gzip"), max_bytes=2_000_000)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    megabyte = bytes(2**20)
    return b"".join(packer.compress(megabyte) for _ in range(size // 2**20)) + packer.flush()


def test_a_bomb_inside_a_bomb_stays_packed() -> None:
    inner = gzip.compress(bytes(10_000_000))
    answer = ask(reply(body=gzip.compress(inner), Content_Encoding="gzip"))
    assert answer.body == inner


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x-own"])
def test_a_packing_that_was_not_offered_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentError, match="not offered"):
        ask(reply(body=b"x", Content_Encoding=encoding))


@pytest.mark.parametrize(
    "body", [b"no gzip", gzip.compress(b"x" * 999)[:-9]], ids=["none", "cut short"]
)
def test_broken_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(PermanentError, match="cannot be unpacked"):
        ask(reply(body=body, Content_Encoding="gzip"))


def test_the_answer_to_head_has_no_body_whatever_its_headers_say() -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\nContent-Encoding: gzip\r\n\r\n"
    assert ask(said, method="HEAD").body == b""
