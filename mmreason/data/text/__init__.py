"""Text tasks that are drawn: every family is a data set with exact answers, dials and two splits that share nothing."""

from __future__ import annotations

from mmreason.data.text.arithmetic_target import Countdown, GameOf24
from mmreason.data.text.boolean_expressions import BooleanExpressions
from mmreason.data.text.calcudoku import Calcudoku
from mmreason.data.text.campsite import Campsite
from mmreason.data.text.cipher import Cipher
from mmreason.data.text.cryptarithm import Cryptarithm
from mmreason.data.text.dyck import DyckErrors, DyckLanguage
from mmreason.data.text.family import Family
from mmreason.data.text.futoshiki import Futoshiki
from mmreason.data.text.kakurasu import Kakurasu
from mmreason.data.text.liars import KnightsAndKnaves, WebOfLies
from mmreason.data.text.math_path import MathPath
from mmreason.data.text.minesweeper import Minesweeper
from mmreason.data.text.mixed import Mixed
from mmreason.data.text.moves import GoodsExchange, SpaceReasoning
from mmreason.data.text.numbrix import Numbrix
from mmreason.data.text.objects import ObjectCounting, ObjectProperties
from mmreason.data.text.operation import Operation
from mmreason.data.text.random_calculation import RandomCalculation
from mmreason.data.text.skyscraper import Skyscraper
from mmreason.data.text.string_composition import StringComposition
from mmreason.data.text.sudoku import Sudoku
from mmreason.data.text.survo import Survo
from mmreason.data.text.times import Calendar, TimeSequence
from mmreason.data.text.word_ladder import WordLadder
from mmreason.data.text.word_problems import WordProblems
from mmreason.data.text.word_sorting import WordSorting
from mmreason.data.text.zebra import ZebraPuzzle

LOGIC: tuple[type[Family], ...] = (
    BooleanExpressions, Calcudoku, Calendar, Campsite, Cipher, Countdown, Cryptarithm, DyckErrors, DyckLanguage,
    Futoshiki, GameOf24, GoodsExchange, Kakurasu, KnightsAndKnaves, MathPath, Minesweeper, Numbrix, ObjectCounting,
    ObjectProperties, Operation, Skyscraper, SpaceReasoning, Sudoku, Survo, TimeSequence, WebOfLies, WordLadder,
    WordSorting, ZebraPuzzle,
)  # fmt: skip
"""Families that ``LogicAccuracy`` scores."""
FAMILIES: tuple[type[Family], ...] = (*LOGIC, RandomCalculation, StringComposition, WordProblems)

__all__ = [
    "FAMILIES",
    "LOGIC",
    "BooleanExpressions",
    "Calcudoku",
    "Calendar",
    "Campsite",
    "Cipher",
    "Countdown",
    "Cryptarithm",
    "DyckErrors",
    "DyckLanguage",
    "Family",
    "Futoshiki",
    "GameOf24",
    "GoodsExchange",
    "Kakurasu",
    "KnightsAndKnaves",
    "MathPath",
    "Minesweeper",
    "Mixed",
    "Numbrix",
    "ObjectCounting",
    "ObjectProperties",
    "Operation",
    "RandomCalculation",
    "Skyscraper",
    "SpaceReasoning",
    "StringComposition",
    "Sudoku",
    "Survo",
    "TimeSequence",
    "WebOfLies",
    "WordLadder",
    "WordProblems",
    "WordSorting",
    "ZebraPuzzle",
]
