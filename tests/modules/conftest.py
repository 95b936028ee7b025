"""The two organizations that tests of the HTTP API use."""

from tests.executions.conftest import tenants

__all__ = ["tenants"]
