"""The rules that the database itself holds: audit and ledger only grow, and entries sum to zero.

The first step of the schema adds them. One that is to change later gets a step and a text of its own.
"""

from sqlalchemy import Connection

_AUDIT = "the audit only grows"
_LEDGER = "the ledger only grows"
_CLOSED = "an entry of the ledger is closed once it is added"
_UNBALANCED = "an entry of the ledger has to sum to zero"
_STANDS = "EXISTS (SELECT 1 FROM entries WHERE id = NEW.entry)"
_DOES_NOT_ADD_UP = (
    "NOT EXISTS (SELECT 1 FROM postings WHERE entry = NEW.id) OR EXISTS (SELECT 1 FROM postings "
    "WHERE entry = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0)"
)
_GROWING = {"audit": _AUDIT, "entries": _LEDGER, "postings": _LEDGER}

RULES = (
    *(f"{table}_no_{verb}" for table in _GROWING for verb in ("update", "delete")),
    "postings_before_entry",
    "entries_sum_to_zero",
)
"""The triggers that every database has."""

ONLY_SHARED = ("audit_no_truncate", "entries_no_truncate", "postings_no_truncate", "postings_in_turn")
"""The triggers that only PostgreSQL needs."""


def add_rules(connection: Connection) -> None:
    """Add all rules to a schema whose tables have just been made."""
    statements = _sqlite() if connection.dialect.name == "sqlite" else _postgresql()
    for statement in statements:
        # The driver takes percent signs for parameters only where there are some.
        connection.exec_driver_sql(statement)


def _sqlite() -> list[str]:
    growing = [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        for table, words in _GROWING.items()
        for verb in ("UPDATE", "DELETE")
    ]
    return [
        *growing,
        (
            f"CREATE TRIGGER postings_before_entry BEFORE INSERT ON postings WHEN {_STANDS} "
            f"BEGIN SELECT RAISE(ABORT, '{_CLOSED}'); END"
        ),
        (
            f"CREATE TRIGGER entries_sum_to_zero AFTER INSERT ON entries WHEN {_DOES_NOT_ADD_UP} "
            f"BEGIN SELECT RAISE(ABORT, '{_UNBALANCED}'); END"
        ),
    ]


def _postgresql() -> list[str]:
    """Return the same rules for PostgreSQL, where others than usagebill may write at the same time."""
    growing = [
        statement
        for table, words in _GROWING.items()
        for statement in (
            _function(f"{table}_only_grows", _raising(words)),
            _trigger(f"{table}_no_update", f"BEFORE UPDATE ON {table} FOR EACH ROW", f"{table}_only_grows"),
            _trigger(f"{table}_no_delete", f"BEFORE DELETE ON {table} FOR EACH ROW", f"{table}_only_grows"),
            _trigger(f"{table}_no_truncate", f"BEFORE TRUNCATE ON {table}", f"{table}_only_grows"),
        )
    ]
    # Without the lock that every usagebill holds when it writes, somebody else could add postings to an
    # entry that is not committed yet.
    in_turn = "PERFORM pg_advisory_xact_lock(hashtextextended('usagebill writes ' || TG_TABLE_SCHEMA, 0)); "
    closed = f"IF {_STANDS} THEN {_raising(_CLOSED)} END IF; "
    unbalanced = f"IF {_DOES_NOT_ADD_UP} THEN {_raising(_UNBALANCED)} END IF; "
    return [
        *growing,
        _function("postings_in_turn", f"{in_turn}RETURN NULL;"),
        _trigger("postings_in_turn", "BEFORE INSERT ON postings", "postings_in_turn"),
        _function("postings_before_entry", f"{closed}RETURN NEW;"),
        _trigger("postings_before_entry", "BEFORE INSERT ON postings FOR EACH ROW", "postings_before_entry"),
        _function("entries_sum_to_zero", f"{unbalanced}RETURN NULL;"),
        _trigger("entries_sum_to_zero", "AFTER INSERT ON entries FOR EACH ROW", "entries_sum_to_zero"),
    ]


def _raising(words: str) -> str:
    return f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{words}';"


def _function(name: str, body: str) -> str:
    # Whoever writes, with whatever search path, is held to the tables beside the rule.
    head = f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT"
    return f"{head} AS $$ BEGIN {body} END $$"


def _trigger(name: str, when: str, function: str) -> str:
    return f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {function}()"
