"""Composition root of a terminal: the one module that knows every package."""
