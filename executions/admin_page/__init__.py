"""The page of one execution in the operators' admin, what is done there, and comparing two.

`page.ExecutionPage` is mixed into the ModelAdmin of executions; nothing else is for others. Reading
(`reading`, `values`, `log`), wording (`words`, `timeline`) and acting (`deeds`) are apart. State
changes only through `cancelling`, `again` and `approvals`.
"""
