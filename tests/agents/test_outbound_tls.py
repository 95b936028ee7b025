"""TLS and Host speak of the name in the URL, though its checked address is connected to."""

import asyncio
import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agents import OutboundRefused, TransientError
from agents.outbound import Client, Response
from tests.agents.loopback_server import LOOPBACK, Server, dns, serving, to


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
            asking = Client(LOOPBACK, lookup=dns(["127.0.0.1"])[0], **given)
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
        async with serving() as other, serving(to(other.url), tls=ours) as server:
            asking = Client(LOOPBACK, lookup=dns(["127.0.0.1"])[0], tls=trusting)
            await asking.request("GET", f"https://name.test:{server.port}/", follow=1)

    with pytest.raises(OutboundRefused, match="redirects"):
        asyncio.run(ask())
