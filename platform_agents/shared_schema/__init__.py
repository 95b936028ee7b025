"""The gateway's database contract: our copy of it, the field types it needs, and the drift check.

For models, from `shared_schema.fields`: `EnumField`, `UtcTimestampField`, `JsonTextField`,
`InvalidJson`, `AsInstant` and the database defaults `GenRandomUuid()` and `NowUtc()`.
For checks: `contract.differences`. For tests and development: `loading.load_shared_schema`.
Nothing here knows a concrete model; the drift check asks Django which there are.
"""
