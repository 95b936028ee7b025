"""Pictures of the walk: always into the test's own folder, into the README's when asked for.

`--screenshots FOLDER` asks; `make screenshots` says docs/pictures.
"""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FloatRect, Locator, Page

from tests.admin_browser.site import fits

TALLEST_PX = 780
MOST_BYTES = 150_000


@dataclass(frozen=True, kw_only=True)
class Album:
    """`prefix`: of all its names. `published`: where pictures go that are asked for."""

    folder: Path
    published: Path | None
    prefix: str = ""

    def take(
        self, page: Page, name: str, *, publish: bool = True, at: Locator | None = None
    ) -> None:
        """The window once it has settled, from its top or with `at` in its middle. The page must
        not scroll sideways."""
        page.wait_for_load_state()
        assert fits(page), f"{name} is wider than the window"
        page.evaluate("document.fonts.ready.then(() => scrollTo(0, 0))")
        if at is not None:
            at.evaluate("(one) => one.scrollIntoView({block: 'center'})")
        picture = page.screenshot(animations="disabled", caret="hide", clip=_top_of(page))
        for folder in (self.folder, *([self.published] if publish and self.published else [])):
            (folder / f"{self.prefix}{name}.png").write_bytes(picture)
        assert len(picture) < MOST_BYTES, f"{name} has {len(picture)} bytes"


def _top_of(page: Page) -> FloatRect:
    seen = page.viewport_size
    assert seen is not None
    return {"x": 0, "y": 0, "width": seen["width"], "height": TALLEST_PX}
