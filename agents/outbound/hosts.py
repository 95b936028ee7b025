"""The host of a URL or of an entry in OUTBOUND_ALLOW: an IP address, a name, or nonsense."""

import re
from ipaddress import ip_address

from agents.outbound.addresses import Address

_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")


def literal(host: str) -> Address | None:
    """The address that the host is spelled as, in the usual way; None for anything else."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def is_name(host: str) -> bool:
    """Whether DNS may be asked for it (lower case, ASCII). Not when it ends in a number: `127.1`
    and `0x7f000001` are addresses to the C library, whatever they look like."""
    if not _NAME.fullmatch(host):
        return False
    return not _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2])
