"""Paths of the execution API. No trailing slashes."""

from django.urls import path

from executions.approval_views import ApprovalView
from executions.batch_views import BatchView
from executions.event_views import EventsView
from executions.listing_views import ExecutionsView
from executions.retry_views import RetryView
from executions.views import CallbackView, CancelView, ExecuteView, ExecutionView

urlpatterns = [
    path("execute", ExecuteView.as_view(), name="execute"),
    path("execute/batch", BatchView.as_view(), name="execute-batch"),
    path("executions", ExecutionsView.as_view(), name="executions"),
    path("executions/<str:execution_id>", ExecutionView.as_view(), name="execution"),
    path("executions/<str:execution_id>/events", EventsView.as_view(), name="events"),
    path("executions/<str:execution_id>/cancel", CancelView.as_view(), name="cancel"),
    path("executions/<str:execution_id>/retry", RetryView.as_view(), name="retry"),
    path(
        "executions/<str:execution_id>/approvals/<str:step>",
        ApprovalView.as_view(),
        name="approval",
    ),
    path("executions/<str:execution_id>/callback", CallbackView.as_view(), name="callback"),
]
