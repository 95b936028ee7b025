"""The roof: health, the API of executions and modules, the operators' admin."""

from django.contrib import admin
from django.urls import include, path

from platform_agents.metrics.views import metrics
from platform_agents.openapi.views import docs, openapi
from platform_agents.views import health, ready

urlpatterns = [
    path("health", health, name="health"),
    path("health/ready", ready, name="ready"),
    path("openapi.json", openapi, name="openapi"),
    path("docs", docs, name="docs"),
    path("metrics", metrics, name="metrics"),
    path("", include("executions.urls")),
    path("", include("modules.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "platform_agents.errors.bad_request"
handler404 = "platform_agents.errors.not_found"
handler500 = "platform_agents.errors.server_error"
