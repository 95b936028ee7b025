"""The API as openapi.json describes it, and what answers."""
