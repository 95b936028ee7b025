"""The gateway deploys its schema with the real drizzle-kit while we are at work."""
