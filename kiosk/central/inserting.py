"""Inserts the rows of one step together: one statement where the database can, without the ORM's work for each.

A delivery is seven new rows. Through the ORM each costs as much as the rest of a call; the statement for a set of
models is written once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db import connection, models


def insert(*rows: models.Model) -> None:
    """Insert new rows in this order, inside the caller's transaction. Keys made by the database are not read back.

    Raises django.db.IntegrityError.
    """
    kinds = tuple(type(row) for row in rows)
    values = [_values(row) for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_together(kinds), [value for one in values for value in one])
            return
        for kind, one in zip(kinds, values, strict=True):
            cursor.execute(_alone(kind), one)


@lru_cache
def _alone(kind: type[models.Model]) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in _fields(kind))
    places = ", ".join("%s" for _ in _fields(kind))
    return f"INSERT INTO {quote(kind._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608  # names of models


@lru_cache
def _together(kinds: tuple[type[models.Model], ...]) -> str:
    """Foreign keys are checked at the end of the transaction, so no order matters."""
    *first, last = map(_alone, kinds)
    named = ", ".join(f"row{number} AS ({statement})" for number, statement in enumerate(first))
    return f"WITH {named} {last}" if first else last


@lru_cache
def _fields(kind: type[models.Model]) -> tuple[Any, ...]:
    """All columns but a key that the database makes."""
    return tuple(field for field in kind._meta.local_concrete_fields if not isinstance(field, models.AutoField))


def _values(row: models.Model) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in _fields(type(row))]
