"""UNFOLD, the theme's settings. Data only: `settings` imports it before Django is ready, so that
functions are named by their paths."""

from typing import Any

TITLE = "Platform agents"

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": TITLE,
    "SITE_HEADER": TITLE,
    "SITE_SUBHEADER": "platform_agents.operators.navigation.subheader",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,  # there is no site behind the admin
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": "platform_agents.operators.navigation.favicon",
        }
    ],
    "SHOW_BACK_BUTTON": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "platform_agents.operators.navigation.environment",
    "STYLES": ["platform_agents.operators.navigation.style_sheet"],
    "SCRIPTS": ["platform_agents.operators.navigation.page_script"],
    "ACCOUNT": {"navigation": "platform_agents.operators.navigation.account"},
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "platform_agents.operators.navigation.sidebar",
    },
}
