"""The password of the demo's logins: made at random once, kept in a file only its owner reads.

The database holds only its hash, and every start of the demo prints it.
"""

import os
import secrets
from pathlib import Path

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def password(folder: Path) -> str:
    """The one in `folder`, made when there is none yet. Raises OSError."""
    path = folder / "demo-login.txt"
    if path.exists() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    made = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{made}\n")
    return made
