"""Runs Python programs that nobody trusts."""
