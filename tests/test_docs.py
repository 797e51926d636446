"""What the documentation promises: the table of methods is fresh, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tools import methods

ROOT = Path(__file__).parent.parent
PAGES = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not any(part.startswith(".") or part in ("runs", "build", "dist") for part in path.relative_to(ROOT).parts)
]
METHODS = methods.methods()


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def commands(program: str) -> dict[str, str]:
    """Lines of fenced blocks that start with this program, and the page they stand in."""
    found = {}
    for page in PAGES:
        for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            for line in block.replace("\\\n", " ").splitlines():
                words = line.partition(" #")[0].removeprefix("$").split()
                if words[:1] == [program]:
                    found[" ".join(words)] = page.name
    return found


def test_the_table_of_methods_is_fresh() -> None:
    assert methods.PAGE.read_text(encoding="utf-8") == methods.page(METHODS), "run `make docs` and commit the result"


def test_every_method_says_where_it_comes_from() -> None:
    silent = [f"{m.source}: {m.name}" for m in METHODS if not m.cited]
    assert silent == [], f"the docstring needs an arXiv id or the words {methods.OWN!r}"


def test_every_method_is_named_by_a_test() -> None:
    assert [f"{m.source}: {m.name}" for m in METHODS if m.test() is None] == []


def test_the_walker_tells_methods_from_what_they_are_made_of() -> None:
    from mmreason.credit.base import Advantage
    from mmreason.credit.group_norm import GroupNorm
    from mmreason.rewards.base import Term

    assert methods.is_method(GroupNorm)
    assert not methods.is_method(Advantage), "abstract"
    assert not methods.is_method(Term), "a record: nothing to call"
    assert {m.name for m in METHODS if m.room == "mmreason.credit"} >= {"GroupNorm", "LeaveOneOut"}


@pytest.mark.parametrize(
    ("doc", "summary", "papers"),
    [
        ("GRPO, arXiv:2402.03300: minus the mean.", "GRPO: minus the mean.", ("2402.03300",)),
        (
            "To go (RLFR, arXiv:2510.10201; VSRM, arXiv:2508.10293).",
            "To go (RLFR; VSRM).",
            ("2510.10201", "2508.10293"),
        ),
        ("KL in the reward (arXiv:2009.01325v3): k1.\n\nMore.", "KL in the reward: k1.", ("2009.01325",)),
        ("Evenly spaced. Not from a paper.", "Evenly spaced.", ()),
        ("", "", ()),
    ],
)
def test_a_summary_is_the_first_line_without_the_citation(doc: str, summary: str, papers: tuple[str, ...]) -> None:
    method = methods.Method("room", "Name", "room.name", doc)
    assert method.summary == summary
    assert method.papers == papers


def test_a_docstring_counts_only_if_it_was_written_for_the_class() -> None:
    from mmreason.credit.group_norm import GroupNorm

    class Silent(GroupNorm):
        pass

    assert methods.own_doc(GroupNorm).startswith("GRPO")
    assert methods.own_doc(Silent) == ""


def test_every_make_command_has_a_target() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = {word: page for line, page in commands("make").items() for word in line.split()[1:] if "=" not in word}
    assert {word: page for word, page in asked.items() if word not in targets} == {}


def run_main(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Exit code of the installed command, run in this process."""
    script = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]["mmreason"]
    module, _, name = script.partition(":")
    monkeypatch.setattr(sys, "argv", ["mmreason", *words])
    try:
        return int(getattr(import_module(module), name)() or 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def test_every_mmreason_command_and_its_options_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = commands("mmreason")
    assert lines, "the README shows no mmreason command"
    assert run_main(["no-such-command", "--help"], monkeypatch) != 0
    for line, page in lines.items():
        words = line.split()[1:]
        plain = words[: next((i for i, word in enumerate(words) if word.startswith("-")), len(words))]
        capsys.readouterr()
        assert run_main([*plain, "--help"], monkeypatch) == 0, f"{page}: {line}"
        said = capsys.readouterr().out
        options = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}
        assert {option for option in options if option not in said} == set(), f"{page}: {line}"


def anchors(page: Path) -> set[str]:
    """What a link may name after ``#`` in this page."""
    headings = re.findall(r"^#+ +(.+?) *$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


def test_relative_links_lead_somewhere() -> None:
    assert {page.name: dead for page in PAGES if (dead := list(dead_links(page)))} == {}


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](page.md#one-two) [b](#one-two) [c](gone.md) [d](#gone)\n```\n[e](gone)\n```\n")
    assert list(dead_links(page)) == ["gone.md", "#gone"]
