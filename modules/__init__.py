"""The registry: which modules an organization has configured, and which agent each one names."""
