"""The table in code that a policy wrote: read off the syntax tree, never run."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Sequence
from typing import Any

from mmreason.errors import MMReasonError
from mmreason.parsing.code_block import PYTHON, code_blocks
from mmreason.parsing.tables import Cell, Table

MAX_CODE = 20_000
"""Characters of all code that is read."""
MAX_COLUMNS, MAX_ROWS = 200, 2_000
_NAN = frozenset(("nan", "NaN", "NAN", "NA", "NaT"))


class BadTable(MMReasonError, ValueError):
    """Not a table of literals, or beyond a limit."""


def data_frame(text: str, name: str = "chart_data") -> Table | None:
    r"""Give the table of a completion's code: what the first assignment of ``pandas.DataFrame(...)`` to ``name`` holds.

    Where no frame has that name, it is the first of all. Code is what stands in fences of Python, or else in fences of
    no language; blocks that do not parse are passed over. Arguments are literals, and names that were given literals
    before: a mapping of columns, a list of records, or a list of rows with ``columns``. Everything else, such as calls,
    arithmetic, columns of different lengths and unknown options, makes no table: None.

    >>> data_frame("```python\nx = [1, 2]\nchart_data = pd.DataFrame({'City': ['Oslo', 'Rome'], 'Sales': x})\n```")
    {'City': ['Oslo', 'Rome'], 'Sales': [1, 2]}
    """
    frames = _Walk()
    size = 0
    for code in _python(text):
        size += len(code)
        if size <= MAX_CODE:
            frames.read(code)
    if not frames.found:
        return None
    call = next((call for target, call in frames.found if target == name), frames.found[0][1])
    return call if isinstance(call, dict) else None


def _python(text: str) -> list[str]:
    blocks = code_blocks(text)
    return [code for language, code in blocks if language in PYTHON] or [code for lang, code in blocks if not lang]


class _Walk:
    """Goes through assignments in the order of the text; remembers literals and frames."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.found: list[tuple[str, Table | None]] = []

    def read(self, code: str) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about escapes in the policy's strings
                tree = ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AnnAssign)]
        for node in sorted(assigned, key=lambda node: (node.lineno, node.col_offset)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [target.id for target in targets if isinstance(target, ast.Name)]
            if node.value is not None and named:
                self.assign(named, node.value)

    def assign(self, named: Sequence[str], value: ast.expr) -> None:
        try:
            if isinstance(value, ast.Call) and _is_frame(value.func):
                for target in named:
                    self.found.append((target, None))
                table = self.frame(value)
                self.found[-len(named) :] = [(target, table) for target in named]
                return
            made = self.value(value)
        except BadTable:
            for target in named:
                self.names.pop(target, None)
            return
        self.names |= dict.fromkeys(named, made)

    def frame(self, call: ast.Call) -> Table:
        """The table of one call.

        Raises:
            BadTable: it is none of literals.
        """
        options = {word.arg: word.value for word in call.keywords}
        if len(call.args) > 1 or not options.keys() <= {"data", "columns", "index", "dtype"}:
            raise BadTable("unknown arguments")
        given = [*call.args, *([options["data"]] if "data" in options else [])]
        if len(given) != 1:
            raise BadTable("no data, or data twice")
        columns = self.value(options["columns"]) if "columns" in options else None
        return _table(self.value(given[0]), columns)

    def value(self, node: ast.expr) -> Any:
        """What a literal is worth."""
        match node:
            case ast.Constant(value=str() | bool() | int() | float() | None as cell):
                return cell
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as number)):
                return number
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item) for item in items]
            case ast.Dict(keys=keys, values=values):
                return {self.key(key): self.value(item) for key, item in zip(keys, values, strict=True)}
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name) if name in _NAN:
                return math.nan
            case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(word))], keywords=[]) if (
                word.lower() == "nan"
            ):
                return math.nan
        raise BadTable(f"{type(node).__name__} is no literal")

    def key(self, node: ast.expr | None) -> str:
        made = None if node is None else self.value(node)
        if not isinstance(made, str | int | float):
            raise BadTable("a name of a column must be text or a number")
        return str(made)


def _is_frame(func: ast.expr) -> bool:
    """Whether it is ``DataFrame`` of a module or by itself."""
    match func:
        case ast.Attribute(value=ast.Name(), attr="DataFrame") | ast.Name(id="DataFrame"):
            return True
    return False


def _table(data: Any, columns: Any) -> Table:
    """Columns of equal length from what was given; a frame without columns is a table of nothing."""
    if isinstance(data, dict):
        made = data
    elif isinstance(data, list) and all(isinstance(row, dict) for row in data) and data:
        made = {name: [_cell(row, name) for row in data] for name in data[0]}
        if any(row.keys() != data[0].keys() for row in data):
            raise BadTable("records with different names")
    elif isinstance(data, list) and isinstance(columns, list):
        if any(not isinstance(row, list) or len(row) != len(columns) for row in data):
            raise BadTable("ragged rows")
        made, columns = {str(name): [row[at] for row in data] for at, name in enumerate(columns)}, None
    else:
        raise BadTable("neither columns nor records nor rows with names")
    if columns is not None:
        made = {str(name): _cell(made, str(name)) for name in columns} if isinstance(columns, list) else {}
    return _checked(made)


def _cell(row: dict[str, Any], name: str) -> Any:
    if name not in row:
        raise BadTable(f"no {name}")
    return row[name]


def _checked(made: dict[str, Any]) -> Table:
    if len(made) > MAX_COLUMNS or any(not isinstance(cells, list) or len(cells) > MAX_ROWS for cells in made.values()):
        raise BadTable("a column is no list, or the table is too large")
    if len(set(map(len, made.values()))) > 1:
        raise BadTable("columns of different lengths")
    cells: list[Cell] = [cell for column in made.values() for cell in column]
    if any(isinstance(cell, list | dict) for cell in cells):
        raise BadTable("a cell is no single value")
    return made
