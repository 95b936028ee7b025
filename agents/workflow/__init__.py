"""Workflows of the automation agent: what one is, whether it is valid, and the engine that runs it.

    model.py        the config's shape          validation.py   what pydantic cannot say of it
    expressions.py  `${{ JMESPath }}`, bounded   template.py     values with expressions in them
    references.py   what an expression reads    reading.py      whether it can be read there
    graph.py        which step is before which  findings.py     what is wrong, and where
    engine.py       steps in their order        step_run.py     one step: its items, its end
    trying.py       retries and timeouts        at_once.py      many calls, some at once
    steps/          one file per `uses`         reports.py      events, kept short

Data in, data out: no text of a tenant is ever run as code. Called by `agents.automation`.
"""
