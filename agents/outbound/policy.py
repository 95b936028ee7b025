"""What an agent may reach, and how much of it is read: the operator's settings as one value.

Made by the settings, sent to hosts in the frame of each run, kept in the agent's context. Knows
addresses, ports and bounds; no sockets.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from agents.encoding import MAX_DEPTH
from agents.outbound.addresses import Address, is_public, plain
from agents.outbound.entries import parse_entry


@dataclass(frozen=True, kw_only=True)
class Policy:
    """allow: host names, IP addresses or networks that may be reached although they are private
    or on another port; `name:port` allows that port only. timeout_s: from the first look-up to
    the last byte, redirects included. max_bytes: of an answer, unpacked. max_depth: of its JSON.
    The last three are defaults; a call may say otherwise. Raises ValueError for nonsense."""

    allow: tuple[str, ...] = ()
    ports: tuple[int, ...] = (80, 443)
    timeout_s: float = 30.0
    max_bytes: int = 5 * 2**20
    max_depth: int = MAX_DEPTH

    def __post_init__(self) -> None:
        for text in self.allow:
            parse_entry(text)
        for port in self.ports:
            if not 1 <= port <= 65535:
                raise ValueError(f"{port} is no port; expected 1 to 65535.")
        if not (0 < self.timeout_s < math.inf and self.max_bytes > 0 and self.max_depth > 0):
            raise ValueError("timeout_s, max_bytes and max_depth must be above 0.")

    @classmethod
    def parse(cls, *, allow: str = "", ports: str = "80,443") -> Self:
        """From comma-separated settings. Raises ValueError that an operator can read."""
        try:
            return cls(allow=tuple(_listed(allow)), ports=tuple(map(_port, _listed(ports))))
        except ValueError as error:
            raise ValueError(f"OUTBOUND_ALLOW or OUTBOUND_PORTS: {error}") from None

    def to_header(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        """What `to_header` gave, after JSON."""
        lists = {name: tuple(header[name]) for name in ("allow", "ports") if name in header}
        return cls(**{**header, **lists})

    def without_exceptions(self) -> Self:
        """Public addresses and `ports` only."""
        return replace(self, allow=())

    def names(self, host: str, port: int) -> bool:
        """Whether the operator allowed this very name: then its addresses may be any."""
        return any(parse_entry(text).covers_name(host, port) for text in self.allow)

    def may_use_port(self, host: str, port: int) -> bool:
        """Whether any address of this host could be reached on the port."""
        if port in self.ports or self.names(host, port):
            return True
        entries = map(parse_entry, self.allow)
        return any(entry.network is not None and entry.covers_port(port) for entry in entries)

    def permits(self, address: Address, port: int) -> bool:
        """Whether this address may be connected to, whatever name led there."""
        unwrapped = plain(address)
        if any(parse_entry(text).covers_address(unwrapped, port) for text in self.allow):
            return True
        return port in self.ports and is_public(unwrapped)


def _listed(text: str) -> Iterable[str]:
    return filter(None, (part.strip() for part in text.split(",")))


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is no port; expected 1 to 65535.")
    return int(text)
