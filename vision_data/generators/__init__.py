"""Rendered worlds with exact answers: maps, shapes, scenes, charts, figures, phone screens, pairs, films, kitchens."""
