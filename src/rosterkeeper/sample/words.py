"""The words that sample districts are made of. All people and places are invented; domains are reserved ones.

Names are in names.txt. Every culture has the same number of them, so that a name is found by arithmetic.
"""

from importlib import resources
from typing import Final

_LINES: Final = [
    line.split()
    for line in resources.files("rosterkeeper.sample").joinpath("names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


def _forms(names: list[str]) -> list[str]:
    return [name.partition(":")[0] for name in names]


def _slugs(names: list[str]) -> list[str]:
    return [name.partition(":")[2] or name.lower() for name in names]


# Which culture a person is drawn from: an index into the pairs of lines, the frequent ones more than once.
CULTURES: Final = (0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11)

GIVEN: Final = [form for names in _LINES[0::2] for form in _forms(names)]
GIVEN_SLUGS: Final = [slug for names in _LINES[0::2] for slug in _slugs(names)]
FAMILY: Final = [form for names in _LINES[1::2] for form in _forms(names)]
FAMILY_SLUGS: Final = [slug for names in _LINES[1::2] for slug in _slugs(names)]

PLACES: Final = (
    *("Maple Grove", "Cedar Hollow", "Río Claro", "Lake Vesper", "Stonebridge", "Juniper Flats", "Harper's Mill"),
    *("Fox Meadow", "Sainte-Claire", "Willow Bend", "Granite Pass", "Señora Vista", "Quail Ridge", "Amberly"),
    *("North Fork", "Pine Barrens", "Old Orchard", "Heron Bay", "Copper Hill", "Larkspur", "Wren's Landing"),
    *("Blue Mesa", "Thornwood", "Millrace", "Sunnydale", "Elk Crossing", "Cañon Verde", "Bright Harbor"),
    *("Kettle Creek", "Rosemont", "Tamarack"),
)
CITIES: Final = ("Fairwater", "Port Adair", "San Ysidro", "Lac-Mégantic", "Peñasco", "Grünau", "Easton Falls", "Ōtaki")
STATES: Final = ("OH", "TX", "CA", "MN", "NM", "WI", "PA", "HI")
COUNTRIES: Final = ("US", "US", "US", "US", "US", "MX", "VN", "SO")

SUBJECT_SLOTS: Final = 12

# One line a school level; slot 0 is the homeroom. Names and codes have one entry a slot.
_ELEMENTARY: Final = (
    "Homeroom|Reading|Mathematics|Science|Social Studies|Writing|Art|Music|Physical Education|Library|Computing|Garden"
)
_MIDDLE: Final = (
    "Advisory|English|Mathematics|Life Science|World Cultures|Reading Workshop|Physical Education|Band|Art & Design|"
    'The "Maker" Lab|Spanish|Health, Safety and You'
)
_HIGH: Final = (
    "Advisory|English Literature|Algebra|Biology|World History|Español|Physical Education|Chemistry|Studio Art|"
    "Computer Science|Economics|Debate"
)
SUBJECTS: Final = [name for level in (_ELEMENTARY, _MIDDLE, _HIGH) for name in level.split("|")]
SUBJECT_CODES: Final = [f"{10 + slot:02d}{level}{slot:02d}" for level in (1, 2, 3) for slot in range(SUBJECT_SLOTS)]
