"""Which addresses count as public, whatever they are wrapped in."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.outbound import Policy
from agents.outbound.addresses import METADATA, Address, is_public

PRIVATE_V4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
    "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
    "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
]  # fmt: skip
PRIVATE_V6 = [
    "::/128", "::1/128", "100::/64", "64:ff9b:1::/48", "2001::/32", "2001:db8::/32", "3fff::/20",
    "5f00::/16", "fc00::/7", "fd00:ec2::254/128", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
_NETWORKS = list(map(IPv4Network, PRIVATE_V4))


def _v6(prefix: str, shifted: int) -> IPv6Address:
    return IPv6Address(int(IPv6Address(prefix)) | shifted)


EMBEDDINGS: dict[str, Callable[[IPv4Address], Address]] = {
    "itself": lambda v4: v4,
    "mapped": lambda v4: _v6("::ffff:0:0", int(v4)),
    "compatible": lambda v4: _v6("::", int(v4)),
    "translated": lambda v4: _v6("::ffff:0:0:0", int(v4)),
    "nat64": lambda v4: _v6("64:ff9b::", int(v4)),
    "own nat64 /96": lambda v4: _v6("64:ff9b:1::", int(v4)),
    "own nat64 /48": lambda v4: _v6(
        "64:ff9b:1::", (int(v4) >> 16) << 64 | (int(v4) & 0xFFFF) << 40
    ),
    "6to4": lambda v4: _v6("2002::", int(v4) << 80),
    "6to4 with an interface": lambda v4: _v6("2002::", int(v4) << 80 | int(v4)),
    "teredo client": lambda v4: _v6("2001:0:4136:e378::", int(v4) ^ 0xFFFFFFFF),
    "teredo server": lambda v4: _v6("2001::", int(v4) << 64),
}

v4_inside = st.sampled_from(_NETWORKS).flatmap(lambda net: st.ip_addresses(network=net))
v4_outside = st.ip_addresses(v=4).filter(lambda a: not any(a in net for net in _NETWORKS))


@given(v4_inside, st.sampled_from(sorted(EMBEDDINGS)))
def test_no_private_ipv4_address_is_public_in_any_form(address: IPv4Address, form: str) -> None:
    assert not is_public(EMBEDDINGS[form](address))


@given(v4_outside, st.sampled_from(["itself", "mapped", "nat64", "6to4"]))
def test_every_other_ipv4_address_is_public(address: IPv4Address, form: str) -> None:
    assert is_public(EMBEDDINGS[form](address))


@given(st.sampled_from(PRIVATE_V6).flatmap(lambda net: st.ip_addresses(network=net)))
def test_no_special_ipv6_address_is_public(address: Address) -> None:
    assert not is_public(address)


@given(st.ip_addresses(network="2a00::/12") | st.ip_addresses(network="2600::/12"))
def test_addresses_of_the_ipv6_internet_are_public(address: Address) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=6).filter(lambda a: int(a) >> 125 != 1))
def test_ipv6_outside_global_unicast_is_public_only_as_an_ipv4_address(address: Address) -> None:
    inner = int(address) & 0xFFFFFFFF
    wrapped = int(address) >> 32 in (0xFFFF, 0x64FF9B << 64)
    assert is_public(address) == (wrapped and is_public(IPv4Address(inner)))


@given(v4_inside, st.sampled_from(sorted(EMBEDDINGS)), st.sampled_from([80, 443]))
def test_the_default_policy_permits_none_of_them(address: IPv4Address, form: str, p: int) -> None:
    assert not Policy().permits(EMBEDDINGS[form](address), p)


@given(st.ip_addresses(network="2000::/3"))
def test_whatever_python_calls_private_is_not_public(address: Address) -> None:
    if is_public(address) and int(address) >> 112 != 0x2002:
        assert address.is_global


@pytest.mark.parametrize("address", sorted(METADATA, key=str))
def test_metadata_services_are_not_public_and_not_allowed_with_their_network(
    address: Address,
) -> None:
    assert not is_public(address)
    wide = Policy(allow=("0.0.0.0/0", "::/0"))
    assert wide.permits(ip_address("10.0.0.1"), 80)
    assert not wide.permits(address, 80)
    if address.version == 4:
        assert not any(wide.permits(embed(address), 80) for embed in _carriers())
    assert Policy(allow=(str(address),)).permits(address, 80)


def _carriers() -> list[Callable[[IPv4Address], Address]]:
    return [EMBEDDINGS[form] for form in ("mapped", "nat64", "6to4")]
