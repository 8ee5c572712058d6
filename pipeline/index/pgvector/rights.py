"""Checks the set-up of the serving database for `doctor`: extension, roles, policies.

Invariant: every check asks the database itself under each role, never the settings.
"""

from pipeline.domain.errors import ConfigError
from pipeline.index.pgvector.connection import Connection, Postgres

OLDEST = (0, 8)
"""Before 0.8, pgvector filters only what the graph happened to return, and loses permitted results."""

_FIX = "Let a database administrator run configs/deploy/postgres/roles.sql in it."

_VERSION = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
_READER = """
SELECT rolsuper, rolbypassrls, rolcreaterole, rolreplication,
    EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid),
    has_database_privilege(current_database(), 'CREATE, TEMPORARY')
FROM pg_roles r WHERE rolname = current_user
"""
_READER_MAY = (
    "be a superuser",
    "bypass row-level security",
    "change roles",
    "replicate the database",
    "act as another role",
    "create objects of its own",
)
_TABLES = """
SELECT c.relname,
    c.relrowsecurity AND c.relforcerowsecurity,
    (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = 'r'
        AND p.polroles = ARRAY[(SELECT oid FROM pg_roles WHERE rolname = %s)]) = 1,
    (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) = 2,
    has_table_privilege(%s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname ~ '^corpusgate_[0-9a-f]{12}$' AND c.relkind = 'r'
"""


def examine_rights(url: str, reader_url: str) -> str:
    """What is there, in a few words. Raises `ConfigError` for the first thing that is not as it must be."""
    loader, reader = Postgres(url), Postgres(reader_url)
    try:
        with reader.connection() as connection:
            version = _version(connection)
            role = connection.info.user
            _check_reader(connection)
        with loader.connection() as connection:
            if connection.info.user == role:
                raise ConfigError("The same role loads and searches.", done="Nothing was changed.", fix=_FIX)
            tables = connection.execute(_TABLES, (role, role)).fetchall()
        for name, forced, one_policy, no_other, writes in tables:
            if not (forced and one_policy and no_other) or writes:
                raise ConfigError(
                    f"The table {name} is not guarded as Corpusgate made it: row-level security, its policies or the "
                    f"rights of {role} were changed.",
                    fix="Find out by whom. Then drop its schema and refresh: the copy is made anew.",
                )
    finally:
        loader.dispose()
        reader.dispose()
    return f"pgvector {version}, {role} is bound by row-level security on {len(tables)} tables"


def _version(connection: Connection) -> str:
    row = connection.execute(_VERSION).fetchone()
    version = str(row[0]) if row else "none"
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST:
        raise ConfigError(
            f"The database has pgvector {version}; filtered search needs 0.8 or later.",
            fix="Update the extension: ALTER EXTENSION vector UPDATE.",
        )
    return version


def _check_reader(connection: Connection) -> None:
    row = connection.execute(_READER).fetchone() or ()
    may = [what for what, has in zip(_READER_MAY, row, strict=True) if has]
    if may:
        raise ConfigError(f"The role that searches may {', '.join(may)}.", done="Nothing was changed.", fix=_FIX)
