"""Permalinks of the inspector: what is written is read again, and nothing that is read can do harm."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmreason.inspector.links import LONGEST, TABS, Place, from_link, to_link
from mmreason.inspector.model import FLAGS, Query, SampleKey

steps = st.none() | st.integers(0, 10**6)
texts = st.text(max_size=20).map(str.strip)
queries = st.builds(
    Query,
    text=texts,
    stage=st.none() | st.text(min_size=1, max_size=8),
    steps=st.tuples(steps, steps).map(lambda pair: None if pair == (None, None) else pair),
    flags=st.lists(st.sampled_from(sorted(FLAGS)), unique=True, max_size=3).map(tuple),
    sort=st.sampled_from(["step", "reward", "length", "spread"]),
    descending=st.booleans(),
    task=st.none() | st.text(min_size=1, max_size=8),
)
keys = st.builds(
    SampleKey, run=st.just("a"), stage=texts, step=st.integers(0, 10**6), task=texts, nth=st.integers(0, 3)
)
places = st.builds(
    Place, run=st.just("a"), query=queries, at=st.integers(0, 10**6), sample=st.none() | keys, tab=st.sampled_from(TABS)
)

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=50)


def fields(link: str) -> dict[str, str]:
    return dict(parse_qsl(link.removeprefix("?")))


@patient
@given(places)
def test_a_link_says_everything(place: Place) -> None:
    assert from_link(fields(to_link(place)), ["a", "b"]) == (place, "")


@patient
@given(st.dictionaries(st.sampled_from(["run", "tab", "q", "from", "to", "flags", "sort", "at", "sample"]), st.text()))
def test_no_link_is_refused(said: dict[str, str]) -> None:
    place, _ = from_link(said, ["a"])
    assert place.run == "a"
    assert place.tab in TABS
    assert len(place.query.text) <= LONGEST
    assert from_link(fields(to_link(place)), ["a"])[0].query.flags == place.query.flags


def test_what_is_left_out_is_told() -> None:
    place, note = from_link({"run": "gone", "sample": "nonsense", "flags": "flat,odd", "from": "-3"}, ["a"])
    assert place == Place("a", Query(flags=("flat",)))
    assert "'gone' is not open" in note
    assert "RUN/STAGE/STEP/TASK" in note


def test_the_first_run_is_meant_where_none_is_named() -> None:
    assert from_link({}, ["b", "a"]) == (Place("b"), "")
    assert from_link({}, []) == (Place(""), "")
