"""Where the pictures go."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def screenshots(pytestconfig: pytest.Config) -> Path | None:
    """The folder that --screenshots names; None without it."""
    given: Path | None = pytestconfig.getoption("screenshots")
    if given is None:
        return None
    folder = pytestconfig.invocation_params.dir / given
    folder.mkdir(parents=True, exist_ok=True)
    return folder
