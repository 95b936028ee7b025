"""A new agent's package, from the texts in `skeleton/`: code, a test that passes, an example input.

Called by `manage.py start_agent`. It writes all of it or nothing, and never over anything.
"""

import shutil
import tempfile
from pathlib import Path
from string import Template

from agents.kit.names import class_name

_SKELETON = Path(__file__).parent / "skeleton"


class AlreadyThere(Exception):
    """Something has the package's place. The message is for people."""


def start(name: str, folder: Path) -> Path:
    """Make folder/name, whose name was checked. Raises AlreadyThere, OSError."""
    package = folder / name
    if package.exists() or package.is_symlink():
        raise AlreadyThere(f"{package} exists already; nothing was written.")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
    try:
        _fill(unfinished, name)
        unfinished.chmod(0o755)  # a temporary folder is its owner's only
        unfinished.rename(package)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return package


def _fill(folder: Path, name: str) -> None:
    words = {"name": name, "cls": class_name(name), "distribution": name.replace("_", "-")}
    for path, skeleton in _files(name).items():
        text = (_SKELETON / f"{skeleton}.tpl").read_text(encoding="utf-8")
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(Template(text).substitute(words), encoding="utf-8")


def _files(name: str) -> dict[str, str]:
    return {
        "pyproject.toml": "pyproject.toml",
        "example.json": "example.json",
        f"{name}/__init__.py": "init.py",
        f"{name}/agent.py": "agent.py",
        f"tests/test_{name}.py": "test.py",
    }
