from __future__ import annotations

import pytest

from mmreason.parsing.stations import (
    clean_metro,
    find_line,
    normalise_line,
    normalise_station,
    stations_of,
    strip_markers,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Elm Station", "Elm"),
        ("**Elm** station", "elm"),
        ("Elm Metro Station", "Elm"),
        ("King's Cross, East", "Kings Cross East"),
        ("King\u2019s Cross", "Kings Cross"),
        ("Bajcsy-Zsilinszky út", "bajcsy zsilinszky út"),
        ("Oak (Transfer Station)", "Oak"),
        ("Oak\uff08Transfer Station\uff09", "Oak"),
        ("Oak (a (b) c)", "Oak"),
        ("湘湖站\uff08换乘站\uff09", "湘湖"),
        ("Beijing Univ.", "Beijing University"),
        ("Beijing Univ", "Beijing University"),
        ("Inst. of Tech", "Inst. of Technology"),
        ("Nanjing Road", "Nanjing lu"),
        ("Deák Fe\nrenc tér", "Deák Ferenc tér"),
        ("De\u0061\u0301k", "De\u00e1k"),
    ],
)
def test_same_station(written: str, meant: str) -> None:
    assert normalise_station(written) == normalise_station(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Broadway", "Bluway"),
        ("Technopark", "Technologynopark"),
        ("University", "Universityersity"),
        ("Metropole", "pole"),
        ("Stationers Hall", "ers Hall"),
        ("Elm", "Elm St"),
        ("Elm (", "Elm"),
        ("", "Station"),
        ("Elm", "Elm" + " " * 500),
    ],
)
def test_different_stations(one: str, other: str) -> None:
    assert normalise_station(one) != normalise_station(other)


def test_a_name_of_dropped_words_is_kept() -> None:
    assert normalise_station("Metro Station") == "metrostation"
    assert normalise_station("") == ""


def test_normalising_twice_changes_nothing_more() -> None:
    for name in ("Beijing Univ. Station", "Oak (Transfer Station)", "Nanjing Road", "湘湖站", "King's Cross"):
        assert normalise_station(normalise_station(name)) == normalise_station(name)


def test_line_names() -> None:
    same = ("Line 1", "Route 1", "1", "**Line 1**", "line 1", " LINE  1 ")
    assert {normalise_line(name) for name in same} == {"1"}
    assert normalise_line("Red Line") == normalise_line("Red")
    assert len({normalise_line(name) for name in ("Line 1", "Line 11", "Line A", "Airline", "Line")}) == 5


@pytest.mark.parametrize(
    "marker",
    [
        "(Transfer Station)",
        "(transfer station)",
        "\uff08换乘站\uff09",
        "\uff08支线起始站\uff09",
        "(Branch Start)",
        "(Branch-starting Station)",
    ],
)
def test_markers_are_removed(marker: str) -> None:
    assert strip_markers(f"Oak {marker}") == "Oak"
    assert clean_metro({" Line 1 ": [f"Oak{marker}", "Elm (North)"]}) == {"Line 1": ["Oak", "Elm (North)"]}


def test_a_line_is_found_as_written_or_by_its_normal_name() -> None:
    metro = {"Line 1": ["a"], "Route 1": ["b"], "Red Line": ["c"]}
    assert find_line(metro, "Route 1") == "Route 1"
    assert find_line(metro, "**Line 1**") == "Line 1"
    assert find_line(metro, "red") == "Red Line"
    assert find_line(metro, "1") is None
    assert find_line(metro, "Line 2") is None
    assert find_line(metro, "") is None


@pytest.mark.parametrize("name", ["(" * 50_000, "()" * 50_000, "x" * 1_000_000, "(" * 100 + ")" * 100, "\u0663" * 99])
def test_hostile_names_are_survived(name: str) -> None:
    assert normalise_station(name) not in stations_of(["Elm", "Oak"])
    assert find_line({"Line A": []}, name) is None
