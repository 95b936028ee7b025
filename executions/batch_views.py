"""POST /execute/batch: up to 1,000 executions of one module, accepted together."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from executions import idempotency
from executions.answers import BatchAccepted
from executions.batch import Batch, submit_all
from executions.serializers import BatchRequest, request_for
from platform_agents.tenancy.authentication import key_of
from platform_agents.tenancy.limits import charge_runs


class BatchView(APIView):
    """202 with the ids in the order of the inputs. Nobody waits here, whatever `Prefer` says."""

    throttle_classes = ()  # it charges for runs

    def post(self, request: Request) -> Response:
        key = key_of(request)
        wanted = request_for(request.data, BatchRequest, org_id=key.org_id)
        charge_runs(key, runs=len(wanted.inputs))
        execution_ids = submit_all(
            Batch(
                org_id=wanted.org_id,
                module=wanted.module_id,
                inputs=wanted.inputs,
                task_id=wanted.task_id,
                requested_by=f"key:{key.id}",
                idempotency_key=idempotency.key_of(request.headers),
                timeout_s=wanted.timeout_s,
                start_within_s=wanted.start_within_s,
            )
        )
        body: BatchAccepted = {"execution_ids": execution_ids, "count": len(execution_ids)}
        return Response(body, status=202)
