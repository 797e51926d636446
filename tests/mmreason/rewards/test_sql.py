"""Queries earn what their rows say; nothing but reading is possible."""

from __future__ import annotations

import math
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from mmreason.errors import DataError, RecipeError
from mmreason.rewards.sql import SqlAccuracy
from mmreason.sandbox.queries import QueryError, TooMuch, first_statement, orders, rows_of
from mmreason.signals import check
from mmreason.types import Batch, Group, Task
from vision_data.messages import user

REWARD = SqlAccuracy(seconds=1.0, max_rows=1000)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("sql") / "some users?.sqlite"
    link = sqlite3.connect(path)
    link.executescript(
        "CREATE TABLE users(name TEXT, age INTEGER, score REAL);"
        "INSERT INTO users VALUES ('Ann', 31, 0.1), ('Bob', 25, 0.2), ('Cid', 31, 0.3), ('Dee', NULL, 1e999);"
        "CREATE VIEW old AS SELECT name FROM users WHERE age > 30;"
    )
    link.close()
    path.with_name("other.sqlite").write_bytes(path.read_bytes())
    return str(path)


def task(database: str | None, gold: str | None, **record: str) -> Task:
    fields = record if database is None else {"database": database, **record}
    return Task(id="t", prompt=(user("Who?"),), answer=gold, record=fields)


def sql(query: str) -> str:
    return f"<think>...</think>\n```sql\n{query}\n```"


@pytest.mark.parametrize(
    ("query", "gold", "compare", "worth"),
    [
        ("SELECT name FROM users WHERE age > 30", "SELECT name FROM old", "multiset", 1.0),
        ("SELECT name FROM users WHERE age >= 25", "SELECT name FROM old", "multiset", 0.0),
        ("SELECT name FROM old ORDER BY name DESC", "SELECT name FROM old ORDER BY name", "multiset", 1.0),
        ("SELECT name FROM old ORDER BY name DESC", "SELECT name FROM old ORDER BY name", "list", 0.0),
        ("SELECT name FROM old ORDER BY name DESC", "SELECT name FROM old ORDER BY name", "auto", 0.0),
        ("SELECT name FROM old ORDER BY name DESC", "SELECT name FROM old", "auto", 1.0),
        ("SELECT age FROM users", "SELECT DISTINCT age FROM users", "multiset", 0.0),
        ("SELECT age FROM users", "SELECT DISTINCT age FROM users", "set", 1.0),
        ("SELECT 31.0", "SELECT 31", "multiset", 1.0),
        ("SELECT '31'", "SELECT 31", "multiset", 0.0),
        ("SELECT name, age FROM users", "SELECT age, name FROM users", "multiset", 0.0),
        ("SELECT name FROM users WHERE 0", "SELECT name FROM users WHERE age > 99", "multiset", 1.0),
        ("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3) SELECT x FROM c",
         "SELECT 1 UNION SELECT 2 UNION SELECT 3", "multiset", 1.0),
        ("SELECT 1; SELECT 2", "SELECT 1", "multiset", 1.0),
        ("SELECT ';' -- ; \n", "SELECT ';'", "multiset", 1.0),
    ],
)  # fmt: skip
def test_rows_are_compared(say, database: str, query: str, gold: str, compare: str, worth: float) -> None:
    reward = SqlAccuracy(seconds=1.0, compare=compare)  # type: ignore[arg-type]
    assert reward.rate(task(database, gold), say(sql(query))) == worth


def test_rounding(say, database: str) -> None:
    asked = task(database, "SELECT 0.3")
    assert REWARD.rate(asked, say(sql("SELECT 0.1 + 0.2"))) == 0.0
    assert SqlAccuracy(digits=6).rate(asked, say(sql("SELECT 0.1 + 0.2"))) == 1.0


