"""What comes before any view, the admin's included, and what holds for every answer."""

from collections.abc import Callable

from django.conf import settings
from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse

from platform_agents import request_ids


class RequestIds:
    """The first of all. The id is not taken back at the end: Django logs a refusal after the last
    middleware, and the thread's next request brings an id of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_ids.begin(request.META.get(request_ids.ENVIRON, ""))
        response = self.get_response(request)
        response.headers[request_ids.HEADER] = request_id
        return response


class NoStore:
    """No cache keeps an answer that does not say that it may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


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


class ReadChunked:
    """Bodies that come in chunks, without a Content-Length: to Django's WSGI they are empty. They
    are read up to one byte over the limit, so that whoever reads the body can refuse it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
        if chunked and isinstance(request, WSGIRequest) and not request.META.get("CONTENT_LENGTH"):
            most = settings.MAX_BODY_BYTES
            stream = LimitedStream(request.environ["wsgi.input"], most + 1)
            request._stream = stream  # type: ignore[assignment]
            request.META["CONTENT_LENGTH"] = str(most)  # at most; 0 would mean that there is none
        return self.get_response(request)
