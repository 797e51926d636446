"""The inspector in a real browser: every tab, keys, links, a phone, the dark, and a run that would like to run scripts.

With ``INSPECTOR_SHOTS=FOLDER`` the pictures of the documentation are written there; they are taken of whole runs of the
quickstart, ``quickstart`` and ``seed-1`` in ``INSPECTOR_RUNS=FOLDER``, as two steps make no curve.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mmreason.inspector.browser import PAYLOADS, bomb, chromium, hostile, inspector, train

pytest.importorskip("gradio", reason="the inspector needs the extra demo")
sync = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no chromium on this machine (apt-get install chromium)"),
]
PATIENCE = 120_000
"""Milliseconds."""
SHOTS, RUNS = os.environ.get("INSPECTOR_SHOTS", ""), os.environ.get("INSPECTOR_RUNS", "")
STAGE = "planning" if RUNS else "mixed"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The inspector over two real runs and a hostile one."""
    top = tmp_path_factory.mktemp("runs")
    if RUNS:
        first, second = Path(RUNS) / "quickstart", Path(RUNS) / "seed-1"
    else:
        first, second = train(top / "quickstart", seed=0, steps=2), train(top / "seed-1", seed=1, steps=2)
    with inspector(str(first), str(second), str(hostile(top / "hostile"))) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


