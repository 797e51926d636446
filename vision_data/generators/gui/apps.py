"""Invented apps. Those of the training split and of the test split share no name, no sign and no entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class App:
    """One app: a list of entries, a page for each, and settings.

    Attributes:
        name: below its icon.
        glyph: its sign, a name of `glyphs.GLYPHS`.
        accent: its colour.
        noun: what an entry is called.
        entries: what its list may hold.
        switches: its settings, each on or off.
        rows: how its list looks: disc (a letter in a disc), tile (its sign in a square) or plain.
    """

    name: str
    glyph: str
    accent: str
    noun: str
    entries: tuple[str, ...]
    switches: tuple[str, ...]
    rows: str


def _app(name: str, glyph: str, accent: str, noun: str, rows: str, switches: tuple[str, ...], entries: str) -> App:
    return App(name, glyph, accent, noun, tuple(entry.strip() for entry in entries.split(",")), switches, rows)


TRAIN = (
    _app(
        "Notes",
        "lines",
        "#b7791f",
        "note",
        "plain",
        ("Dark mode", "Auto save", "Spell check", "Large text"),
        "Garden plan, Gift ideas, Book list, Tax papers, Party menu, Paint colours, Train times, Wish list, "
        "Road trip, Budget May, Dream log, House rules, Key codes, Old quotes",
    ),
    _app(
        "Mail",
        "envelope",
        "#2563c9",
        "message",
        "disc",
        ("Sounds", "Signature", "Night mode", "Read receipts"),
        "Anna Weber, Bike shop, City library, Dr Jensen, Energy bill, Felix Ortiz, Gym news, Hotel Mira, "
        "Ines Duarte, Job alert, Karim Haddad, Lost parcel, Museum club, Nora Lind",
    ),
    _app(
        "Music",
        "note",
        "#c2255c",
        "song",
        "tile",
        ("Shuffle", "Fade over", "Data saver", "Show lyrics"),
        "Blue River, Night Train, Paper Moon, Slow Dance, Red Kite, Cold Coffee, Golden Hour, Rain Song, "
        "Long Road, Small Town, Wild Honey, Last Summer, Echo Park, Silver Line",
    ),
    _app(
        "Shop",
        "bag",
        "#2b8a3e",
        "product",
        "tile",
        ("Price alerts", "One tap pay", "Show stock", "Offers"),
        "Desk lamp, Rain coat, Tea pot, Wool socks, Phone case, Yoga mat, Hair dryer, Bath towel, Bread knife, "
        "Wall clock, Hand soap, Night light, Lunch box, Door mat",
    ),
    _app(
        "Recipes",
        "pot",
        "#d9480f",
        "recipe",
        "tile",
        ("Metric units", "Keep awake", "Vegan only", "Show calories"),
        "Apple pie, Bean soup, Carrot cake, Fish curry, Garlic bread, Herb omelette, Lentil stew, Mushroom rice, "
        "Noodle salad, Onion tart, Peach jam, Rice pudding, Tomato soup, Veggie wrap",
    ),
    _app(
        "Tasks",
        "check",
        "#6741d9",
        "task",
        "plain",
        ("Reminders", "Week view", "Hide done", "Vibrate"),
        "Call dentist, Buy stamps, Clean oven, Feed parrot, Fix the bike, Mow the lawn, Pay rent, Renew pass, "
        "Sort photos, Sweep attic, Wash car, Water ferns, Wrap gifts, Write card",
    ),
    _app(
        "Weather",
        "cloud",
        "#1c7ed6",
        "city",
        "disc",
        ("Celsius", "Storm alerts", "Wind map", "Use location"),
        "Lisbon, Oslo, Kyoto, Nairobi, Quito, Dublin, Hanoi, Prague, Tunis, Montreal, Sydney, Havana, Riga, Cairo",
    ),
    _app(
        "Places",
        "pin",
        "#c92a2a",
        "place",
        "disc",
        ("Traffic", "Avoid tolls", "Voice guide", "Satellite"),
        "Old harbour, North gate, Rose garden, Town hall, Book market, Swan lake, Post office, Main station, "
        "City museum, Fish market, Stone bridge, West beach, Zoo entrance, Hill tower",
    ),
    _app(
        "Files",
        "folder",
        "#0b7285",
        "file",
        "tile",
        ("Show hidden", "Sort by date", "Cloud backup", "Lock app"),
        "Rent contract, Photo album, Car papers, Map scan, Cover letter, Floor plan, Tax form, Club list, "
        "Team budget, Song sheet, Visa copy, Menu draft, Trip notes, Lab report",
    ),
)
TEST = (
    _app(
        "Library",
        "book",
        "#5f3dc4",
        "book",
        "tile",
        ("Page numbers", "Sepia pages", "Scroll mode", "Word help"),
        "Stone Winter, The Lighthouse, Green Fire, A Quiet Sea, Nine Doors, Salt and Iron, The Clockmaker, "
        "Hollow Hills, Paper Boats, River Queen, Sand Castles, The Last Map, Velvet Sky, Glass Island",
    ),
    _app(
        "Podcasts",
        "mic",
        "#9c36b5",
        "show",
        "tile",
        ("Skip silence", "Auto play", "Sleep timer", "Wifi only"),
        "Morning Brief, Deep Ocean, Code Stories, Night Sky, Food Lab, History Hour, Open Road, Tiny Science, "
        "Market Talk, Two Voices, Green Cities, Chess Corner, Bird Notes, Cold Cases",
    ),
    _app(
        "People",
        "person",
        "#0c8599",
        "contact",
        "disc",
        ("Sort by name", "Show photos", "Call filter", "Backup"),
        "Alma Berg, Bruno Costa, Chen Wei, Dana Petrov, Elias Roth, Fatima Noor, Greta Holm, Hugo Marsh, Iris Vega, "
        "Jonas Falk, Kira Sato, Leo Brandt, Mina Rahimi, Omar Diaz",
    ),
    _app(
        "Trips",
        "suitcase",
        "#e8590c",
        "trip",
        "tile",
        ("Seat alerts", "Show prices", "Time zones", "Offline maps"),
        "Alps by rail, Baltic coast, Desert tour, Fjord cruise, Island week, Jungle walk, Lake camping, "
        "Mountain hut, Palace visit, Rhine ride, Safari days, Ski weekend, Spring break, Wine route",
    ),
    _app(
        "Plants",
        "leaf",
        "#2f9e44",
        "plant",
        "tile",
        ("Water alarm", "Frost alert", "Moon phase", "Photo diary"),
        "Aloe vera, Basil, Cactus, Fig tree, Ivy, Jasmine, Lavender, Lemon tree, Monstera, Orchid, Parsley, Rosemary, "
        "Snake plant, Thyme",
    ),
    _app(
        "Films",
        "film",
        "#343a40",
        "film",
        "plain",
        ("Subtitles", "High quality", "Kids lock", "Surround"),
        "Amber Sunset, Blind Corner, Copper Sky, Double Agent, Empty Harbor, Falling Up, Ghost Signal, Heat Wave, "
        "Ink and Bone, Jade Temple, Low Tide, Moon Base, North Wind, Old Friends",
    ),
    _app(
        "Gym",
        "weight",
        "#5c940d",
        "workout",
        "disc",
        ("Count down", "Voice coach", "Heart rate", "Rest days"),
        "Arm circuit, Back stretch, Core blast, Easy run, Full body, Hill sprint, Jump rope, Leg day, Plank ladder, "
        "Row machine, Slow flow, Stair climb, Swim set, Yoga basics",
    ),
    _app(
        "Gallery",
        "frame",
        "#a61e4d",
        "painting",
        "plain",
        ("Zoom tool", "Artist facts", "Night tint", "Guide voice"),
        "Blue Horses, Calm Harbour, Dancing Hats, Evening Mill, Field of Oats, Grey Cathedral, Harvest Moon, "
        "Ice Skaters, Lady in Red, Market Day, Pink Ballet, River Barge, Snowy Roofs, Three Lemons",
    ),
    _app(
        "Radio",
        "antenna",
        "#1864ab",
        "station",
        "disc",
        ("Show titles", "Car mode", "Local news", "Equaliser"),
        "Alpha Jazz, Bay City FM, Classic Gold, Dance Nation, Folk Wave, Harbour One, Indie Dream, Kids Club, "
        "Latin Heat, Metro Talk, News Now, Piano Bar, Rock Hall, Sunrise FM",
    ),
)
APPS = {"train": TRAIN, "test": TEST}
