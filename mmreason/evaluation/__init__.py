"""Evaluation: suites of questions, how they are answered, and how sure the numbers are."""
