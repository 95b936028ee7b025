"""Frames arrive whole, whatever the socket does; garbage is refused."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.protocol import Channel, Frame, ProtocolError


def pair() -> tuple[Channel, Channel]:
    left, right = socket.socketpair()
    return Channel(left), Channel(right)


def exchange(sender: Channel, receiver: Channel, *, count: int) -> list[Frame]:
    """Pump both ends until `count` frames have come through."""
    frames: list[Frame] = []
    for _ in range(100_000):
        sender.flush()
        frames += receiver.receive()
        if len(frames) >= count:
            return frames
    raise AssertionError(f"only {len(frames)} of {count} frames came through")


@given(
    st.lists(
        st.tuples(st.sampled_from(["run", "event"]), st.text(), st.binary(max_size=3000)),
        min_size=1, max_size=20,
    )
)  # fmt: skip
def test_frames_arrive_whole_and_in_order(sent: list[tuple[str, str, bytes]]) -> None:
    here, there = pair()
    for kind, text, body in sent:
        here.send(kind, {"text": text}, body)
    frames = exchange(here, there, count=len(sent))
    assert [(f.kind, f.header["text"], bytes(f.body)) for f in frames] == sent
    here.close()
    there.close()


def test_a_frame_larger_than_the_socket_arrives_whole() -> None:
    here, there = pair()
    body = bytes(range(256)) * 40_000
    here.send("run", {}, body)
    assert here.wants_write
    [frame] = exchange(here, there, count=1)
    assert frame.body == body
    here.close()
    there.close()


def test_both_can_send_much_at_once_without_a_deadlock() -> None:
    here, there = pair()
    body = b"x" * 8_000_000
    here.send("run", {}, body)
    there.send("result", {}, body)
    received: list[Frame] = []
    for _ in range(100_000):
        for channel in (here, there):
            channel.flush()
            received += channel.receive()
        if len(received) == 2:
            break
    assert [len(frame.body) for frame in received] == [8_000_000, 8_000_000]
    here.close()
    there.close()


def test_a_field_of_the_header_cannot_pose_as_the_kind() -> None:
    here, there = pair()
    here.send("event", {"kind": "result"})
    [frame] = exchange(here, there, count=1)
    assert frame.kind == "event"
    here.close()
    there.close()


def test_the_end_of_the_stream_is_seen_after_the_last_frame() -> None:
    here, there = pair()
    here.send("ready", {})
    here.close()
    assert [frame.kind for frame in there.receive()] == ["ready"]
    assert there.closed
    there.close()


@pytest.mark.parametrize(
    "garbage",
    [
        struct.pack("!II", 2**32 - 1, 0), struct.pack("!II", 2, 2**32 - 1),
        struct.pack("!II", 2, 0) + b"[]", struct.pack("!II", 3, 0) + b"{x}",
        struct.pack("!II", 2, 0) + b"{}", struct.pack("!II", 2, 0) + b"\xff\xff",
    ],
)  # fmt: skip
def test_garbage_is_refused(garbage: bytes) -> None:
    left, right = socket.socketpair()
    channel = Channel(right)
    left.sendall(garbage)
    with pytest.raises(ProtocolError):
        channel.receive()
    left.close()
    channel.close()
