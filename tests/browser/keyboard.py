"""Walks a page by keyboard alone: Tab to what is wanted, and the focus is seen at every stop."""

from playwright.sync_api import Locator, Page

MOST_STOPS = 150
_STOP = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const on_screen = box.bottom > 0 && box.top < innerHeight && box.right > 0;
  const key = e.outerHTML.slice(0, 100);
  return { seen: e === document.body || (ring && on_screen), key };
}"""


def walk(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; fail where the focus cannot be seen on the way."""
    stops = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        assert stop["seen"], f"the focus is not to be seen on {stop['key']}"
        if wanted.evaluate("e => e === document.activeElement"):
            return
        stops.append(stop["key"])
    raise AssertionError(f"Tab does not lead to {wanted}; it led to {stops[-12:]}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Walk to something and press it."""
    walk(page, wanted)
    page.keyboard.press(key)
