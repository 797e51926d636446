"""Finding the program in a completion."""

from __future__ import annotations

import pytest

from mmreason.parsing.code_block import code_blocks, last_python, last_sql, whole_answer


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("```python\nx\n```", "x\n"),
        ("```\nx\n```", "x\n"),
        ("```py\nx\n```\nthen\n```python\ny\n```", "y\n"),
        ("```python\nx\n```\nIt prints\n```\n1\n```", "x\n"),
        ("```bash\npip install\n```", None),
        ("```text\nx\n```\n```\ny\n```", "y\n"),
        ("````python\n```\nx\n```\n````", "```\nx\n```\n"),
        ("~~~python\nx\n~~~", "x\n"),
        ("  ```Python title=1\nx\n  ```", "x\n"),
        ("```python\r\nx\r\n```", "x\r\n"),
        ("```python\nx", "x"),
        ("```python", ""),
        ("<think>```python\nx\n```</think>", None),
        ("<think>```python\nx\n```", None),
        ("<think>a</think>```python\nx\n```", "x\n"),
        ("<answer>```python\nx\n```</answer>", "x\n"),
        ("```python\ny\n```<answer>```python\nx\n```</answer>", "x\n"),
        ("x = 1", None),
        ("", None),
    ],
)
def test_last_python(text: str, code: str | None) -> None:
    assert last_python(text) == code


def test_whole_answer() -> None:
    assert whole_answer("<think>no</think>x = 1") == "x = 1"
    assert whole_answer("<think>no") is None
    assert whole_answer("") is None


def test_last_sql() -> None:
    assert last_sql("```sql\nSELECT 1\n```\n```python\nx\n```") == "SELECT 1\n"
    assert last_sql("<think>```sql\nSELECT 2\n```</think><answer>SELECT 1</answer>") == "SELECT 1"
    assert last_sql("<answer>SELECT 1") == "SELECT 1"
    assert last_sql("SELECT 1") is None


def test_hostile_text_takes_no_time() -> None:
    for text in ("```\n" * 50_000, "`" * 500_000, " " * 500_000 + "```", "<answer>" * 50_000, "```a" * 100_000):
        code_blocks(text)
        last_sql(text)
