"""Addresses of WebSockets, and the ASGI application behind them. Used by `platform_agents.asgi`."""

from channels.routing import URLRouter
from django.urls import path, re_path

from executions.feeds.sockets import ExecutionFeed, Feed, OrganizationFeed

websocket_urlpatterns = [
    path("ws/executions", OrganizationFeed.as_asgi()),
    path("ws/executions/<str:execution_id>", ExecutionFeed.as_asgi()),
    re_path("", Feed.as_asgi()),  # anything else: nothing is here
]

websockets = URLRouter(websocket_urlpatterns)
