"""The indexes that we would like on the gateway's tables, each with the queries it is for.

Nothing depends on them but speed: `drizzle-kit push` drops what the gateway's schema file does not
name. `manage.py ensure_shared_indexes` creates them (index_building.py), `check_shared_schema` says
which are missing (live_indexes.py), and `gateway/src/schema.ts` names the same ones for Drizzle.

Columns ascend, and newest-first lists read them backwards: Drizzle and SQL disagree about what a
bare DESC means (NULLS LAST there, NULLS FIRST here), and the wrong one is never used. One index is
of all organizations and is ordered in the other way on purpose: only a list of all of them asks for
that order. In the same order the planner would take it for one organization's list, too, and read
everybody's rows to find the few that are old.
"""

from dataclasses import dataclass

from platform_agents.shared_schema.names import SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedIndex:
    """where is empty for an index over all rows. reason completes "it is for …"."""

    table: str
    columns: tuple[str, ...]
    where: str = ""
    reason: str

    @property
    def name(self) -> str:
        names = (column.partition(" ")[0] for column in self.columns)
        return f"{self.table}_{'_'.join(names)}_idx"

    @property
    def definition(self) -> str:
        """What PostgreSQL says about it after the table's name, when it is the one we mean."""
        condition = f" WHERE ({self.where})" if self.where else ""
        return f"USING btree ({', '.join(self.columns)}){condition}"

    @property
    def statement(self) -> str:
        """Run it outside of a transaction."""
        where = f"{SCHEMA}.{self.table} {self.definition}"
        return f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {self.name} ON {where}"


SHARED_INDEXES = (
    SharedIndex(
        table="module_executions",
        columns=("org_id", "started_at", "id"),
        reason="lists of an organization's executions, newest first, and deleting an organization",
    ),
    SharedIndex(
        table="module_executions",
        columns=("started_at DESC NULLS LAST", "id DESC NULLS LAST"),
        reason="the admin's list of all organizations' executions, newest first",
    ),
    SharedIndex(
        table="module_executions",
        columns=("module_id", "started_at", "id"),
        reason="lists of a module's executions, newest first, and deleting a module",
    ),
    SharedIndex(
        table="module_executions",
        columns=("org_id", "status", "started_at", "id"),
        where="status <> 'completed'::task_status",
        reason="lists of executions that have failed, run or wait, which are few among many",
    ),
    SharedIndex(
        table="module_executions",
        columns=("task_id",),
        where="task_id IS NOT NULL",
        reason="the executions of a task, and deleting a task",
    ),
    SharedIndex(
        table="modules",
        columns=("org_id", "python_module"),
        reason="finding the module of a call, lists of modules, and deleting an organization",
    ),
    SharedIndex(
        table="tasks",
        columns=("org_id", "created_at"),
        reason="the admin's list of tasks, and deleting an organization",
    ),
)
