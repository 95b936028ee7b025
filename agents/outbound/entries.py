"""One entry of OUTBOUND_ALLOW: `host`, `address` or `network`, each perhaps with `:port`."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from agents.outbound import hosts
from agents.outbound.addresses import METADATA, Address, carried

_EXPECTED = (
    "expected a host name, an IP address or a network such as 10.0.0.0/8, each perhaps with a "
    "port: models.internal:8080, [fd00::1]:443"
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """network is None for a host name. port None: any port."""

    name: str
    network: IPv4Network | IPv6Network | None
    port: int | None

    def covers_port(self, port: int) -> bool:
        return self.port in (None, port)

    def covers_name(self, host: str, port: int) -> bool:
        named = self.network is None and self.name == host.rstrip(".")
        return named and self.covers_port(port)

    def covers_address(self, address: Address, port: int) -> bool:
        """A metadata service is allowed by its own address only, never with its network."""
        if self.network is None or not self.covers_port(port) or address not in self.network:
            return False
        return self.network.num_addresses == 1 or carried(address) not in METADATA


@lru_cache(maxsize=1024)
def parse_entry(text: str) -> Entry:
    """Raises ValueError that says what was expected."""
    place, port = _split(text.strip().lower())
    number = int(port) if port.isascii() and port.isdecimal() else -1
    if port and not 1 <= number <= 65535:
        raise ValueError(f"{text!r} has a port that is none; {_EXPECTED}.")
    return Entry(
        name=place.rstrip("."), network=_network(place, text), port=number if port else None
    )


def _split(text: str) -> tuple[str, str]:
    if text.startswith("["):
        place, closed, port = text[1:].partition("]")
        whole = closed and (not port or port.startswith(":"))
        return (place, port[1:]) if whole else ("", "")
    if text.count(":") > 1:
        return text, ""  # IPv6 without brackets has no port
    place, colon, port = text.partition(":")
    return place, port or ("none" if colon else "")


def _network(place: str, text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(place)
    except ValueError as error:
        if "host bits" in str(error):
            raise ValueError(
                f"{text!r} is an address inside a network; write the network's first address."
            ) from None
    if not hosts.is_name(place):
        raise ValueError(f"{text!r} is not understood; {_EXPECTED}.")
    return None
