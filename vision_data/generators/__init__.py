"""Rendered worlds with exact answers: maps, shapes, scenes, charts, geometry, phone screens, pairs, films and kitchens."""
