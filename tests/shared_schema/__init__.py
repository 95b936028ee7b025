"""The gateway contract: field types, drift check and the two commands, on real PostgreSQL."""
