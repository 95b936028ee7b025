"""What the HTTP API says about itself: there is only JSON, whatever `Accept` says, and OPTIONS
answers with the header `Allow` alone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads the settings that name this file


class AlwaysJson(DefaultContentNegotiation):
    """A 406 would help nobody: a browser that asks for HTML is better served with JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        [renderer] = renderers
        assert renderer.media_type is not None
        return renderer, renderer.media_type


class OnlyAllow(BaseMetadata):
    """The framework's own would describe the code, not the contract."""

    def determine_metadata(self, request: Request, view: "APIView") -> None:
        return None
