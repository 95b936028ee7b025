"""What belongs to the contract: the names of its tables and enums, and where our copy lies."""

from pathlib import Path

SCHEMA = "public"
SHARED_TABLES = (
    "organizations",
    "users",
    "tasks",
    "api_keys",
    "modules",
    "module_executions",
)
SHARED_ENUMS = ("role", "task_status", "agent_status")
SCHEMA_FILE = Path(__file__).with_name("schema.sql")
