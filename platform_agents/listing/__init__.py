"""Lists of the HTTP API: query parameters read strictly (`query`), pages that go on where the last
one ended (`pages`, `cursor`). Knows no model and no organization: views hand in a scoped queryset.
"""

from platform_agents.listing.cursor import Position
from platform_agents.listing.errors import InvalidQuery
from platform_agents.listing.pages import page
from platform_agents.listing.query import ListQuery, Moment, read

__all__ = ["InvalidQuery", "ListQuery", "Moment", "Position", "page", "read"]
