"""POST /executions/{id}/approvals/{step}: an operator's answer, by the API."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executions.answers import Decided
from executions.approvals import LONGEST_COMMENT, decide
from executions.serializers import approval, request_in
from platform_agents.tenancy.audit import address_of
from platform_agents.tenancy.authentication import key_of


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "reject"]
    comment: StrictStr = Field(default="", max_length=LONGEST_COMMENT)


class ApprovalView(APIView):
    """200 with the approval as it stands then; 409 when it was decided, expired, or is over."""

    def post(self, request: Request, execution_id: str, step: str) -> Response:
        key = key_of(request)
        wanted = request_in(request.data, Decision)
        decided = decide(
            key.org_id, execution_id, step, approve=wanted.decision == "approve",
            by=f"key:{key.id}", comment=wanted.comment, address=address_of(request),
        )  # fmt: skip
        answer: Decided = {"execution_id": execution_id, **approval(decided, ended=False)}
        return Response(answer)
