"""Imports point one way. The tables below are the rules; the rest of the file reads the code and compares."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What each top-level folder may import of the others (itself always). `mmreason_recipes` is recipes/ as installed.
OURS = {
    "vision_data": set(),
    "mmreason": {"vision_data"},
    "recipes": {"mmreason", "vision_data", "mmreason_recipes"},
    "tools": {"mmreason", "vision_data", "mmreason_recipes"},
}

# Inside mmreason, low to high: a part may import its own layer and those below it, never one above.
# Parts are the modules and packages directly under mmreason/. A new one needs a place here.
LAYERS = [
    {"errors", "flight", "ledger", "naming", "seeds", "sandbox", "shapes", "worker", "workers"},
    {"types", "asks", "signals", "schedules", "shown"},
    {"shares", "ranks"},
    {"slots"},
    {"parsing"},
    {"rewards", "credit", "losses", "filters", "rollouts", "probes", "metrics", "data", "models"},
    {"judges", "serving"},
    {"recipe", "train"},
    {"run"},
    {"observer", "scene"},
    {"alone", "engine", "checks"},
    {"integrations"},
    {"validate", "catalogue"},
    {"runs", "evaluation", "watch"},
    {"plan", "export", "inspector"},
    {"cli"},
]

# Beyond the layers: the first never imports the second, in either direction of the layer they share.
APART = {
    "models": {"parsing", "rewards", "credit", "losses", "filters", "rollouts", "probes", "metrics", "data"},
    **{
        room: {"models"} for room in ("rewards", "credit", "losses", "filters", "rollouts", "probes", "metrics", "data")
    },
}

# Never loaded by importing these modules: a text-only user, `--help` and a worker process should not pay for them.
HEAVY = {
    "PIL", "accelerate", "av", "cv2", "decord", "deepspeed", "gradio", "matplotlib", "peft", "qwen_vl_utils",
    "tensorboard", "torchvision", "transformers",
}  # fmt: skip
LIGHT = {
    ("mmreason", "vision_data"): HEAVY | {"numpy", "torch"},
    ("mmreason.types", "mmreason.engine"): HEAVY,
    ("mmreason.models.specs", "mmreason.data.task_jsonl", "mmreason.rollouts.sample"): HEAVY,
    ("mmreason.inspector.run_folder",): HEAVY | {"numpy", "torch"},
}


@dataclass(frozen=True)
class Import:
    """One import of one of our modules."""

    path: str
    line: int
    module: str
    """The module that imports, dotted."""
    target: str
    """What it imports, dotted; for ``from a import b`` it is ``a.b`` where that is a module of ours, else ``a``."""
    at_import: bool
    """It runs when the module is imported: not inside a function."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} imports {self.target}"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for top in OURS for path in sorted((ROOT / top).rglob("*.py"))}


def is_type_checking(node: ast.If) -> bool:
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def import_nodes(node: ast.AST, at_import: bool = True) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Imports in a tree that can run (those for the type checker only cannot)."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield node, at_import
    inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    under = node.orelse if isinstance(node, ast.If) and is_type_checking(node) else ast.iter_child_nodes(node)
    for child in under:
        yield from import_nodes(child, at_import and not inside)


def targets(node: ast.Import | ast.ImportFrom, module: str, is_package: bool, known: Mapping[str, Path]) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = module.split(".") if is_package else module.split(".")[:-1]
        base = ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
    names = [f"{base}.{alias.name}" for alias in node.names]
    return [name if name in known else base for name in names]


def imports_of(module: str, source: str, path: str, is_package: bool, known: Mapping[str, Path]) -> list[Import]:
    return [
        Import(path, node.lineno, module, target, at_import)
        for node, at_import in import_nodes(ast.parse(source, path))
        for target in targets(node, module, is_package, known)
    ]


IMPORTS = [
    found
    for module, path in MODULES.items()
    for found in imports_of(
        module, path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)), path.name == "__init__.py", MODULES
    )
]


def part(module: str) -> str | None:
    """The module or package directly under mmreason that this is in; None for mmreason itself and what is not ours."""
    names = module.split(".")
    return names[1] if names[0] == "mmreason" and len(names) > 1 else None


def layer(name: str) -> int:
    found = [depth for depth, names in enumerate(LAYERS) if name in names]
    assert found, f"mmreason/{name} has no place in LAYERS of {Path(__file__).name}; give it one"
    return found[0]