class Visit:
    """One page, and all that went wrong on it."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.troubles: list[str] = []
        self.forgiven: tuple[str, ...] = ()
        page.set_default_timeout(PATIENCE)
        page.on("dialog", lambda dialog: (self.troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.troubles.append(f"error {error}"))
        page.on("console", lambda said: said.type == "error" and self.troubles.append(said.text))
        page.on("request", lambda asked: self.asked(asked.url))

    def asked(self, url: str) -> None:
        """Nothing is loaded from elsewhere."""
        if not url.startswith((self.address, "data:", "blob:")):
            self.troubles.append(f"asked {url}")

    def open(self, link: str = "") -> Visit:
        self.page.goto(self.address + link, wait_until="domcontentloaded")
        return self

    def samples(self, link: str = "") -> Visit:
        self.open(link).page.wait_for_selector("#mmr-sample .sample, #mmr-table .note", state="attached")
        return self

    def tab(self, name: str, until: str) -> Visit:
        self.page.click(f"button[role=tab]:has-text('{name}')")
        self.page.wait_for_selector(until)
        return self

    def at(self, number: int) -> None:
        """Wait until the address says so."""
        wanted = f"(new URLSearchParams(location.search).get('at') || '0') == '{number}'"
        self.page.wait_for_function(wanted)

    def text(self, where: str) -> str:
        return str(self.page.inner_text(where))

    def shot(self, name: str) -> None:
        if SHOTS:
            self.page.wait_for_timeout(500)
            self.page.screenshot(path=Path(SHOTS) / f"inspector-{name}.png")


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
    found = Visit(page, address)
    yield found
    page.close()
    assert [said for said in found.troubles if not any(word in said for word in found.forgiven)] == []


def test_a_sample_shows_picture_answers_and_rewards(visit: Visit) -> None:
    visit.samples(f"?run=quickstart&stage={STAGE}&sort=spread&down=1")
    assert re.search(r"1 of \d+ samples", visit.text("#mmr-status"))
    visit.page.wait_for_function("document.querySelector('#mmr-sample img').naturalWidth > 0")
    said = visit.text("#mmr-sample").lower()
    for word in ("right answer", "accuracy", "total", "advantage"):
        assert word in said
    visit.shot("samples")


def test_keys_move_and_the_link_brings_it_back(visit: Visit) -> None:
    visit.samples("?run=quickstart")
    titles = [visit.text("#mmr-sample h3")]
    for key, number in (("j", 1), ("ArrowRight", 2), ("k", 1)):
        visit.page.keyboard.press(key)
        visit.at(number)
        titles.append(visit.text("#mmr-sample h3"))
    assert titles[1] == titles[3]
    assert len(set(titles)) == 3
    link, body = visit.page.url, visit.text("#mmr-sample")
    visit.page.goto("about:blank")
    visit.open(link.removeprefix(visit.address)).page.wait_for_selector("#mmr-sample .sample")
    assert visit.text("#mmr-sample") == body
    assert visit.page.locator("#mmr-table a[aria-current=true]").count() == 1


def test_search_filters_and_pages(visit: Visit) -> None:
    visit.samples("?run=quickstart")
    everything = visit.text("#mmr-status")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("same line")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_function("location.search.includes('q=same')")
    assert visit.text("#mmr-status") != everything
    assert all("same line" in row for row in visit.page.locator("#mmr-table td.lead b").all_inner_texts())
    visit.page.keyboard.press("Escape")
    visit.samples("?run=quickstart&sort=length&down=1")
    assert everything == visit.text("#mmr-status")


def test_typing_moves_nothing(visit: Visit) -> None:
    visit.samples("?run=quickstart")
    visit.page.keyboard.press("/")
    visit.page.keyboard.type("jjkk]")
    assert visit.page.input_value("#mmr-search textarea, #mmr-search input") == "jjkk]"
    assert "at=" not in visit.page.url


def test_a_click_on_a_row_opens_it(visit: Visit) -> None:
    visit.samples("?run=quickstart")
    row = visit.page.locator("#mmr-table a[data-sample]").nth(3)
    task = str(row.get_attribute("data-sample")).split("/")[3]
    row.click()
    visit.page.wait_for_function(f"document.querySelector('#mmr-sample h3').innerText == '{task}'")
    visit.page.keyboard.press("j")
    visit.at(4)


def test_a_run_shows_its_curves_and_changes(visit: Visit) -> None:
    visit.samples("?run=quickstart").tab("Run", "#mmr-curves svg")
    assert "rewardmap" in visit.text("#mmr-run")
    assert visit.page.locator("#mmr-curves svg").count() >= 3
    assert visit.page.locator("#mmr-changes a[data-sample]").count() > 0
    assert "tab=run" in visit.page.url
    visit.shot("run")


def test_two_runs_stand_side_by_side(visit: Visit) -> None:
    visit.samples("?run=quickstart").tab("Compare", "#mmr-both-runs .mmr *")
    said = visit.text("#mmr-both-runs")
    assert "quickstart" in said
    visit.shot("compare")


def test_live_answers_grow_and_are_scored(visit: Visit) -> None:
    visit.samples("?run=quickstart")
    visit.page.click("#mmr-again button, button#mmr-again")
    visit.page.wait_for_function("document.querySelector('#mmr-question textarea')?.value.length > 10")
    visit.page.evaluate("""() => { window.seen = new Set(); new MutationObserver(() => window.seen.add(
        document.querySelector('#mmr-live-view').innerText.length)).observe(document.querySelector('#mmr-live-view'),
        {childList: true, subtree: true, characterData: true}); }""")
    visit.page.click("#mmr-go")
    visit.page.wait_for_selector("#mmr-live-view .summary")
    assert visit.page.evaluate("window.seen.size") >= 3
    said = visit.text("#mmr-live-view").lower()
    for word in ("accuracy", "total", "advantage"):
        assert word in said
    visit.shot("live")


def test_an_upload_is_looked_at_before_it_is_asked_about(visit: Visit, tmp_path: Path) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(30_000, 30_000))
    visit.open("?tab=live").page.wait_for_selector("#mmr-go")
    visit.page.set_input_files("#mmr-upload input[type=file]", tmp_path / "bomb.png")
    visit.page.wait_for_selector("#mmr-live-view .warning")
    assert "too large to be decoded safely" in visit.text("#mmr-live-view")


def test_nothing_that_a_run_says_is_run(visit: Visit) -> None:
    for number, payload in enumerate(PAYLOADS):
        visit.samples(f"?run=hostile&at={number}")
        visit.page.wait_for_selector("#mmr-sample .card")
        assert payload[:20] in visit.text("#mmr-sample")
        assert visit.page.locator(".mmr script, .mmr iframe, .mmr [onerror], .mmr [onload]").count() == 0
        assert visit.page.locator(".mmr a[href^='javascript']").count() == 0
    assert "broken" not in visit.text("#mmr-table")
    visit.tab("Run", "#mmr-run .mmr *").tab("Compare", "#mmr-both-runs .mmr *")
    visit.page.wait_for_timeout(500)
    assert visit.page.evaluate("window.hacked") is None
    visit.forgiven = ("404",)  # pictures that the run names and does not have are no fault of the page


def test_a_link_may_say_anything(visit: Visit) -> None:
    visit.samples("?run=%3Cscript%3Ealert(1)%3C/script%3E&sample=%3Cimg%20src=x%20onerror=alert(1)%3E&flags=x&at=zz")
    assert "<script>alert(1)</script>" in visit.text("#mmr-note")


@pytest.mark.parametrize("tab", ["samples", "run", "compare", "live"])
def test_a_phone_need_not_scroll_sideways(browser: Any, address: str, tab: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2, color_scheme="dark")
    visit = Visit(page, address).samples("?run=quickstart")
    if tab != "samples":
        until = {"run": "#mmr-curves svg", "compare": "#mmr-both-runs .mmr *", "live": "#mmr-go"}[tab]
        if not page.locator(f"button[role=tab]:has-text('{tab.title()}')").first.is_visible():
            page.click("button.overflow-menu, .overflow-menu button")
        visit.tab(tab.title(), until)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if tab == "samples":
        visit.shot("phone")
    page.close()
    assert visit.troubles == []


def test_dark_is_dark_and_can_be_switched(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    visit = Visit(page, address).samples("?run=quickstart&at=3")
    bright = "getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).slice(0, 3).reduce((a, c) => a + +c, 0)"
    assert page.evaluate(bright) < 200
    visit.shot("dark")
    page.click("#mmr-scheme")
    page.wait_for_function(f"{bright} > 600")
    page.close()
