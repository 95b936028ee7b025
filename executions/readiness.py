"""Why a claimed run ends without having been sent to a host. Called by `flights`."""

from executions.claims import WAITED_TOO_LONG, Claimed

_CONFIG_GONE = (
    "The version of the module's config that it was accepted with was deleted; submit again."
)


def cannot_start(run: Claimed) -> tuple[str, str] | None:
    """(outcome, error), or None when it can."""
    if run.row_gone:
        return "lost", "The execution was deleted."
    if run.late or (run.remaining_s is not None and run.remaining_s <= 0):
        return "timed_out", WAITED_TOO_LONG
    if run.module_status != "active":
        return "failed", _not_active(run)
    if run.config_gone:
        return "failed", _CONFIG_GONE
    return None


def _not_active(run: Claimed) -> str:
    if run.module_status == "error" and run.circuit:
        return (
            "The module's status is error: it failed too often in a row, or somebody set it so. "
            "Reset the module's circuit, then submit again."
        )
    return f"The module is not active any more: its status is {run.module_status}."
