"""Paths of the API over modules and agents. No trailing slashes."""

from django.urls import path

from modules.api_views import AgentsView, ModulesView, ModuleView

urlpatterns = [
    path("modules", ModulesView.as_view(), name="modules"),
    path("modules/<str:module_id>", ModuleView.as_view(), name="module"),
    path("agents", AgentsView.as_view(), name="agents"),
]
