import { agentTables, tasksIndexes } from "@platform-agents/gateway/schema";
import { sql } from "drizzle-orm";
import { pgEnum, pgTable, text, timestamp, varchar } from "drizzle-orm/pg-core";

export const agentStatusEnum = pgEnum("agent_status", ["active", "inactive", "error"]);
export const taskStatusEnum = pgEnum("task_status", ["pending", "running", "completed", "failed"]);
export const organizations = pgTable("organizations", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  name: text("name").notNull(),
});
export const tasks = pgTable(
  "tasks",
  {
    id: varchar("id")
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    orgId: varchar("org_id").notNull(),
    createdAt: timestamp("created_at").notNull().defaultNow(),
  },
  tasksIndexes,
);

export const { modules, moduleExecutions } = agentTables({
  organizations,
  tasks,
  agentStatus: agentStatusEnum,
  taskStatus: taskStatusEnum,
});
