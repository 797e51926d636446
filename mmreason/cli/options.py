"""From a typed function or dataclass to command-line options: tyro parses, its docstring's ``Args`` are the help."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field, make_dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from mmreason.cli.suggest import CommandError, unknown

METAVARS = {int: "INT", float: "NUMBER", str: "TEXT", Path: "PATH"}


@dataclass(frozen=True)
class Options:
    """A group of options: the keywords of a callable.

    Args:
        title: heading in the help, without the word options.
        of: function or class with annotated keywords and a Google docstring.
        without: keywords that are not options.
        first: keywords that are given without their name, in this order.
    """

    title: str
    of: Callable[..., Any]
    without: Collection[str] = ()
    first: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, inspect.Parameter]:
        """Give the keywords with their annotations resolved."""
        hints = typing.get_type_hints(self.of, include_extras=True)
        found = inspect.signature(self.of).parameters
        return {n: p.replace(annotation=hints.get(n, str)) for n, p in found.items() if n not in self.without}

    def names(self) -> dict[str, inspect.Parameter]:
        """Give the options as they are typed, each with its keyword."""
        return {spelled(name, p): p for name, p in self.parameters().items() if name not in self.first}

    def constructor(self) -> Callable[..., dict[str, Any]]:
        """Make a function with the same keywords that gives them back, annotated for tyro."""

        def keywords(**given: Any) -> dict[str, Any]:
            return given

        helps = args_of(inspect.getdoc(self.of) or "")
        annotated = [
            p.replace(annotation=self.annotation(p, helps.get(name, "")), kind=inspect.Parameter.KEYWORD_ONLY)
            for name, p in self.parameters().items()
        ]
        keywords.__signature__ = inspect.Signature(annotated, return_annotation=dict)  # type: ignore[attr-defined]
        keywords.__annotations__ = {p.name: p.annotation for p in annotated}
        keywords.__doc__ = (inspect.getdoc(self.of) or "").partition("\n")[0]
        return keywords

    def annotation(self, parameter: inspect.Parameter, text: str) -> Any:
        """Give the type with what the help shows for it."""
        import tyro

        kind: Any = parameter.annotation
        shown = metavar(kind)
        hint = "" if parameter.default in (None, inspect.Parameter.empty, (), "") else None
        known = tyro.conf.arg(
            metavar=self.first.get(parameter.name) or shown, help=text or None, help_behavior_hint=hint
        )
        positional = (tyro.conf.Positional,) if parameter.name in self.first else ()
        annotated: Any = Annotated
        return annotated[(kind, known, *positional)]


def spelled(name: str, parameter: inspect.Parameter) -> str:
    """Give the option that sets a keyword; a switch that is on is set by its negation."""
    word = name.replace("_", "-")
    return f"--no-{word}" if parameter.default is True else f"--{word}"


def bare(kind: Any) -> Any:
    """Take None out of an optional type; a union of more stays."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        rest = [a for a in get_args(kind) if a is not type(None)]
        return rest[0] if len(rest) == 1 else kind
    return kind


def metavar(kind: Any) -> str | None:
    """Give the word that stands for a value in the help; None leaves it to tyro."""
    kind = bare(kind)
    if get_origin(kind) is Literal:
        return "{" + ",".join(map(str, get_args(kind))) + "}"
    if get_origin(kind) is tuple and len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        inner = metavar(get_args(kind)[0])
        return f"{inner} ..." if inner else None
    return METAVARS.get(kind)


def args_of(doc: str) -> dict[str, str]:
    """Read the ``Args`` section of a Google docstring: keyword to text on one line.

    >>> args_of('''Sum.
    ...
    ... Args:
    ...     a: the first
    ...         number.
    ...     b: ``the`` other.
    ...
    ... Raises:
    ...     ValueError: never.
    ... ''')
    {'a': 'the first number.', 'b': 'the other.'}
    """
    section = re.search(r"^Args:\n((?:[ \t]+.*\n?|\n)*)", inspect.cleandoc(doc), re.MULTILINE)
    if section is None:
        return {}
    entries = re.findall(r"^    (\w+): (.*(?:\n {5,}.*)*)", section.group(1), re.MULTILINE)
    return {name: " ".join(text.split()).replace("``", "") for name, text in entries}


