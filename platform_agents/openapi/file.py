"""Where the description is checked in."""

from pathlib import Path

PATH = Path(__file__).resolve().parent.parent.parent / "openapi.json"
