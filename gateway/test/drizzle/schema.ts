/**
 * A gateway's schema file, for tests/coexistence: the six shared tables, written by hand as the
 * guide does. SCHEMA=plain knows nothing of us, indexed takes our indexes over, changed adds a
 * column that every insert into `modules` must fill.
 */
import { sql } from "drizzle-orm";
import { pgEnum, pgTable, text, timestamp, varchar } from "drizzle-orm/pg-core";
import { agentTables, tasksIndexes } from "../../src/schema.js";

const variant = process.env.SCHEMA ?? "plain";

export const roleEnum = pgEnum("role", ["member", "admin", "super_admin"]);
export const agentStatusEnum = pgEnum("agent_status", ["active", "inactive", "error"]);
export const taskStatusEnum = pgEnum("task_status", ["pending", "running", "completed", "failed"]);

export const organizations = pgTable("organizations", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  name: text("name").notNull(),
  logo: text("logo"),
  plan: text("plan").notNull().default("free"),
  createdAt: timestamp("created_at").notNull().defaultNow(),
});

const orgId = () =>
  varchar("org_id")
    .notNull()
    .references(() => organizations.id, { onDelete: "cascade" });

export const users = pgTable("users", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  password: text("password").notNull(),
  role: roleEnum("role").notNull().default("member"),
  orgId: orgId(),
  lastLogin: timestamp("last_login"),
  createdAt: timestamp("created_at").notNull().defaultNow(),
});

export const tasks = pgTable(
  "tasks",
  {
    id: varchar("id")
      .primaryKey()
      .default(sql`gen_random_uuid()`),
    subscriptionId: varchar("subscription_id"),
    description: text("description").notNull(),
    status: taskStatusEnum("status").notNull().default("pending"),
    result: text("result"),
    userId: varchar("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    orgId: orgId(),
    createdAt: timestamp("created_at").notNull().defaultNow(),
    completedAt: timestamp("completed_at"),
  },
  (table) => (variant === "indexed" ? tasksIndexes(table) : []),
);

export const apiKeys = pgTable("api_keys", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  orgId: orgId(),
  name: text("name").notNull(),
  key: text("key").notNull().unique(),
  createdAt: timestamp("created_at").notNull().defaultNow(),
  lastUsed: timestamp("last_used"),
});

// Phase 1 of the guide.
const guideModules = pgTable("modules", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  name: text("name").notNull(),
  category: text("category").notNull(),
  pythonModule: text("python_module").notNull(),
  endpoint: text("endpoint"),
  config: text("config"),
  status: agentStatusEnum("status").notNull().default("active"),
  orgId: orgId(),
  createdAt: timestamp("created_at").notNull().defaultNow(),
  ...(variant === "changed" ? { owner: text("owner").notNull() } : {}),
});

const guideModuleExecutions = pgTable("module_executions", {
  id: varchar("id")
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  moduleId: varchar("module_id")
    .notNull()
    .references(() => guideModules.id, { onDelete: "cascade" }),
  taskId: varchar("task_id").references(() => tasks.id, { onDelete: "set null" }),
  input: text("input"),
  output: text("output"),
  status: taskStatusEnum("status").notNull().default("pending"),
  error: text("error"),
  startedAt: timestamp("started_at").notNull().defaultNow(),
  completedAt: timestamp("completed_at"),
  orgId: orgId(),
});

const gateway = { organizations, tasks, agentStatus: agentStatusEnum, taskStatus: taskStatusEnum };

export const { modules, moduleExecutions } =
  variant === "indexed"
    ? agentTables(gateway)
    : { modules: guideModules, moduleExecutions: guideModuleExecutions };
