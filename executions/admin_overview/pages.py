"""The addresses of the pages of operations. `executions.admin` adds them to the site."""

from typing import Any

from executions.admin_overview.operations import operations
from executions.admin_overview.switch_pages import pause, purge, resume


def add_to(site: Any) -> None:
    """site: the operators' (`platform_agents.operators.site`)."""
    site.add_page("operations/", operations, name="operations")
    site.add_page("operations/pause/", pause, name="operations_pause")
    site.add_page("operations/resume/", resume, name="operations_resume")
    site.add_page("operations/purge/", purge, name="operations_purge")
