"""What is installed: two packages and the recipes under their own name, from a wheel and from an editable install."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
LOCK = [line for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if line]


def build(folder: Path, kind: str) -> Path:
    """Build without network through the standard interface; gives the unpacked wheel."""
    program = f"import hatchling.build as b; print(b.build_{kind}({str(folder)!r}))"
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    with zipfile.ZipFile(folder / ran.stdout.split()[-1]) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def editable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("editable"), "editable")


def where(site: Path, *names: str) -> list[str]:
    """Files that the names come from with this folder installed and nothing else of ours; "" where there is none."""
    program = f"""
import importlib.util, site, sys
ours = ("mmreason", "vision_data", "_editable_impl_mmreason")
sys.meta_path = [finder for finder in sys.meta_path if not type(finder).__module__.startswith("_editable")]
sys.path = [entry for entry in sys.path if entry not in ("", {str(ROOT)!r})]
for name in [name for name in sys.modules if name.startswith(ours)]:
    del sys.modules[name]
sys.path.insert(0, {str(site)!r})
site.addsitedir({str(site)!r})
for name in {names!r}:
    found = importlib.util.find_spec(name)
    print(importlib.import_module(name).__file__ if found else "")
"""
    ran = subprocess.run([sys.executable, "-P", "-c", program], cwd=site, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_a_wheel_holds_our_packages_and_nothing_with_a_generic_name(wheel: Path) -> None:
    found = {path.name for path in wheel.iterdir() if not path.name.endswith(".dist-info")}
    assert found == {"mmreason", "vision_data", "mmreason_recipes"}
    assert list(wheel.rglob("__pycache__")) == []


def test_a_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Modules, type markers and the assets of the embedded model."""
    pairs = [("mmreason", "mmreason"), ("vision_data", "vision_data"), ("recipes", "mmreason_recipes")]
    for source, installed in pairs:
        ours = {path.relative_to(ROOT / source) for path in (ROOT / source).rglob("*") if path.is_file()}
        ours = {path for path in ours if "__pycache__" not in path.parts}
        theirs = {path.relative_to(wheel / installed) for path in (wheel / installed).rglob("*") if path.is_file()}
        assert ours - theirs == set(), f"files of {source}/ are missing in the wheel (is one ignored by git?)"


def test_the_packages_are_typed(wheel: Path) -> None:
    assert [name for name in ("mmreason", "vision_data") if not (wheel / name / "py.typed").is_file()] == []


def test_recipes_are_imported_from_the_wheel(wheel: Path) -> None:
    names = ("mmreason", "vision_data", "mmreason_recipes")
    assert where(wheel, *names) == [str(wheel / name / "__init__.py") for name in names]


def test_an_editable_install_points_at_the_working_tree(editable: Path) -> None:
    found = where(editable, "mmreason", "vision_data", "mmreason_recipes", "recipes", "tools", "tests", "hatch_build")
    assert found[:3] == [str(ROOT / name / "__init__.py") for name in ("mmreason", "vision_data", "recipes")]
    assert found[3:] == ["", "", "", ""]


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_both_installs_offer_the_command_and_the_table_of_recipes(kind: str, request: pytest.FixtureRequest) -> None:
    site: Path = request.getfixturevalue(kind)
    (listed,) = site.glob("mmreason-*.dist-info/entry_points.txt")
    entries = ConfigParser()
    entries.read(listed)
    assert entries["console_scripts"]["mmreason"] == "mmreason.cli.main:main"
    assert entries["mmreason.recipes"]["builtin"] == "mmreason_recipes:RECIPES"


def test_the_table_of_recipes_is_the_same_object_for_both_names() -> None:
    """A recipe file may be reached through the table or as a script; neither may load the other's copy by accident."""
    source = (ROOT / "recipes" / "__init__.py").read_text(encoding="utf-8")
    assert re.search(r"^RECIPES\b", source, re.MULTILINE)
    assert not re.search(r"^(from|import) recipes\b", source, re.MULTILINE), "import siblings with a leading dot"


SPECIAL = {"all", "cuda", "bench", "qlora", "track", "inspect", "browser"}
"""A GPU's kernels, the peer of benchmarks, and what pins other versions than the rest."""


def test_the_extra_called_all_holds_every_other_extra() -> None:
    (everything,) = EXTRAS["all"]
    assert everything.name == "mmreason"
    assert everything.extras == set(EXTRAS) - SPECIAL


def unfold(requirements: list[Requirement]) -> list[Requirement]:
    """Replace ``mmreason[extra]`` by what the extra asks for."""
    return [
        inner
        for requirement in requirements
        for inner in (
            unfold([r for extra in requirement.extras for r in EXTRAS[extra]])
            if requirement.name == "mmreason"
            else [requirement]
        )
    ]


def test_the_lock_file_pins_what_quickstart_tests_and_checks_need() -> None:
    pins = [Requirement(line) for line in LOCK]
    wanted = unfold([*map(Requirement, PROJECT["dependencies"]), *EXTRAS["dev"]])
    assert len(wanted) > len(PROJECT["dependencies"])
    for requirement in wanted:
        versions = [next(iter(pin.specifier)).version for pin in pins if pin.name == requirement.name]
        assert versions, f"{requirement.name} is not in requirements.lock: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: {versions}"


def test_the_lock_file_holds_pins_only() -> None:
    """No addresses, no options, no hashes, no comments: one ``name==version``, maybe with a marker, a line."""
    for line in LOCK:
        pin, _, marker = line.partition(";")
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][A-Za-z0-9.]*", pin.strip()), line
        assert not marker or Marker(marker.strip())


def test_the_licence_is_in_both_installs(wheel: Path, editable: Path) -> None:
    for site in (wheel, editable):
        (licence,) = site.glob("mmreason-*.dist-info/licenses/LICENSE")
        assert licence.read_text(encoding="utf-8") == (ROOT / "LICENSE").read_text(encoding="utf-8")
