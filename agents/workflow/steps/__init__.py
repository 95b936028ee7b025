"""What steps can do: one module per `uses`, each with `With` (what it takes, after its expressions
are filled in) and `run` (what it does).

A new `uses` is a module here, a line in KINDS, and its name in `model.Uses`.
"""

from types import ModuleType

from agents.workflow.steps import approval, data, http, module, notify, set_values, wait

KINDS: dict[str, ModuleType] = {
    "module": module,
    "data": data,
    "http": http,
    "set": set_values,
    "wait": wait,
    "notify": notify,
    "approval": approval,
}