def parse(groups: Sequence[Options], words: Sequence[str], prog: str, about: str) -> list[dict[str, Any]]:
    """Read the command line.

    Args:
        groups: what may be given; one box of the help each. No keyword stands in two of them.
        words: the words after the command.
        prog: the command as it was typed.
        about: what the help says above the options.

    Returns:
        The keywords of each group, defaults filled in.

    Raises:
        CommandError: an option is unknown, or a value is missing or of the wrong kind.
        SystemExit: with code 0 after the help has been shown.
    """
    import tyro

    look_over(groups, words, prog)
    annotated: Any = Annotated
    fields = [(g.title, annotated[(dict, tyro.conf.arg(constructor=g.constructor()))]) for g in groups]
    said = StringIO()
    try:
        with redirect_stderr(said):
            found: Any = tyro.cli(
                make_dataclass("Given", fields),
                args=list(words),
                prog=prog,
                description=about,
                config=(tyro.conf.OmitArgPrefixes, tyro.conf.FlagCreatePairsOff),
            )
    except SystemExit as stop:
        if stop.code:
            raise CommandError(f"{one_line(said.getvalue())}; see {prog} --help") from None
        raise
    return [getattr(found, g.title) for g in groups]


def look_over(groups: Sequence[Options], words: Sequence[str], prog: str) -> None:
    """Refuse unknown options and choices before tyro does, in one line and with the nearest one that exists."""
    known = {name: p for g in groups for name, p in g.names().items()}
    for at, word in enumerate(words):
        name, given, value = word.partition("=")
        name = name.replace("_", "-")
        if not name.startswith("--") or name == "--help" or any(name.startswith(f"{k}.") for k in known):
            continue
        if name not in known:
            raise CommandError(unknown("option", name, known, f"see {prog} --help"))
        value = value if given else next(iter(words[at + 1 : at + 2]), "")
        if value and not value.startswith("--") and (wrong := misfit(bare(known[name].annotation), value)):
            raise CommandError(f"{name}: {wrong}")
    given_names = {word.partition("=")[0].replace("_", "-") for word in words}
    if not given_names & {"-h", "--help"}:
        for name, parameter in known.items():
            if parameter.default is inspect.Parameter.empty and name not in given_names:
                raise CommandError(f"{name} is required; see {prog} --help")


def misfit(kind: Any, value: str) -> str:
    """Say what is wrong with a value; empty where nothing is, or where only tyro can tell.

    >>> misfit(Literal["tiny", "large"], "tinny")
    "unknown value 'tinny'; did you mean 'tiny'? (tiny, large)"
    >>> misfit(int, "many")
    "expected a whole number, got 'many'"
    """
    if get_origin(kind) is Literal:
        choices = [str(choice) for choice in get_args(kind)]
        wrong = value not in choices
        text = unknown("value", value, choices)
        return (text + (f" ({', '.join(choices)})" if text.endswith("?") else "")) if wrong else ""
    expected = {int: "a whole number", float: "a number"}.get(kind)
    if expected is None or value == "None":
        return ""
    try:
        kind(value)
    except ValueError:
        return f"expected {expected}, got {value!r}"
    return ""


def one_line(box: str) -> str:
    r"""Take the sentence out of a framed message.

    >>> one_line("╭─ Value error ─╮\n│ Error parsing --n: bad │\n│ number. │\n│ ─── │\n│ See help │\n╰───╯\n")
    'Error parsing --n: bad number'
    """
    lines = [line.strip("│| ") for line in box.splitlines() if line[:1] in "│|"]
    if not lines:
        return " ".join(box.split()) or "the command line cannot be read"
    end = next((i for i, line in enumerate(lines) if not line.strip("─- ")), len(lines))
    return " ".join(" ".join(lines[:end]).split()).rstrip(".")
