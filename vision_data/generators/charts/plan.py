"""The drawing of a chart as a list of matplotlib calls, which can be run and can be printed as a script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column of the data, or some of its rows: `chart_data["Sales"]`, `chart_data["Sales"][0:10]`."""

    name: str
    rows: tuple[int, int] | None = None

    def source(self) -> str:
        """As Python text."""
        cut = "" if self.rows is None else f"[{self.rows[0]}:{self.rows[1]}]"
        return f"chart_data[{self.name!r}]{cut}"


@dataclass(frozen=True)
class Var:
    """A variable of the script."""

    name: str

    def source(self) -> str:
        """As Python text."""
        return self.name


@dataclass(frozen=True)
class Call:
    """One call: `result = target(*args, **named)`, where `target` is a variable and a method, such as `ax.bar`.

    `result` is a variable, or several as in `wedges, texts`, or empty.
    """

    target: str
    args: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    result: str = ""

    def lines(self) -> list[str]:
        """As Python text."""
        words = [source(arg) for arg in self.args] + [f"{name}={source(value)}" for name, value in self.named]
        return [(f"{self.result} = " if self.result else "") + f"{self.target}({', '.join(words)})"]

    def run(self, scope: dict[str, Any]) -> None:
        """Call it with the variables of `scope`, and keep the result there."""
        name, _, method = self.target.partition(".")
        named = {key: resolve(value, scope) for key, value in self.named}
        made = getattr(scope[name], method)(*(resolve(arg, scope) for arg in self.args), **named)
        if ", " in self.result:
            scope |= dict(zip(self.result.split(", "), made, strict=True))
        elif self.result:
            scope[self.result] = made


@dataclass(frozen=True)
class Each:
    """A call repeated for the values of several lists at once."""

    names: tuple[str, ...]
    lists: tuple[Any, ...]
    call: Call

    def lines(self) -> list[str]:
        """As Python text."""
        head = f"for {', '.join(self.names)} in zip({', '.join(map(source, self.lists))}):"
        return [head, *("    " + line for line in self.call.lines())]

    def run(self, scope: dict[str, Any]) -> None:
        """Run the call once per position; the loop's variables stay in `scope`, as in Python."""
        for values in zip(*(resolve(values, scope) for values in self.lists), strict=True):
            scope |= dict(zip(self.names, values, strict=True))
            self.call.run(scope)


Step = Call | Each


def call(target: str, *args: Any, result: str = "", **named: Any) -> Call:
    """A call written like one."""
    return Call(target, args, tuple(named.items()), result)


def source(value: Any) -> str:
    """A literal, a column or a variable as Python text; lists and tuples may hold any of them."""
    if isinstance(value, Column | Var):
        return value.source()
    if isinstance(value, list):
        return f"[{', '.join(map(source, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(source, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {source(item)}" for key, item in value.items()) + "}"
    return repr(value)


def resolve(value: Any, scope: dict[str, Any]) -> Any:
    """What the value stands for among the variables."""
    if isinstance(value, Column):
        cells = scope["chart_data"][value.name]
        return cells if value.rows is None else cells[slice(*value.rows)]
    if isinstance(value, Var):
        return scope[value.name]
    if isinstance(value, list | tuple):
        return type(value)(resolve(item, scope) for item in value)
    return value
