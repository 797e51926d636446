"""One file for each format: which rows are of it, and how one is read."""
