"""`ExportAdmin`: the address that downloads what a list's filters find. Recorded in the audit."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from executions.admin_list.asking import asking
from executions.admin_list.export import FORMATS, batches
from executions.admin_list.export_audit import audited
from platform_agents.tenancy.admin_scope import OrgScopedAdmin


class ExportAdmin(OrgScopedAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        name = "executions_moduleexecution_export"
        return [path("export/", view, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """`format`: csv or json; the rest are the list's filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = request.GET.get("format", "csv")
        asked = asking(request, request.GET, self.get_queryset(request))
        unknown = set(request.GET) - {*asked.form.fields, "format"}
        if kind not in FORMATS or unknown or not asked.form.is_valid():
            return HttpResponseRedirect(reverse("admin:executions_moduleexecution_changelist"))
        media_type, write = FORMATS[kind]
        found = audited(batches(asked), request, filters=asked.filters, kind=kind)
        day = timezone.localtime().strftime("%Y-%m-%d")
        disposition = f'attachment; filename="executions-{day}.{kind}"'
        return StreamingHttpResponse(
            write(found), content_type=media_type,
            headers={"Content-Disposition": disposition, "Cache-Control": "no-store"},
        )  # fmt: skip
