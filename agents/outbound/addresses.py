"""Which IP addresses belong to the public internet. Pure arithmetic; asked by `policy`.

Python's own `is_global` is not enough: depending on its version it calls multicast, metadata
services and new documentation blocks global, and it does not look into IPv6 addresses that carry
an IPv4 address, which a gateway or the kernel unpacks again.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's wire server, in every virtual network
        "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is Oracle's metadata service
        "192.31.196.0/24",  # AS112, answered by the nearest resolver
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # relays of 6to4
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocol assignments, Teredo (its clients sit behind NAT) among them
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation, new in 2024
    )
)
METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, most others
        "169.254.170.2",  # AWS, credentials of containers
        "169.254.170.23",
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
    )
)
"""Where clouds hand out credentials: allowing a network that holds one does not allow it."""


def plain(address: Address) -> Address:
    """An IPv4 address written as IPv6 (`::ffff:10.0.0.1`) as what it is."""
    return getattr(address, "ipv4_mapped", None) or address


def carried(address: Address) -> Address:
    """The IPv4 address that a packet to this one ends at (mapped, NAT64, 6to4); else itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def is_public(address: Address) -> bool:
    """Global unicast, whatever it is wrapped in. Forms that nobody serves from are not: Teredo,
    IPv4-compatible (`::10.0.0.1`), and a network's own NAT64 (64:ff9b:1::/48), in which the place
    of the IPv4 address is its operator's choice."""
    inner = carried(address)
    if inner is not address:
        return is_public(inner)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if not address.is_global or address.is_multicast:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
