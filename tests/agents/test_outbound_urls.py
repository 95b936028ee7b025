"""What is refused before anything is looked up: URLs, methods, headers."""

import asyncio
import socket
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import OutboundRefused
from agents.outbound import Client, Policy


def _refusal(url: str, *, policy: Policy | None = None, **given: Any) -> str:
    with pytest.raises(OutboundRefused) as refused:
        asyncio.run(Client(policy or Policy()).request("GET", url, **given))
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with http"),
        ("//example.com", "must begin with http"),
        ("ftp://example.com", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("gopher://example.com:70/_", "must begin with http"),
        ("unix:///var/run/docker.sock", "must begin with http"),
        ("http:///path", "no host"),
        ("http://example.com:0/", "port 0"),
        ("http://example.com:99999/", "cannot be read"),
        ("http://[::1/", "cannot be read"),
        ("http://user:password@example.com/", "user or password"),
        ("http://example.com@10.0.0.1/", "user or password"),
        ("http://example.com\\@10.0.0.1/", "backslash"),
        ("http://example.com/\r\nX: y", "control character"),
        ("http://exa\tmple.com/", "control character"),
        (" http://example.com/", "space"),
        ("http://example.com/" + "x" * 9000, "longer than 8,000"),
        ("http://example.com:22/", "port 22"),
        ("https://example.com:8443/", "port 8443"),
        ("http://93.184.215.14:6379/", "port 6379"),
        ("http://exa%6dple.com/", "neither a host name"),
        ("http://[fe80::1%25eth0]/", "neither a host name"),
        ("http://exa$mple.com/", "neither a host name"),
        ("http://" + "a" * 64 + ".com/", "neither a host name"),
    ],
)
def test_a_url_that_breaks_a_rule_is_refused_with_the_rule(url: str, why: str) -> None:
    assert why in _refusal(url)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
        "00000177.1", "127.0.0.1.", "127.0.0.01", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1",  # noqa: RUF001
        "%31%32%37.0.0.1", "0", "0.0.0.0", "10.0.0.1", "169.254.169.254", "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "255.255.255.255", "224.0.0.1", "[::]", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:0:0:0:0:80ff:fffe]", "[fd00:ec2::254]",
        "[fe80::1]", "[::ffff:169.254.169.254]", "1.2.3.4.5", "example.0x7f",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_however_it_is_spelled(host: str) -> None:
    text = _refusal(f"http://{host}/")
    assert "is not public" in text or "neither a host name nor an IP address" in text


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="127.0.0.0/8"))
def test_no_spelling_of_a_private_address_gets_to_a_socket(address: IPv4Address) -> None:
    """Of those that the C library takes for an address."""
    a, b, c, d = address.packed
    whole = int(address)
    spellings = [f"{a}.{b}.{c * 256 + d}", f"{a}.{whole & 0xFFFFFF}", f"{whole}", f"{whole:#x}"]
    spellings += [f"{a:#x}.{b:#x}.{c:#x}.{d:#x}", f"{a:#o}.{b}.{c}.{d}".replace("0o", "0")]
    for spelled in spellings:
        _refusal(f"http://{spelled}/")


def test_what_the_c_library_takes_for_an_address_is_refused_as_an_answer_too() -> None:
    """The reason why spellings are refused before DNS is asked."""
    found = socket.getaddrinfo("127.1", 80, type=socket.SOCK_STREAM)
    assert found[0][4][0] == "127.0.0.1"
    assert not Policy().permits(IPv4Address("127.0.0.1"), 80)


def test_the_refusal_shows_no_query() -> None:
    assert "secret" not in _refusal("http://10.0.0.1/?key=secret")


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "GET / HTTP/1.1\r\nX:", ""])
def test_other_methods_are_refused(method: str) -> None:
    with pytest.raises(OutboundRefused, match="method"):
        asyncio.run(Client(Policy()).request(method, "http://example.com/"))


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("Host", "internal", "may not be set"),
        ("transfer-encoding", "chunked", "may not be set"),
        ("Content-Length", "0", "may not be set"),
        ("Proxy-Authorization", "x", "may not be set"),
        ("X Y", "z", "may not be set"),
        ("", "z", "may not be set"),
        ("X", "a\r\nHost: b", "line break"),
        ("X", "a\nb", "line break"),
        ("X", "a\x00", "line break"),
        ("X", "☃", "line break"),
    ],
)
def test_headers_that_would_change_the_request_are_refused(name: str, text: str, why: str) -> None:
    assert why in _refusal("http://example.com/", headers={name: text})


def test_more_than_three_redirects_cannot_be_asked_for() -> None:
    assert "At most 3" in _refusal("http://example.com/", follow=4)
