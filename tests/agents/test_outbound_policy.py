"""The policy: what settings may say, what that permits, and its way to a host and back."""

import json
from ipaddress import ip_address

import pytest

from agents.outbound import Policy


def test_without_settings_only_public_addresses_on_web_ports() -> None:
    policy = Policy.parse()

    assert policy == Policy()
    assert policy.permits(ip_address("93.184.215.14"), 443)
    assert not policy.permits(ip_address("93.184.215.14"), 8080)
    assert not policy.permits(ip_address("10.0.0.1"), 443)


def test_settings_are_lists_with_spaces_and_gaps() -> None:
    policy = Policy.parse(allow=" 10.0.0.0/8, ,Models.Internal:8080,", ports="443, 8443")
    assert (policy.allow, policy.ports) == (("10.0.0.0/8", "Models.Internal:8080"), (443, 8443))


@pytest.mark.parametrize(
    ("entry", "address", "port", "permitted"),
    [
        ("10.1.0.0/16", "10.1.2.3", 5000, True),
        ("10.1.0.0/16", "::ffff:10.1.2.3", 5000, True),
        ("10.1.0.0/16", "10.2.0.0", 80, False),
        ("10.1.2.3", "10.1.2.3", 22, True),
        ("10.1.2.3:8080", "10.1.2.3", 8080, True),
        ("10.1.2.3:8080", "10.1.2.3", 80, False),
        ("10.0.0.0/8:8080", "10.1.2.3", 8080, True),
        ("fd00::/8", "fd00::1", 80, True),
        ("fd00::1", "fd00::1", 8080, True),
        ("[fd00::1]:8080", "fd00::1", 8080, True),
        ("[fd00::1]:8080", "fd00::1", 443, False),
        ("[fd00::/8]:443", "fd00::1", 443, True),
        ("10.0.0.0/8", "64:ff9b::10.0.0.1", 80, False),
        ("93.184.215.14:8443", "93.184.215.14", 8443, True),
        ("models.internal", "10.1.2.3", 80, False),
    ],
)
def test_an_entry_permits_what_it_names(
    entry: str, address: str, port: int, permitted: bool
) -> None:
    assert Policy(allow=(entry,)).permits(ip_address(address), port) is permitted


def test_a_name_is_allowed_on_all_ports_or_on_its_own() -> None:
    policy = Policy(allow=("Models.internal", "other.internal:8080"))

    assert policy.names("models.internal", 5000)
    assert policy.names("models.internal.", 5000)
    assert policy.names("other.internal", 8080)
    assert not policy.names("other.internal", 80)
    assert not policy.names("sub.models.internal", 80)
    assert not policy.may_use_port("other.internal", 9090)


@pytest.mark.parametrize(
    "allow",
    [
        "http://models.internal", "*.internal", "a b", "models.internal/path", "host:", ":8080",
        "host:0", "host:65536", "host:http", "host:-1", "[fd00::1", "[fd00::1]8080", "[]",
        "host:８０",  # noqa: RUF001
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.300", "127.1", "0x7f000001", "user@host", "fd00::g",
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_what_was_expected(allow: str) -> None:
    with pytest.raises(ValueError, match="OUTBOUND_ALLOW") as refused:
        Policy.parse(allow=allow)
    assert allow in str(refused.value)


@pytest.mark.parametrize("ports", ["0", "65536", "http", "-1", "80;443", "8 0", "８０"])  # noqa: RUF001
def test_ports_are_numbers_from_1_to_65535(ports: str) -> None:
    with pytest.raises(ValueError, match="expected 1 to 65535"):
        Policy.parse(ports=ports)


@pytest.mark.parametrize("bound", [{"timeout_s": 0}, {"timeout_s": float("inf")}, {"max_bytes": 0}])
def test_bounds_are_above_zero(bound: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Policy(**bound)  # type: ignore[arg-type]


def test_a_policy_survives_the_way_to_a_host() -> None:
    policy = Policy(allow=("10.0.0.0/8", "models.internal:8080"), ports=(443,), timeout_s=5)
    assert Policy.from_header(json.loads(json.dumps(policy.to_header()))) == policy


def test_a_frame_without_a_policy_allows_nothing_private() -> None:
    assert Policy.from_header({}) == Policy()
