"""`OperatorSite`: what `django.contrib.admin.site` is in this project.

unfold's site without what tells a stranger whether a row exists. Colours stand in our own style
sheet instead of the page, so that the content security policy needs no exception for them.
"""

from typing import Any

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite

from platform_agents.tenancy.access import access


class OperatorSite(UnfoldAdminSite):  # type: ignore[misc]
    index_title = "Overview"

    def get_urls(self) -> list[Any]:
        """Without `r/<type>/<id>/`, which answers for rows of everybody."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context: dict[str, Any] = super().each_context(request)
        return {**context, "colors": None, "access": access(request)}
