"""From keywords to options."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from mmreason.cli.options import Options, args_of, misfit, one_line, parse
from mmreason.cli.suggest import CommandError


def bake(
    *,
    kind: Literal["rye", "wheat"] = "rye",
    grams: int | None = None,
    heat: float = 0.5,
    seeds: tuple[str, ...] = (),
    sliced: bool = False,
    salted: bool = True,
    out: Path = Path("oven"),
) -> None:
    """Bake a loaf.

    Args:
        kind: ``rye`` or
            wheat.
        grams: weight.
        heat: share of the dial.
    """


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Where it is sold.

    Args:
        street: which one.
        till: number of the till.
    """

    street: str
    till: int = 1


GROUPS = [Options("bread", bake)]


def read(*words: str) -> dict[str, object]:
    return parse(GROUPS, words, "bakery bake", "Bakes.")[0]


def test_defaults_are_those_of_the_function() -> None:
    expected = {"kind": "rye", "grams": None, "heat": 0.5, "seeds": (), "sliced": False, "salted": True}
    assert read() == expected | {"out": Path("oven")}


def test_values_have_the_types_of_the_annotations() -> None:
    found = read("--kind=wheat", "--grams", "750", "--heat", "1e-3", "--seeds", "poppy", "flax", "--out", "a/b")
    assert found["kind"] == "wheat"
    assert found["grams"] == 750
    assert found["heat"] == 1e-3
    assert found["seeds"] == ("poppy", "flax")
    assert found["out"] == Path("a/b")


def test_switches() -> None:
    assert read("--sliced")["sliced"] is True
    assert read("--no-salted")["salted"] is False


def test_underscores_are_understood() -> None:
    (found,) = parse([Options("bread", bake)], ["--out", "x"], "p", "")
    assert found["out"] == Path("x")

    def two_words(*, group_size: int = 1) -> None: ...

    assert parse([Options("a", two_words)], ["--group_size", "3"], "p", "") == [{"group_size": 3}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kidn", "rye"], "unknown option '--kidn'; did you mean '--kind'?"),
        (["--kidn=rye"], "unknown option '--kidn'; did you mean '--kind'?"),
        (["--zzz"], "unknown option '--zzz'; see bakery bake --help"),
        (["--kind", "ryee"], "--kind: unknown value 'ryee'; did you mean 'rye'? (rye, wheat)"),
        (["--kind", "oats"], "--kind: unknown value 'oats'; there are: rye, wheat"),
        (["--grams", "many"], "--grams: expected a whole number, got 'many'"),
        (["--grams", "1.5"], "--grams: expected a whole number, got '1.5'"),
        (["--heat", "hot"], "--heat: expected a number, got 'hot'"),
        (["--grams"], "Missing value for argument '--grams'"),
        (["rye"], "Unrecognized options: rye"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], said: str) -> None:
    with pytest.raises(CommandError) as caught:
        read(*words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_has_no_default_is_required() -> None:
    shop = [Options("shop", Shop)]
    with pytest.raises(CommandError, match=r"^--street is required; see p --help$"):
        parse(shop, ["--till", "2"], "p", "")
    assert parse(shop, ["--street", "Elm", "--till", "2"], "p", "") == [{"street": "Elm", "till": 2}]


def test_a_keyword_can_be_given_without_its_name() -> None:
    shop = [Options("shop", Shop, first={"street": "STREET"})]
    assert parse(shop, ["Elm"], "p", "") == [{"street": "Elm", "till": 1}]
    assert parse(shop, ["--till", "4", "Elm"], "p", "") == [{"street": "Elm", "till": 4}]
    with pytest.raises(CommandError, match="STREET"):
        parse(shop, [], "p", "")


def test_groups_are_read_together_and_given_back_apart() -> None:
    groups = [Options("bread", bake, without=["kind"]), Options("shop", Shop)]
    bread, shop = parse(groups, ["--street", "Elm", "--grams", "3"], "p", "")
    assert (bread["grams"], shop["street"]) == (3, "Elm")
    assert "kind" not in bread
    with pytest.raises(CommandError, match="unknown option '--kind'"):
        parse(groups, ["--street", "Elm", "--kind", "rye"], "p", "")


def test_the_help_has_every_option_its_default_and_the_text_of_the_docstring(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        read("--help")
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert all(option in said for option in GROUPS[0].names())
    for text in ("Bakes.", "bread options", "rye or wheat. (default: rye)", "{rye,wheat}", "--grams INT", "weight."):
        assert text in said
    assert "None" not in said


def test_the_args_of_a_docstring_end_where_the_next_section_begins() -> None:
    assert args_of("Title.\n\nArgs:\n    a: one\n        more: than that\n\nReturns:\n    b: no\n") == {
        "a": "one more: than that"
    }
    assert args_of("No such section.") == {}


def test_what_only_tyro_can_tell_is_left_to_it() -> None:
    assert misfit(int, "None") == ""
    assert misfit(str, "anything") == ""
    assert misfit(Path, "/a") == ""


def test_a_message_without_a_frame_is_kept() -> None:
    assert one_line("plain\nwords\n") == "plain words"
    assert one_line("") != ""
