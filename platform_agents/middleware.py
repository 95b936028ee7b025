"""Request checks that must come before any view, the admin's included."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse


class RefuseNul:
    """A NUL in the path or the query reaches PostgreSQL as an error; answer 400 instead."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\x00" in request.path or "\x00" in query or "%00" in query:
            return JsonResponse(
                {"detail": "The address holds a NUL character.", "code": "invalid_request"},
                status=400,
            )
        return self.get_response(request)
