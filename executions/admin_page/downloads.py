"""An execution's input or output as a file, of any size, as it is stored."""

import re

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from executions.admin_page import values
from executions.admin_page.finding import FoundExecution

_UNSAFE = re.compile(r"[^\w-]+", re.ASCII)


class ExecutionDownloads(FoundExecution):
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                f"<path:object_id>/{name}.json",
                wrap(self.download_view),
                {"name": name},
                name=f"execution_{name}",
            )
            for name in values.NAMES
        ] + super().get_urls()

    def download_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        execution = self.found(request, object_id)
        if execution is None:
            return self.missing(request, object_id)
        text = values.stored_text(execution.org_id, execution.pk, name)
        response = HttpResponse(text or "null", content_type="application/json; charset=utf-8")
        file_name = f"{_UNSAFE.sub('-', execution.pk)}-{name}.json"
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
        response["Cache-Control"] = "private, no-store"
        return response
