"""Who is asking, and what of the shared database they may see.

Organization, PlatformUser and ApiKey map the gateway's tables; Membership is ours. Everything
above asks through `for_org()` (scoping), `ApiKeyAuthentication` (the gateway) or
`OrgScopedAdmin` (operators).
"""
