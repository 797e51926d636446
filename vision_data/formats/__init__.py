"""Data sets as people have them, read into one neutral record: formats, detection, import rules, our JSONL.

>>> from vision_data.formats import FORMATS
>>> sorted(FORMATS)[:3]
['aitz', 'chartbench', 'chartqa']
"""

from vision_data.formats.base import Format
from vision_data.formats.detect import Detected, detect
from vision_data.formats.folder import Folder
from vision_data.formats.read import Reader, read
from vision_data.formats.record import (
    Boxes,
    Choice,
    ChoiceSet,
    Code,
    FrameMarks,
    Gold,
    Meta,
    Number,
    Record,
    Rejected,
    Text,
)
from vision_data.formats.table import FORMATS, format_named
from vision_data.formats.write import TaskWriter, write_records

__all__ = [
    "FORMATS",
    "Boxes",
    "Choice",
    "ChoiceSet",
    "Code",
    "Detected",
    "Folder",
    "Format",
    "FrameMarks",
    "Gold",
    "Meta",
    "Number",
    "Reader",
    "Record",
    "Rejected",
    "TaskWriter",
    "Text",
    "detect",
    "format_named",
    "read",
    "write_records",
]
