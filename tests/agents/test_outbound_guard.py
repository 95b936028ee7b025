"""What is refused: URLs, answers of DNS, redirects; and the name that TLS and Host speak of."""

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agents import OutboundRefused, TransientError
from agents.outbound import Client, Policy, Response, connector
from tests.agents.loopback_server import LOOPBACK, Server, reply, serving

Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


def _dns(*answers: Sequence[str]) -> tuple[Lookup, list[str]]:
    """A name server: its answers in turn, the last one again and again; and who was asked for."""
    left, asked = list(answers), []

    async def look(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    return look, asked


def _refusal(url: str, *, policy: Policy | None = None, **given: Any) -> str:
    with pytest.raises(OutboundRefused) as refused:
        asyncio.run(Client(policy or Policy()).request("GET", url, **given))
    return str(refused.value)


# the URL


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


# DNS


def _via(lookup: Lookup, policy: Policy, *answers: Any, **given: Any) -> tuple[Response, Server]:
    async def ask() -> tuple[Response, Server]:
        async with serving(*answers) as server:
            url = f"http://name.test:{server.port}/"
            return await Client(policy, lookup=lookup).request("GET", url, **given), server

    return asyncio.run(ask())


def test_the_connection_goes_to_the_looked_up_address_and_the_host_header_keeps_the_name() -> None:
    lookup, asked = _dns(["127.0.0.1"])
    answer, server = _via(lookup, LOOPBACK, reply(body=b"hello"))

    assert answer.body == b"hello"
    assert f"Host: name.test:{server.port}" in server.requests[0]
    assert asked == ["name.test"]


def test_a_name_is_looked_up_once_so_a_second_answer_cannot_lead_elsewhere() -> None:
    lookup, asked = _dns(["127.0.0.1"], ["127.0.0.2"])
    answer, _ = _via(lookup, replace(LOOPBACK, allow=("127.0.0.1",)))

    assert answer.status == 200
    assert asked == ["name.test"]


def test_a_name_that_turns_private_later_is_not_followed_there() -> None:
    lookup, asked = _dns(["127.0.0.1"], ["10.0.0.1"])
    policy = replace(LOOPBACK, allow=("127.0.0.1",))

    async def twice() -> None:
        async with serving(reply(Connection="close")) as server:
            for owner in ("org-1", "org-2"):
                url = f"http://name.test:{server.port}/"
                await Client(policy, owner=owner, lookup=lookup).request("GET", url)

    with pytest.raises(TransientError):
        asyncio.run(twice())
    assert len(asked) == 2


@pytest.mark.parametrize("private", ["10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "fd00::1"])
@pytest.mark.parametrize("first", [True, False])
def test_one_private_answer_among_others_refuses_the_name(private: str, first: bool) -> None:
    answers = [private, "127.0.0.1"] if first else ["127.0.0.1", private]
    with pytest.raises(TransientError, match="could not be reached"):
        _via(_dns(answers)[0], LOOPBACK)


def test_a_name_without_any_address_cannot_be_reached() -> None:
    with pytest.raises(TransientError):
        _via(_dns([])[0], LOOPBACK)


def test_an_allowed_name_may_lead_anywhere_and_only_that_name() -> None:
    policy = Policy(allow=("name.test",), timeout_s=10)
    assert _via(_dns(["127.0.0.1"])[0], policy)[0].status == 200
    with pytest.raises(OutboundRefused, match="The port"):
        _via(_dns(["127.0.0.1"])[0], replace(policy, allow=("other.test",)))


def test_a_port_that_only_networks_may_have_is_decided_by_the_address() -> None:
    policy = replace(LOOPBACK, allow=("10.0.0.0/8",))
    with pytest.raises(TransientError):
        _via(_dns(["127.0.0.1"])[0], policy)


def test_the_system_resolver_is_asked_by_default() -> None:
    async def ask() -> Response:
        async with serving() as server:
            url = f"http://localhost:{server.port}/"
            return await Client(Policy(allow=("localhost",))).request("GET", url)

    assert asyncio.run(ask()).status == 200


# redirects


def _redirecting(*, follow: int, answers: Sequence[bytes], **given: Any) -> tuple[Response, Server]:
    """A server whose answers may hold `PORT`, its own."""

    async def ask() -> tuple[Response, Server]:
        async with serving(lambda _: asyncio.sleep(0)) as server:
            port = str(server.port).encode()
            filled = [answer.replace(b"PORT", port) for answer in answers]
            async with serving(*filled) as first:
                url = f"http://127.0.0.1:{first.port}/a/b"
                asked = await Client(LOOPBACK).request(
                    given.pop("method", "GET"), url, follow=follow, **given
                )
                return asked, first

    return asyncio.run(ask())


def _to(location: str, status: int = 302) -> bytes:
    return reply(status, Location=location)


def test_a_redirect_is_an_answer_like_any_other_unless_it_is_to_be_followed() -> None:
    answer, server = _redirecting(follow=0, answers=[_to("/elsewhere"), reply()])
    assert (answer.status, answer.headers["location"]) == (302, "/elsewhere")
    assert len(server.requests) == 1


def test_as_many_redirects_as_asked_for_are_followed() -> None:
    answers = [_to("c?d=%2F"), _to("/f"), _to("/g"), reply(body=b"end")]

    answer, server = _redirecting(follow=3, answers=answers, headers={"Authorization": "mine"})
    assert answer.body == b"end"
    paths = [request.split()[1] for request in server.requests]
    assert paths == ["/a/b", "/a/c?d=%2F", "/f", "/g"]
    assert all("authorization: mine" in request for request in server.requests)

    answer, server = _redirecting(follow=1, answers=answers)
    assert (answer.status, len(server.requests)) == (302, 2)


@pytest.mark.parametrize(
    "location",
    [
        "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "//10.0.0.1/",
        "http://[::ffff:10.0.0.1]/", "http://0x0a000001/", "http://93.184.215.14:22/",
        "file:///etc/passwd", "http://user:password@127.0.0.1/", "http://[::1/",
        "javascript:1", "http://127.0.0.1:99999/",
    ],
)  # fmt: skip
def test_a_redirect_to_a_refused_url_has_one_text(location: str) -> None:
    with pytest.raises(OutboundRefused) as refused:
        _redirecting(follow=3, answers=[_to(location), reply()])
    assert str(refused.value) == (
        "The server redirects to a URL that may not be followed: not public, less safe, or with a "
        "body for another server."
    )


def test_a_redirect_to_a_private_name_fails_like_the_network() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:\d+ gave no complete answer"):
        _redirecting(follow=3, answers=[_to("http://no-such-host.invalid/")])


def _across(status: int, **given: Any) -> tuple[Server, Server]:
    """A request that is redirected to another server, and both servers."""

    async def ask() -> tuple[Server, Server]:
        async with serving() as other, serving(_to(f"{other.url}/x", status)) as first:
            method = given.pop("method", "GET")
            await Client(LOOPBACK).request(method, first.url, follow=1, **given)
            return first, other

    return asyncio.run(ask())


def test_no_header_of_the_caller_that_could_be_a_secret_goes_to_another_server() -> None:
    headers = {"Authorization": "a", "X-API-Key": "b", "Cookie": "c=d", "Accept": "text/plain"}
    first, other = _across(302, headers=headers)

    assert "x-api-key: b" in first.requests[0].lower()
    sent = other.requests[0].lower()
    assert "accept: text/plain" in sent
    assert not any(name in sent for name in ("authorization", "x-api-key", "cookie"))


def test_a_body_does_not_go_to_another_server() -> None:
    with pytest.raises(OutboundRefused, match="redirects"):
        _across(307, method="POST", json={"secret": 1})


@pytest.mark.parametrize(("status", "method"), [(301, "POST"), (302, "POST"), (303, "PUT")])
def test_a_redirect_that_means_get_drops_the_body(status: int, method: str) -> None:
    _, other = _across(status, method=method, json={"secret": 1})
    assert other.requests[0].startswith("GET /x HTTP/1.1")
    assert "secret" not in other.requests[0]


def test_a_body_is_sent_again_to_the_same_server() -> None:
    answers = [_to("/again", 308), reply()]
    _, server = _redirecting(follow=1, answers=answers, method="PUT", body=b"data")
    assert server.requests[1].startswith("PUT /again")
    assert server.requests[1].endswith("\r\n\r\ndata")


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For name.test, with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "name.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("name.test")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "name.test.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def _over_tls(certificate: Path, url: str, **given: Any) -> tuple[Response, Server, list[str]]:
    """A request to a TLS server; and the names that it was greeted with."""
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    greeted: list[str] = []
    ours.sni_callback = lambda _socket, name, _context: greeted.append(name or "")

    async def ask() -> tuple[Response, Server, list[str]]:
        async with serving(tls=ours) as server:
            asking = Client(LOOPBACK, lookup=_dns(["127.0.0.1"])[0], **given)
            return (
                await asking.request("GET", url.replace("PORT", str(server.port))),
                server,
                greeted,
            )

    return asyncio.run(ask())


def test_tls_is_for_the_name_of_the_url_though_the_address_is_connected_to(
    certificate: Path,
) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    answer, server, greeted = _over_tls(certificate, "https://name.test:PORT/", tls=trusting)

    assert answer.status == 200
    assert greeted == ["name.test"]
    assert f"Host: name.test:{server.port}" in server.requests[0]


@pytest.mark.parametrize("url", ["https://other.test:PORT/", "https://127.0.0.1:PORT/"])
def test_a_certificate_for_another_name_is_a_network_failure(certificate: Path, url: str) -> None:
    with pytest.raises(TransientError, match="gave no complete answer"):
        _over_tls(certificate, url, tls=ssl.create_default_context(cafile=certificate))


def test_a_certificate_that_nobody_vouches_for_is_a_network_failure(certificate: Path) -> None:
    with pytest.raises(TransientError, match="gave no complete answer"):
        _over_tls(certificate, "https://name.test:PORT/")


def test_a_redirect_from_https_to_http_is_not_followed(certificate: Path) -> None:
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)

    async def ask() -> None:
        async with serving() as other, serving(_to(other.url), tls=ours) as server:
            asking = Client(LOOPBACK, lookup=_dns(["127.0.0.1"])[0], tls=trusting)
            await asking.request("GET", f"https://name.test:{server.port}/", follow=1)

    with pytest.raises(OutboundRefused, match="redirects"):
        asyncio.run(ask())


# the connector alone, as other libraries use it


def _with_connector(policy: Policy, url: str, **given: Any) -> int:
    async def ask() -> int:
        async with (
            aiohttp.ClientSession(connector=connector(policy)) as session,
            session.get(url, **given) as answer,
        ):
            return answer.status

    return asyncio.run(ask())


def test_a_session_of_aiohttp_is_guarded_by_the_connector() -> None:
    with pytest.raises(OutboundRefused, match=r"10\.0\.0\.1 is not public"):
        _with_connector(Policy(), "http://10.0.0.1/")
    with pytest.raises(OutboundRefused, match="neither a host name"):
        _with_connector(Policy(), "http://2130706433/")
    with pytest.raises(OutboundRefused, match="port 6379"):
        _with_connector(Policy(), "http://example.com:6379/")
    with pytest.raises(aiohttp.ClientConnectorError):
        _with_connector(Policy(), "http://localhost/")
    with pytest.raises(OutboundRefused, match="proxy"):
        _with_connector(Policy(), "http://example.com/", proxy="http://127.0.0.1:3128")


def test_redirects_that_aiohttp_follows_itself_are_guarded_too() -> None:
    async def ask() -> None:
        async with (
            serving(_to("http://10.0.0.1/")) as server,
            aiohttp.ClientSession(connector=connector(LOOPBACK)) as session,
        ):
            await session.get(server.url)

    with pytest.raises(OutboundRefused):
        asyncio.run(ask())


def test_what_the_c_library_takes_for_an_address_is_refused_as_an_answer_too() -> None:
    """The reason why spellings are refused before DNS is asked."""
    found = socket.getaddrinfo("127.1", 80, type=socket.SOCK_STREAM)
    assert found[0][4][0] == "127.0.0.1"
    assert not Policy().permits(IPv4Address("127.0.0.1"), 80)
