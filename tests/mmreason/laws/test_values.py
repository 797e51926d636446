"""Every method is a plain value: frozen, hashable, comparable, printable, picklable, with its source cited."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields

import pytest

from mmreason.catalogue import OWN, own_doc, papers_in
from mmreason.naming import name_of
from mmreason.signals import check, is_value
from tests.mmreason.laws.members import EXAMPLES, classes, examples, members, named

CLASSES = classes()
EVERY = members("")


def test_the_rooms_are_walked() -> None:
    rooms = {cls.__module__.split(".")[1] for cls in CLASSES}
    assert rooms >= {"rewards", "credit", "losses", "filters", "rollouts", "probes", "metrics", "data", "schedules"}
    assert set(EXAMPLES) <= set(CLASSES), "an example of something that is no method"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_says_where_it_comes_from(cls: type) -> None:
    doc = own_doc(cls)
    assert papers_in(doc) or OWN in doc, f"the docstring of {cls.__name__} needs an arXiv id or {OWN!r}"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_fields_cannot_be_set(cls: type) -> None:
    member = examples(cls)[0]
    for name in [f.name for f in fields(member)] or ["anything"]:
        with pytest.raises((FrozenInstanceError, TypeError)):
            setattr(member, name, None)


@pytest.mark.parametrize("member", EVERY, ids=named)
def test_is_a_key(member: object) -> None:
    assert is_value(member)
    check(member)
    twins = (copy.copy(member), copy.deepcopy(member), pickle.loads(pickle.dumps(member)))
    assert {member, *twins} == {member}
    assert {name_of(x) for x in (member, *twins)} == {name_of(member)}


def test_different_examples_are_different_keys() -> None:
    assert len(set(EVERY)) == len(EVERY) == len({name_of(member) for member in EVERY})
