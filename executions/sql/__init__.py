"""SQL too long for Python. `migrations` installs these files, whole and in this form."""

from pathlib import Path


def read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
