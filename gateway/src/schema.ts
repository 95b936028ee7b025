/**
 * For the gateway's Drizzle schema file: the indexes that the Python side would like to have, and
 * the two tables of the integration guide's phase 1 with them. What this names, `drizzle-kit push`
 * keeps.
 *
 * Names and columns are those of `manage.py ensure_shared_indexes`. They ascend: Drizzle's
 * `.desc()` writes NULLS LAST, which the lists' `ORDER BY … DESC` could not use; an ascending one
 * is read backwards. The one for all organizations is the exception, by which they stay apart.
 */
import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  type ExtraConfigColumn,
  index,
  type PgEnum,
  pgTable,
  text,
  timestamp,
  varchar,
} from "drizzle-orm/pg-core";

type Columns<Name extends string> = Record<Name, AnyPgColumn>;
type TaskStatus = PgEnum<["pending", "running", "completed", "failed"]>;
type AgentStatus = PgEnum<["active", "inactive", "error"]>;

export const modulesIndexes = (table: Columns<"orgId" | "pythonModule">) => [
  index("modules_org_id_python_module_idx").on(table.orgId, table.pythonModule),
];

export const moduleExecutionsIndexes = (
  table: Columns<"orgId" | "moduleId" | "taskId" | "status"> &
    Record<"id" | "startedAt", ExtraConfigColumn>,
) => [
  index("module_executions_org_id_started_at_id_idx").on(table.orgId, table.startedAt, table.id),
  index("module_executions_started_at_id_idx").on(
    table.startedAt.desc().nullsLast(),
    table.id.desc().nullsLast(),
  ),
  index("module_executions_module_id_started_at_id_idx").on(
    table.moduleId,
    table.startedAt,
    table.id,
  ),
  index("module_executions_org_id_status_started_at_id_idx")
    .on(table.orgId, table.status, table.startedAt, table.id)
    .where(sql`${table.status} <> 'completed'`),
  index("module_executions_task_id_idx")
    .on(table.taskId)
    .where(sql`${table.taskId} is not null`),
];

export const tasksIndexes = (table: Columns<"orgId" | "createdAt">) => [
  index("tasks_org_id_created_at_idx").on(table.orgId, table.createdAt),
];

/**
 * `export const { modules, moduleExecutions } = agentTables({ … })`, with the gateway's own tables
 * and enums.
 */
export function agentTables(gateway: {
  organizations: Columns<"id">;
  tasks: Columns<"id">;
  agentStatus: AgentStatus;
  taskStatus: TaskStatus;
}) {
  const ofOrganization = () =>
    varchar("org_id")
      .notNull()
      .references(() => gateway.organizations.id, { onDelete: "cascade" });
  const id = () =>
    varchar("id")
      .primaryKey()
      .default(sql`gen_random_uuid()`);

  const modules = pgTable(
    "modules",
    {
      id: id(),
      name: text("name").notNull(),
      category: text("category").notNull(),
      pythonModule: text("python_module").notNull(),
      endpoint: text("endpoint"),
      config: text("config"),
      status: gateway.agentStatus("status").notNull().default("active"),
      orgId: ofOrganization(),
      createdAt: timestamp("created_at").notNull().defaultNow(),
    },
    modulesIndexes,
  );
  const moduleExecutions = pgTable(
    "module_executions",
    {
      id: id(),
      moduleId: varchar("module_id")
        .notNull()
        .references(() => modules.id, { onDelete: "cascade" }),
      taskId: varchar("task_id").references(() => gateway.tasks.id, { onDelete: "set null" }),
      input: text("input"),
      output: text("output"),
      status: gateway.taskStatus("status").notNull().default("pending"),
      error: text("error"),
      startedAt: timestamp("started_at").notNull().defaultNow(),
      completedAt: timestamp("completed_at"),
      orgId: ofOrganization(),
    },
    moduleExecutionsIndexes,
  );
  return { modules, moduleExecutions };
}