REFUSED = [
    "",
    "SELEC",
    "SELECT nowhere FROM users",
    "DROP TABLE users",
    "DELETE FROM users",
    "INSERT INTO users VALUES ('Eve', 1, 1)",
    "UPDATE users SET age = 0 RETURNING name",
    "CREATE TABLE t(x)",
    "CREATE TEMP TABLE t(x)",
    "ALTER TABLE users ADD x",
    "ATTACH '{folder}/other.sqlite' AS o",
    "ATTACH '{folder}/new.sqlite' AS o",
    "DETACH main",
    "VACUUM INTO '{folder}/new.sqlite'",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "BEGIN EXCLUSIVE",
    "SAVEPOINT x",
    "PRAGMA journal_mode = WAL",
    "PRAGMA writable_schema = 1",
    "PRAGMA database_list",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_module_list",
    "SELECT load_extension('/lib/x86_64-linux-gnu/libm.so.6')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('{folder}/new.sqlite', 'x')",
    "SELECT fts3_tokenizer('x', x'00')",
    "EXPLAIN SELECT name FROM users",
    "SELECT name FROM users; DROP TABLE users",
    "DROP TABLE users; SELECT name FROM old",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    "SELECT randomblob(1000000000)",
    "SELECT hex(zeroblob(900000000))",
    "SELECT group_concat(a.name || b.name) FROM users a, users b, users c, users d, users e, users f, users g, users h,"
    " users i, users j, users k, users l, users m",
    "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
    "SELECT " + "+".join(["1"] * 100_000),
    "SELECT printf('%.*c', 900000000, 'x')",  # minutes of work between two looks at the clock
    "SELECT '\ud800'",
    "SELECT 1\x00; DROP TABLE users",
    "SELECT '" + "x" * 11_000_000,
]


def test_nothing_but_reading(say, database: str) -> None:
    folder = Path(database).parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    group = Group(
        task(database, "SELECT name FROM old"),
        tuple(say(sql(query.replace("{folder}", str(folder)))) for query in REFUSED),
    )
    assert REWARD.score(group).tolist() == [0.0] * len(REFUSED)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert REWARD.rate(task(database, "SELECT name FROM old"), say(sql("SELECT name FROM old"))) == 1.0


@pytest.mark.parametrize("query", ["", "REINDEX", "-- nothing", ";", "DROP TABLE users", "SELECT name FROM nowhere"])
def test_no_rows_are_not_the_same_as_an_empty_result(say, database: str, query: str) -> None:
    assert REWARD.rate(task(database, "SELECT name FROM users WHERE 0"), say(sql(query))) == 0.0


def test_why_a_query_is_refused(database: str) -> None:
    def run(query: str) -> list[tuple[object, ...]]:
        return rows_of(database, query, 10, 1.0, 2**26)

    assert run("SELECT name FROM users WHERE age IS NULL") == [("Dee",)]
    with pytest.raises(QueryError, match="not authorized"):
        run("DROP TABLE users")
    with pytest.raises(QueryError, match="no such column"):
        run("SELECT nowhere FROM users")
    with pytest.raises(TooMuch, match="more than 10 rows"):
        run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
    with pytest.raises(TooMuch, match="interrupted"):
        run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c")
    assert run("SELECT CAST(x'ff' AS TEXT)") == [("\ufffd",)]


def test_gold_queries(say, database: str) -> None:
    said = say(sql("SELECT name FROM old"))
    assert math.isnan(REWARD.rate(task(None, "SELECT 1"), said))
    assert math.isnan(REWARD.rate(task(database, None), said))
    assert REWARD.rate(task(database, "the answer in words", gold_sql="SELECT name FROM old"), said) == 1.0
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    assert math.isnan(REWARD.rate(task(database, endless), said))
    with pytest.raises(DataError, match=r"^train:7: the gold query 'SELECT nothing' fails: near"):
        REWARD.rate(replace(task(database, "SELECT nothing"), where="train:7"), said)
    with pytest.raises(DataError, match="no such database"):
        REWARD.rate(task(f"{database}.gone", "SELECT 1"), said)
    assert not Path(f"{database}.gone").exists()


def test_answers_without_a_query_are_wrong(say, database: str, hostile: list[str]) -> None:
    groups = (Group(task(database, "SELECT name FROM old"), tuple(map(say, [*hostile, sql("SELECT name FROM old")]))),)
    (column,) = REWARD(Batch(groups))
    assert column.tolist() == [0.0] * len(hostile) + [1.0]
    assert REWARD(Batch(())) == []


def test_statements_and_order() -> None:
    assert first_statement("SELECT 1") == "SELECT 1"
    assert first_statement("SELECT '; ' ; SELECT 2") == "SELECT '; ' ;"
    assert first_statement("SELECT 1 /* ; */ ; x") == "SELECT 1 /* ; */ ;"
    assert orders("SELECT a FROM t ORDER\n  BY a")
    assert not orders("SELECT 'order by' FROM (SELECT a FROM t ORDER BY a)")
    assert not orders("SELECT max(a) OVER (ORDER BY b) FROM t")


def test_fields() -> None:
    check(REWARD)
    for wrong in ({"max_rows": 0}, {"seconds": 0.0}, {"memory_bytes": 1}):
        with pytest.raises(RecipeError, match="SqlAccuracy: max_rows is"):
            SqlAccuracy(**wrong)  # type: ignore[arg-type]
