r"""How charts are asked about: by code, directly, or in the way that the model chooses.

What the prompts demand is Code-as-Thought's (arXiv:2509.09286): a role, criteria for either strategy, one example of
each, a decision in two steps, the strategy token first, a pandas frame ``chart_data`` before anything else in code, and
the answer in ``\boxed{}``. The words are this project's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Mode = Literal["adaptive", "code", "direct"]

_FRAME = """\
- Import pandas and build one pandas.DataFrame named chart_data before anything else.
- Put every raw number that the chart shows into it as literals: sensible column names, rows in the chart's order."""

_ADAPTIVE = rf"""You are an expert in reading charts. Answer the question about the chart above.

There are two strategies; where the chart's data can be read, code is preferred.

<CODE>: write the chart's data as Python code, then reason over that code step by step.
Use it if the values are printed or can be read off an axis, if there are few enough marks to copy out, and if a table
of the values is enough to answer: values, differences, sums, ratios, rankings, extremes.
{_FRAME}

<DIRECT>: reason step by step over what you see.
Use it if there are too many marks to copy, if values cannot be read, or if the question is about what a table does not
hold: colours, shapes, positions, layout, texts, flows, areas on a map.

Decide in two steps. First: could somebody draw the chart again from a table that you can read off it? Second: would
that table be enough to answer this question? If both are so, choose <CODE>; else, or in doubt, choose <DIRECT>.

Example of <CODE>, for "How many more pears than figs were sold?":
<CODE>
```python
import pandas as pd
chart_data = pd.DataFrame({{"Fruit": ["Pears", "Plums", "Figs"], "Sold": [40, 25, 30]}})
```
Pears are 40 and figs are 30. 40 - 30 = 10.
\boxed{{10}}

Example of <DIRECT>, for "Which line is dashed?":
<DIRECT>
The chart has two lines. The upper one is solid, the lower one is dashed; the legend calls it Rain.
\boxed{{Rain}}

Your response must start with <CODE> or <DIRECT>, and must end with the short answer in \boxed{{}}."""

_CODE = rf"""You are an expert in reading charts. Answer the question about the chart above.

First write runnable Python code that draws the chart again, in a block fenced with ```python. In it:
{_FRAME}
Then reason over that code step by step, and end with the short answer in \boxed{{}}."""

_DIRECT = r"""You are an expert in reading charts. Answer the question about the chart above.

Reason step by step over what you see, and end with the short answer in \boxed{}."""

PROMPTS: Mapping[Mode, str] = {"adaptive": _ADAPTIVE, "code": _CODE, "direct": _DIRECT}
"""What stands below the question."""
BRIEF: Mapping[Mode, str] = {
    "adaptive": "Start with <CODE> or <DIRECT>.",
    "code": "Start with <CODE>.",
    "direct": "Start with <DIRECT>.",
}
"""The same for a small model."""
