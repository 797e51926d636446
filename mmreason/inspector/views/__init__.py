"""What the inspector and the report show: pure functions from plain values to markup.

It is safe to put in a page, whatever a model, a record or a file says.
"""

from mmreason.inspector.views.card import show_card
from mmreason.inspector.views.curves import show_curves
from mmreason.inspector.views.html import Html, el
from mmreason.inspector.views.page import css, page
from mmreason.inspector.views.rows import show_changes, show_table
from mmreason.inspector.views.run import show_run, show_runs
from mmreason.inspector.views.sample import show_pair, show_sample

__all__ = [
    "Html",
    "css",
    "el",
    "page",
    "show_card",
    "show_changes",
    "show_curves",
    "show_pair",
    "show_run",
    "show_runs",
    "show_sample",
    "show_table",
]
