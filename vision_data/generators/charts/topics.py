"""What charts are about: topics and names made up for this generator, none of them in both splits. Not from a paper."""

from __future__ import annotations

from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Capitals without I, O and Q, which are hard to tell apart when small."""


@dataclass(frozen=True)
class Topic:
    """One subject.

    Attributes:
        title: heading of the chart.
        measure: what the numbers count; the heading of a single value column.
        noun: what one category is; the heading of the first column.
        names: categories to draw from; in the order of time where `ordered`.
        series: what the colours stand for, where there are several.
        ordered: whether the names follow each other, so that a line may join them.
    """

    title: str
    measure: str
    noun: str
    names: tuple[str, ...]
    series: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Relation:
    """Two measures for a scatter, and names (`series`) for groups of points."""

    title: str
    across: str
    up: str
    series: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FRUIT = _words(
    "Apples Pears Plums Figs Grapes Lemons Mangos Melons Kiwis Dates Limes Peaches Cherries Olives Guavas Quinces"
)
_SPORTS = _words(
    "Tennis Rowing Hockey Judo Golf Rugby Boxing Diving Squash Skiing Chess Archery Fencing Cycling Karate Polo"
)
_TOWNS = _words(
    "Barlow Carden Denby Elmham Farlow Gorsey Hallam Irby Jarrow Kelby Larkton Marden Norley Orston Penley Radby"
)
_ANIMALS = _words("Cats Dogs Goats Horses Sheep Ducks Geese Cows Pigs Hens Rabbits Ponies Mules Turkeys Llamas Doves")
_MONTHS = _words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_EARLY = tuple(str(year) for year in range(1990, 2006))
_SHOPS = _words("North South East West Central")
_TEAMS = _words("Hawks Bears Wolves Foxes Otters")

_GREENS = _words(
    "Carrots Onions Leeks Beans Peas Beets Kale Celery Radish Turnips Squashes Chard Fennel Garlic Spinach Cress"
)
_JOBS = _words(
    "Bakers Nurses Pilots Tailors Farmers Clerks Miners Cooks Judges Masons Drivers Guards Potters Weavers Editors Vets"
)
_RIVERS = _words("Alda Brenta Corva Drusa Etsch Fulda Gerra Hovra Isker Jossa Kelve Lomra Mirna Naro Ostra Pinka")
_TREES = _words("Oak Elm Ash Birch Cedar Maple Pine Fir Larch Rowan Willow Poplar Alder Beech Holly Yew")
_WEEKS = tuple(f"W{week}" for week in range(1, 17))
_LATE = tuple(str(year) for year in range(2007, 2023))
_PLANTS = _words("Harbour Valley Hilltop Lakeside Station")
_CREWS = _words("Amber Cobalt Ruby Jade Pearl")

TOPICS = {
    "train": (
        Topic("Fruit sold at the market", "Crates sold", "Fruit", _FRUIT, _SHOPS),
        Topic("Members of the sports clubs", "Members", "Sport", _SPORTS, _TEAMS),
        Topic("Rain in the county", "Rain in mm", "Town", _TOWNS, ("Spring", "Summer", "Autumn", "Winter", "Monsoon")),
        Topic("Animals at the county fair", "Animals shown", "Animal", _ANIMALS, _TEAMS),
        Topic("Visitors of the museum", "Visitors", "Month", _MONTHS, _SHOPS, ordered=True),
        Topic("Books lent by the library", "Books lent", "Year", _EARLY, _SHOPS, ordered=True),
        Topic("Goals of the season", "Goals", "Month", _MONTHS, _TEAMS, ordered=True),
    ),
    "test": (
        Topic("Vegetables from the farms", "Sacks picked", "Vegetable", _GREENS, _PLANTS),
        Topic("Courses held at the school", "Courses", "Trade", _JOBS, _CREWS),
        Topic("Fish counted in the rivers", "Fish counted", "River", _RIVERS, _CREWS),
        Topic("Trees planted in the park", "Trees planted", "Tree", _TREES, _PLANTS),
        Topic("Power made by the plants", "Power in GWh", "Week", _WEEKS, _PLANTS, ordered=True),
        Topic("Tickets of the cable car", "Tickets", "Season", _LATE, _CREWS, ordered=True),
    ),
}

RELATIONS = {
    "train": (
        Relation("Water and growth", "Water", "Growth", _TEAMS),
        Relation("Study time and marks", "Hours", "Marks", _SHOPS),
        Relation("Age and price of cars", "Age", "Price", _SHOPS),
    ),
    "test": (
        Relation("Sunshine and harvest", "Sunshine", "Harvest", _PLANTS),
        Relation("Training and speed", "Training", "Speed", _CREWS),
        Relation("Load and fuel", "Load", "Fuel", _PLANTS),
    ),
}
