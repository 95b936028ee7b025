"""One thing that is wrong or odd about a module."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """blocks: the module does not run as it is. path: `status`, `config.model`, `policy.paused`,
    …; the message is for people."""

    blocks: bool
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"
