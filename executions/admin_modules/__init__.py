"""The pages of modules, with how their runs went: the list, a module's own page, Run now.

On top of `modules.module_admin`, which knows nothing of runs. `executions.admin` registers
`page.ModulePages`; nothing else imports from here.
"""
