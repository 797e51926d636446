from __future__ import annotations

import pytest

from mmreason.parsing.route import Section, parse_route, read_plan, write_route

TWO = """Route Name: Line A
Departure Stop: Elm Station
Arrival Stop: Pine Station
--
Route Name: Line B
Departure Stop: Pine Station
Arrival Stop: Yew Station"""


def test_two_sections() -> None:
    assert parse_route(TWO) == (
        Section("Line A", "Elm Station", "Pine Station"),
        Section("Line B", "Pine Station", "Yew Station"),
    )


def test_what_follows_the_last_stop_is_not_swallowed() -> None:
    assert parse_route(TWO + "\nThis is the best route.")[-1].arrival == "Yew Station"
    assert parse_route(TWO.replace("\n", "\r\n"))[0].line == "Line A"


def test_text_around_and_between_is_ignored() -> None:
    assert parse_route(f"Let me see.\n--\nFirst I thought.\n{TWO}\n--\nDone.") == parse_route(TWO)
    assert parse_route(TWO.replace("--", "-----")) == parse_route(TWO)
    assert parse_route(TWO.replace(": ", ":")) == parse_route(TWO)


@pytest.mark.parametrize("label", ["Route Name:", "Departure Stop:", "Arrival Stop:"])
def test_a_section_needs_all_three(label: str) -> None:
    assert len(parse_route(TWO.replace(label, "x", 1))) == 1


def test_without_separator_the_first_of_each_counts() -> None:
    assert parse_route(TWO.replace("--", "")) == (Section("Line A", "Elm Station", "Pine Station"),)


def test_via_stops() -> None:
    (counted,) = parse_route(write_route([Section("A", "Elm", "Ash", num_via=2)]))
    assert (counted.num_via, counted.via) == (2, None)
    (listed,) = parse_route(write_route([Section("A", "Elm", "Ash", via=("Oak", "Pine"))]))
    assert (listed.num_via, listed.via) == (None, ("Oak", "Pine"))
    (both,) = parse_route(write_route([Section("A", "Elm", "Ash", 2, ("Oak", "Pine"))]))
    assert (both.num_via, both.via) == (2, ("Oak", "Pine"))


@pytest.mark.parametrize(
    ("written", "number"),
    [("3", 3), ("**3**", 3), ("3.", 3), ("0", 0), ("three", None), ("-1", None), ("3 stops", None), ("", None)],
)
def test_the_number_of_via_stops_is_a_number_or_missing(written: str, number: int | None) -> None:
    text = f"Route Name: A\nDeparture Stop: Elm\nArrival Stop: Ash\nNumber of Via Stops: {written}\nBye"
    assert parse_route(text)[0].num_via == number


@pytest.mark.parametrize(
    ("written", "stops"),
    [
        ("Oak, Pine", ("Oak", "Pine")),
        ("[Oak, Pine]", ("Oak", "Pine")),
        ("Oak\u3001Pine", ("Oak", "Pine")),
        ("Oak", ("Oak",)),
    ]
    + [(nothing, ()) for nothing in ("", "None", "none.", "-", "N/A", "[]")],
)
def test_the_list_of_via_stops(written: str, stops: tuple[str, ...]) -> None:
    text = f"Route Name: A\nDeparture Stop: Elm\nArrival Stop: Ash\nVia Stops: {written}\nOther, words"
    assert parse_route(text)[0].via == stops


def test_writing_and_reading_agree() -> None:
    route = (Section("A", "Elm", "Pine", 1, ("Oak",)), Section("B", "Pine", "Yew", 0, ()))
    assert parse_route(write_route(route)) == route


def test_a_reference_plan() -> None:
    fields = {"route_name": "A", "departure_stop": "Elm", "arrival_stop": "Ash"}
    assert read_plan([fields]) == (Section("A", "Elm", "Ash"),)
    full = {**fields, "num_via_stops": 2, "via_stops": ["Oak", "Pine"]}
    assert read_plan([full]) == (Section("A", "Elm", "Ash", 2, ("Oak", "Pine")),)
    with pytest.raises(KeyError):
        read_plan([{"route_name": "A"}])


@pytest.mark.parametrize(
    "text", ["", "--" * 100_000, "Route Name:" * 50_000, "x" * 1_000_000, "\x00\ud800", "-" * 99_999]
)
def test_hostile_text_is_no_route(text: str) -> None:
    assert parse_route(text) == ()


def test_a_hundred_thousand_sections_are_read() -> None:
    one = "Route Name: A\nDeparture Stop: B\nArrival Stop: C\n--\n"
    assert len(parse_route(one * 100_000)) == 100_000
