"""Each test file of gateway/test is one test here; what Node reports stands in the failure."""

import pytest

from tests.gateway.conftest import run
from tests.gateway_package import GATEWAY, needs_packages

pytestmark = needs_packages

FILES = sorted(path.name for path in (GATEWAY / "test").glob("*.test.ts"))


def test_there_are_tests() -> None:
    assert FILES


def test_the_sources_are_formatted() -> None:
    run(("node", "node_modules/prettier/bin/prettier.cjs", "--check", "."))


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("file", FILES)
def test_node(file: str, installation: str) -> None:
    compiled = f"build/test/{file.removesuffix('.ts')}.js"
    said = run(
        ("node", "--enable-source-maps", "--test", "--test-reporter=tap", compiled),
        INSTALLATION=installation,
    )
    assert "\n# fail 0\n" in said
    assert "\n# pass 0\n" not in said
