"""A copy of all tables beside the schema, made before the schema is changed."""

from sqlalchemy import Connection, text

from usagebill_tui.errors import Refused
from usagebill_tui.store.postgresql.opening import LONGEST_NAME, quoted


def copy_schema(connection: Connection, suffix: str) -> str:
    """Copy the rows of all tables of the current schema to one beside it, and return its name.

    Raises Refused where there is such a schema already.
    """
    schema = str(connection.scalar(text("SELECT current_schema()")))
    copy = f"{schema[: LONGEST_NAME - len(suffix) - 1]}-{suffix}"
    if connection.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = :copy"), {"copy": copy}):
        mend = "drop or rename it; the schema was not changed"
        raise Refused(f"the schema {copy} is in the way", where=schema, mend=mend)
    connection.exec_driver_sql(f"CREATE SCHEMA {quoted(copy)}")
    tables = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
    for table in connection.scalars(tables, {"schema": schema}).all():
        target = f"{quoted(copy)}.{quoted(table)}"
        connection.exec_driver_sql(f"CREATE TABLE {target} AS TABLE {quoted(schema)}.{quoted(table)}")
    return copy
