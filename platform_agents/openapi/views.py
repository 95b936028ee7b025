"""GET /openapi.json, as it is checked in, and /docs: Swagger UI, from our own static files."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import condition

from platform_agents.openapi.file import PATH
from platform_agents.views import read_only

_DOCUMENT = PATH.read_bytes()
_ETAG = f'"{hashlib.sha256(_DOCUMENT).hexdigest()[:32]}"'
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


@read_only
@condition(etag_func=lambda request: _ETAG)
def openapi(request: HttpRequest) -> HttpResponse:
    headers = {"Cache-Control": "public, no-cache"}  # kept, and asked about each time
    return HttpResponse(_DOCUMENT, content_type="application/json", headers=headers)


@read_only
def docs(request: HttpRequest) -> HttpResponse:
    """Its requests go to this server only, and its scripts come from here only."""
    response = render(request, "openapi/docs.html")
    response["Content-Security-Policy"] = _POLICY
    return response
