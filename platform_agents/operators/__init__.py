"""The operators' site under /admin/: theme, navigation, sign-in, and the walls around it.

Pages stand with the rows they show (`tenancy.admin`, `modules.admin`, `executions.admin`, …), on
`tenancy.admin_scope`. What they all share is here. docs/admin.md says how to write one.
"""
