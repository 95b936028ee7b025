"""An agent in steps that is no workflow: plain Python in a thread, on what every context gives."""

from typing import Any

from agents import BaseAgent, Suspended


class InSteps(BaseAgent):
    """Keeps a step per attempt; asks in the first, and gives what it remembers in the second."""

    name = "in_steps"

    def execute(self, input_data: dict[str, Any]) -> Any:  # type: ignore[override]
        kept = {step: found.output for (step, _), found in self.context.finished_steps.items()}
        answer = self.context.approvals.get("ask")
        self.context.checkpoint(f"step {len(kept)}", {"n": len(kept)})
        if answer is None:
            self.context.ask_approval("ask", title="Go on?")
            raise Suspended(reason="approval", step="ask", resume_in_s=3600)
        return {"kept": kept, "answer": answer.state}