def crosses_folders(found: Import) -> bool:
    here, there = found.module.split(".")[0], found.target.split(".")[0]
    ours = {*OURS, "mmreason_recipes", "tests"}
    return there in ours and there != here and there not in OURS[here]


def climbs(found: Import) -> bool:
    here, there = part(found.module), part(found.target)
    return here is not None and there is not None and layer(there) > layer(here)


def meets_what_it_must_not(found: Import) -> bool:
    here, there = part(found.module), part(found.target)
    return there in APART.get(here or "", set())


def test_the_folders_import_one_way() -> None:
    assert [str(found) for found in IMPORTS if crosses_folders(found)] == []


def test_every_part_of_mmreason_has_a_layer() -> None:
    for module in MODULES:
        name = part(module)
        if name is not None:
            layer(name)


def test_no_part_of_mmreason_imports_a_higher_layer() -> None:
    assert [str(found) for found in IMPORTS if climbs(found)] == []


def test_models_and_rooms_do_not_know_each_other() -> None:
    assert [str(found) for found in IMPORTS if meets_what_it_must_not(found)] == []


def test_the_package_itself_imports_no_part() -> None:
    """``import mmreason`` stays cheap, and no part can meet a half-imported package."""
    assert [str(found) for found in IMPORTS if found.module == "mmreason" and part(found.target)] == []


def test_there_is_no_import_cycle() -> None:
    edges: dict[str, set[str]] = {module: set() for module in MODULES}
    for found in IMPORTS:
        if found.at_import and found.target in edges and found.target != found.module:
            edges[found.module].add(found.target)
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, "import cycle: " + " -> ".join((*trail[trail.index(module) :], module))
        if module not in done:
            for other in sorted(edges[module]):
                visit(other, (*trail, module))
            done.add(module)

    for module in edges:
        visit(module, ())


@pytest.mark.parametrize("modules", LIGHT)
def test_heavy_packages_are_not_loaded_at_import_time(modules: tuple[str, ...]) -> None:
    program = f"import sys, {', '.join(modules)}; print(*sorted({LIGHT[modules]!r} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []


def read_back(source: str, module: str = "mmreason.rewards.iou", is_package: bool = False) -> list[tuple[str, bool]]:
    known = {"mmreason.rewards.base": ROOT, "mmreason.engine": ROOT}
    return [(found.target, found.at_import) for found in imports_of(module, source, "x.py", is_package, known)]


def test_the_reader_sees_every_kind_of_import() -> None:
    assert read_back("import mmreason.engine as e") == [("mmreason.engine", True)]
    assert read_back("from mmreason import engine") == [("mmreason.engine", True)]
    assert read_back("from mmreason.rewards.base import Reward") == [("mmreason.rewards.base", True)]
    assert read_back("from .base import Reward") == [("mmreason.rewards.base", True)]
    assert read_back("from . import base", "mmreason.rewards", is_package=True) == [("mmreason.rewards.base", True)]
    assert read_back("from ..engine import train") == [("mmreason.engine", True)]
    assert read_back("def f():\n    import mmreason.engine") == [("mmreason.engine", False)]
    assert read_back("try:\n    import mmreason.engine\nexcept ImportError: ...") == [("mmreason.engine", True)]
    assert read_back("class A:\n    import mmreason.engine") == [("mmreason.engine", True)]


def test_the_reader_leaves_out_what_only_the_type_checker_runs() -> None:
    assert read_back("if TYPE_CHECKING:\n    import mmreason.engine") == []
    assert read_back("if typing.TYPE_CHECKING:\n    import a\nelse:\n    import b") == [("b", True)]


def test_the_rules_refuse_what_they_should() -> None:
    def found(module: str, target: str) -> Import:
        return Import("x.py", 1, module, target, at_import=True)

    assert crosses_folders(found("vision_data.image", "mmreason.types"))
    assert crosses_folders(found("mmreason.engine", "mmreason_recipes"))
    assert crosses_folders(found("mmreason.engine", "tools.methods"))
    assert not crosses_folders(found("recipes.rewardmap", "mmreason.recipe"))
    assert climbs(found("mmreason.types", "mmreason.rewards.base"))
    assert climbs(found("mmreason.rewards.iou", "mmreason.engine"))
    assert not climbs(found("mmreason.losses.base", "mmreason.credit.base"))
    assert meets_what_it_must_not(found("mmreason.models.qwen_vl", "mmreason.parsing.spans"))
    assert meets_what_it_must_not(found("mmreason.rewards.iou", "mmreason.models.base"))
