"""Data: from files of records to tasks."""
