"""POST /executions/{id}/approvals/{step}: an operator's answer, by the API."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agents.validation import error_paths
from executions.answers import Decided
from executions.approvals import LONGEST_COMMENT, decide
from executions.errors import InvalidRequest
from executions.serializers import approval
from platform_agents.tenancy.models import ApiKey


class Decision(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    decision: Literal["approve", "reject"]
    comment: StrictStr = Field(default="", max_length=LONGEST_COMMENT)


class ApprovalView(APIView):
    """200 with the approval as it stands then; 409 when it was decided, expired, or is over."""

    def post(self, request: Request, execution_id: str, step: str) -> Response:
        key: Any = request.auth
        assert isinstance(key, ApiKey)  # the only authentication there is
        wanted = _decision(request.data)
        decided = decide(
            key.org_id, execution_id, step, approve=wanted.decision == "approve",
            by=f"key:{key.id}", comment=wanted.comment,
        )  # fmt: skip
        answer: Decided = {"execution_id": execution_id, **approval(decided, ended=False)}
        return Response(answer)


def _decision(body: Any) -> Decision:
    """Raises InvalidRequest (400)."""
    if not isinstance(body, dict):
        raise ParseError("The body must be a JSON object.")
    try:
        return Decision.model_validate(body)
    except ValidationError as error:
        errors = {path.removeprefix("body."): why for path, why in
                  error_paths(error, "body").items()}  # fmt: skip
        raise InvalidRequest("The request is not as expected.", errors) from error
