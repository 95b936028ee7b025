"""A model server for the tests of one agent, on loopback."""

from collections.abc import Iterator

import pytest

from agents.testing import OpenAIServer


@pytest.fixture
def models() -> Iterator[OpenAIServer]:
    """Answers as the test scripts it."""
    with OpenAIServer() as running:
        yield running
