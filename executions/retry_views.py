"""POST /executions/{id}/retry: run it again, and answer as POST /execute does."""

from typing import Any, Literal

from django.db import connection
from django.http import HttpResponse
from django.urls import reverse
from pydantic import BaseModel, ConfigDict, Field
from rest_framework.request import Request

from executions import dispatch, idempotency
from executions.again import wish
from executions.dispatch import Submitted
from executions.events import Waiter
from executions.serializers import request_in
from executions.views import SubmittingView, patience_s
from platform_agents.tenancy.authentication import key_of


class RetryRequest(BaseModel):
    """input_data: instead of the earlier input."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    config: Literal["same", "current"] = "same"
    input_data: dict[str, Any] | None = None
    timeout_s: float | None = Field(default=None, strict=True, gt=0, allow_inf_nan=False)
    start_within_s: float | None = Field(default=None, strict=True, gt=0, le=86_400 * 366)


class RetryView(SubmittingView):
    """200 or 202, with the new execution's Location; 409 while the earlier one has not finished."""

    def post(self, request: Request, execution_id: str) -> HttpResponse:
        key = key_of(request)
        connection.close()  # the body may come slowly: nothing is held while we read it
        wanted = request_in(request.data, RetryRequest)
        wait_s = patience_s(request)
        again = wish(
            key.org_id,
            execution_id,
            requested_by=f"key:{key.id}",
            idempotency_key=idempotency.key_of(request.headers),
            awaited=wait_s > 0,
            **dict(wanted),
        )
        new_id = dispatch.new_execution_id()
        return self.submitted(request, again, execution_id=new_id, wait_s=wait_s)

    def final(self, org_id: str, submitted: Submitted, waiter: Waiter) -> HttpResponse:
        response = super().final(org_id, submitted, waiter)
        response["Location"] = reverse("execution", args=[submitted.execution_id])
        return response
