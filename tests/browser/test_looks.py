"""Every kind of page, at phone and desktop width, light and dark: nothing overlaps, nothing is cut off, axe finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import AXE
from kinds import DONE, KINDS

_SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
_WIDTHS = {"phone": 390, "desktop": 1280}
# what sticks out of the window though no frame of its own scrolls it
_CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth;
  const framed = (each) => { for (let at = each; at; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.overflowX === "auto" || style.overflowX === "scroll" || style.overflowX === "hidden") return true;
    if (style.position === "absolute" && at.className === "skip") return true;
  } return false; };
  return [...document.querySelectorAll("body *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width > 0 && (box.right > wide + 1 || box.left < -1) && !framed(each);
  }).slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
}"""
# texts of the page's own blocks that lie upon one another
_OVERLAPS = """() => {
  const blocks = [...document.querySelectorAll("h1,h2,h3,p,dt,dd,li,label,button,select,textarea,td,th,svg text")]
    .filter((each) => !each.closest(".hidden,.skip,.CodeMirror,[hidden]") && each.getClientRects().length && each.checkVisibility()
      && ![...each.children].some((inner) => ["H1","H2","H3","P","UL","OL","DL","LI","TABLE","DIV","svg"].includes(inner.tagName)));
  const seen = (each) => { let {left, right, top, bottom} = each.getBoundingClientRect();  // what its frames do not clip
    for (let at = each.parentElement; at; at = at.parentElement) if (getComputedStyle(at).overflow !== "visible") {
      const box = at.getBoundingClientRect();
      left = Math.max(left, box.left); right = Math.min(right, box.right); top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
    }
    return {left, right, top, bottom}; };
  const boxes = blocks.map(seen), found = [];
  for (let i = 0; i < blocks.length; i++) for (let j = i + 1; j < blocks.length && j < i + 60; j++) {
    if (blocks[i].contains(blocks[j]) || blocks[j].contains(blocks[i])) continue;
    if ([blocks[i], blocks[j]].some((each) => getComputedStyle(each).position === "sticky")) continue;
    const a = boxes[i], b = boxes[j];
    const w = Math.min(a.right, b.right) - Math.max(a.left, b.left), h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (w > 3 && h > 3) found.push([blocks[i].textContent.trim().slice(0, 40), blocks[j].textContent.trim().slice(0, 40)]);
  }
  return found.slice(0, 5);
}"""


@pytest.mark.parametrize("width", _WIDTHS)
@pytest.mark.parametrize("kind", [*KINDS, *DONE])
def test_nothing_is_cut_off_and_nothing_overlaps(open_page, kind: str, width: str) -> None:
    page = _shown(open_page, kind, viewport={"width": _WIDTHS[width], "height": 900})
    _SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=_SHOTS / f"{kind}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= _WIDTHS[width] + 1, "the page scrolls sideways"
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate(_OVERLAPS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [*KINDS, *DONE])
def test_axe_finds_nothing_serious(open_page, kind: str, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip("not run: axe-core is not there; make assets fetches it")
    assert _violations(_shown(open_page, kind, color_scheme=scheme)) == []


def test_axe_finds_a_seeded_fault(open_page) -> None:
    if not AXE.is_file():
        pytest.skip("not run: axe-core is not there; make assets fetches it")
    page = open_page("/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")
    assert {each.split(":")[0] for each in _violations(page)} >= {"image-alt", "label"}


def test_the_looks_find_seeded_faults(open_page) -> None:
    page = open_page("/", viewport={"width": 390, "height": 900})
    page.evaluate("""() => { const box = document.createElement("div"); box.textContent = "x"; document.body.append(box);
      box.style.width = "800px"; const low = document.querySelectorAll("main p")[1]; low.style.marginTop = "-3rem"; }""")
    assert page.evaluate(_CUT_OFF) and page.evaluate(_OVERLAPS)


def _shown(open_page, kind: str, **options):
    """Open a page of this kind, and do on it what brings it about."""
    if "editor" in kind and not AXE.is_file():
        pytest.skip("not run: the editor's parts are not there; make assets fetches them")
    path, do = (KINDS[kind], None) if kind in KINDS else DONE[kind]
    page = open_page(path, **options)
    if kind == "sparql" and AXE.is_file():
        page.wait_for_selector("[data-editor=ready]")
    if do:
        do(page)
    return page


def _violations(page) -> list[str]:
    """Return what axe calls serious or critical, a line each."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]} {each['nodes'][0]['failureSummary'][:200]}" for each in found["violations"]
            if each["impact"] in ("serious", "critical")]
