"""What the role that runs users' queries may do in the database: read what TAP publishes.

Users' queries are ADQL, which DaCHS translates. Should a fault in that ever let SQL of
somebody's own through, it has what PostgreSQL gives to everybody (PUBLIC): functions that
sleep, lock, end other sessions and tell what these ask, large objects, languages to program
in, statistics of tables, and all other databases. So what everybody has is given to all
other roles by name, and this one keeps what queries need.

PostgreSQL's superuser does this. What it cannot take from a role: SET of those limits that a
session may change itself, NOTIFY, EXPLAIN, and temporary tables, which uploads need.

``python3 -m iact.archive.queryrole`` prints the statements for a DaCHS that has other
resources as well.
"""

from __future__ import annotations

from typing import Any

#: DaCHS's role for users' queries, and its role for its own questions, which ends their sessions.
ROLE, TRUSTED = "untrusted", "gavo"

#: What a session has from its start; only the superuser can raise temp_file_limit.
SETTINGS = {
    # As long as the longest job; a synchronous query has less by DaCHS.
    "statement_timeout": "1h",
    # Of one session's sorts and hashes.
    "temp_file_limit": "4GB",
    # Queries wait for the operator's changes of tables, which take seconds.
    "lock_timeout": "1min",
    "idle_in_transaction_session_timeout": "10min",
}

#: Functions that change nothing and tell nothing about others, though they are volatile.
_HARMLESS = (
    "clock_timestamp", "current_query", "currval", "gen_random_uuid", "lastval", "nextval",
    "pg_is_in_recovery", "pg_jit_available", "random", "random_normal", "set_config", "setseed",
    "timeofday",
)  # fmt: skip
#: Those that tell of other sessions, of files, or of how many rows there are, though they are
#: not volatile; like all whose names begin with pg_stat_get_.
_TELLING = (
    "pg_available_extension_versions", "pg_available_extensions", "pg_extension_update_paths",
    "pg_get_replication_slots", "pg_relation_filepath", "pg_tablespace_databases",
    "pg_tablespace_location", "pg_timezone_abbrevs", "pg_timezone_names",
)  # fmt: skip
#: Columns of pg_class that tell how many rows a table has, hidden ones too.
_NUMBERS = ("reltuples", "relpages", "relallvisible", "relallfrozen")
#: Settings under which queries mean something else, or nothing; nobody has them for this role.
_NOT_ITS_OWN = (
    "array_nulls", "backslash_quote", "client_encoding", "datestyle", "escape_string_warning",
    "default_transaction_deferrable", "default_transaction_isolation",
    "default_transaction_read_only", "intervalstyle", "quote_all_identifiers", "role",
    "row_security", "search_path", "standard_conforming_strings", "timezone",
    "transform_null_equals", "xmloption",
)  # fmt: skip


def _array(names: Any) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"


#: Roles that keep what everybody had.
_OTHERS = (
    "SELECT quote_ident(rolname) FROM pg_roles"
    f" WHERE rolname <> '{ROLE}' AND rolname !~ '^pg_' AND NOT rolsuper"
)
# Functions for triggers, and those that only PostgreSQL can call, need nothing.
_FUNCTIONS = f"""SELECT p.oid::regprocedure::text AS name FROM pg_proc AS p
 WHERE p.pronamespace = 'pg_catalog'::regnamespace
 AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype,
  'language_handler'::regtype, 'index_am_handler'::regtype, 'table_am_handler'::regtype)
 AND (p.provolatile = 'v' AND p.proname <> ALL ({_array(_HARMLESS)})
  OR p.proname = ANY ({_array(_TELLING)}) OR p.proname LIKE 'pg\\_stat\\_get\\_%')
 AND has_function_privilege('{ROLE}', p.oid, 'EXECUTE')"""
_LANGUAGES = f"""SELECT quote_ident(lanname) AS name FROM pg_language
 WHERE lanpltrusted AND has_language_privilege('{ROLE}', oid, 'USAGE')"""
_DATABASES = f"""SELECT quote_ident(datname) AS name FROM pg_database
 WHERE datallowconn AND datname <> current_database()
 AND has_database_privilege('{ROLE}', oid, 'CONNECT')"""
_SCHEMAS = f"""SELECT quote_ident(nspname) AS name FROM pg_namespace
 WHERE nspname !~ '^pg_(toast_)?temp' AND has_schema_privilege('{ROLE}', oid, 'CREATE')"""
_COLUMNS = f"""SELECT attname::text AS name FROM pg_attribute
 WHERE attrelid = 'pg_catalog.pg_class'::regclass AND attname = ANY ({_array(_NUMBERS)})
 AND has_column_privilege('{ROLE}', attrelid, attnum, 'SELECT')"""
_WITHOUT = f"""SELECT setting AS name FROM unnest({_array(SETTINGS)}) AS wanted(setting)
 WHERE NOT EXISTS (SELECT 1 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS has(value)
  WHERE s.setrole = '{ROLE}'::regrole AND split_part(has.value, '=', 1) = setting)"""
# A role may alter itself, for all its later sessions.
_ALTERED = f"""SELECT s.setdatabase, split_part(value, '=', 1) AS name
 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS value WHERE s.setrole = '{ROLE}'::regrole
 AND lower(split_part(value, '=', 1)) = ANY ({_array(_NOT_ITS_OWN)})"""
_ALTERED_NAMES = f"SELECT name FROM ({_ALTERED}) AS altered"
_CANNOT_END = f"""SELECT '{TRUSTED}' AS name FROM pg_roles WHERE rolname = '{TRUSTED}'
 AND NOT pg_has_role('{TRUSTED}', '{ROLE}', 'USAGE')"""

#: SQL for what is not as `STATEMENTS` make it, by what it says of what it finds.
EXCESSES = {
    f"The role {ROLE} may call functions that sleep, lock, or tell of other sessions": _FUNCTIONS,
    f"The role {ROLE} may write functions of its own, in": _LANGUAGES,
    f"The role {ROLE} may connect to other databases": _DATABASES,
    f"The role {ROLE} may create tables and functions, in schema": _SCHEMAS,
    f"The role {ROLE} can ask how many rows tables have, hidden ones too, by pg_class": _COLUMNS,
    f"Sessions of the role {ROLE} have no limit of their own by": _WITHOUT,
    f"Sessions of the role {ROLE} begin with settings that queries do not expect": _ALTERED_NAMES,
    f"Sessions of the role {ROLE} cannot be ended by the role": _CANNOT_END,
}

#: SQL for tables and views that the role may do more with than read, with what that is.
WRITABLE = f"""SELECT c.oid::regclass::text, string_agg(lower(privilege), ', ')
 FROM pg_class AS c,
 unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
  || CASE WHEN current_setting('server_version_num')::int < 170000 THEN ARRAY[]::text[]
  ELSE ARRAY['MAINTAIN'] END) AS privilege
 WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND c.relpersistence <> 't'
 AND c.oid <> 'pg_catalog.pg_settings'::regclass
 AND (has_table_privilege('{ROLE}', c.oid, privilege) OR privilege IN ('INSERT', 'UPDATE',
  'REFERENCES') AND has_any_column_privilege('{ROLE}', c.oid, privilege))
 GROUP BY c.oid ORDER BY 1"""
#: SQL for tables and views that it may read, though TAP does not publish them. PostgreSQL's own
#: show a role what is its own, but for names; ivoa.emptyobscore is DaCHS's, and has no rows.
UNPUBLISHED = f"""SELECT c.oid::regclass::text FROM pg_class AS c
 JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p', 'S') AND n.nspname !~ '^pg_(toast|temp|catalog$)'
 AND n.nspname <> 'information_schema' AND has_schema_privilege('{ROLE}', n.oid, 'USAGE')
 AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('{ROLE}', c.oid, 'SELECT, USAGE')
  ELSE has_any_column_privilege('{ROLE}', c.oid, 'SELECT') END
 AND n.nspname || '.' || c.relname NOT IN (SELECT lower(table_name) FROM tap_schema.tables
  UNION SELECT 'ivoa.emptyobscore')
 ORDER BY 1"""
#: SQL for what makes the role more than an ordinary one.
POWERS = f"""SELECT what FROM pg_roles, unnest(
 ARRAY['SUPERUSER', 'CREATEROLE', 'CREATEDB', 'REPLICATION', 'BYPASSRLS'],
 ARRAY[rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls]) AS power(what, has)
 WHERE rolname = '{ROLE}' AND has
 UNION ALL SELECT 'membership in ' || roleid::regrole::text FROM pg_auth_members
 WHERE member = '{ROLE}'::regrole"""


def _from_everybody(query: str, what: str, right: str) -> str:
    """Return SQL that gives to all others by name what everybody has of what a query finds."""
    return f"""DO $do$ DECLARE found text; other text; BEGIN
 FOR found IN {query} LOOP
  FOR other IN {_OTHERS} LOOP
   EXECUTE format('GRANT {right} ON {what} %s TO %s', found, other); END LOOP;
  EXECUTE format('REVOKE ALL ON {what} %s FROM PUBLIC, {ROLE}', found);
 END LOOP; END $do$"""


#: What the superuser runs, in DaCHS's database; again does no harm.
STATEMENTS = (
    _from_everybody(_FUNCTIONS, "FUNCTION", "EXECUTE"),
    _from_everybody(_LANGUAGES, "LANGUAGE", "USAGE"),
    _from_everybody(_DATABASES, "DATABASE", "CONNECT, TEMPORARY"),
    # That nobody else creates anything there is PostgreSQL's own rule since version 15.
    f"""DO $do$ DECLARE found text; BEGIN FOR found IN {_SCHEMAS} LOOP
 EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM PUBLIC, {ROLE}', found); END LOOP; END $do$""",
    f"""DO $do$ DECLARE other text; columns text; BEGIN
 IF NOT EXISTS ({_COLUMNS}) THEN RETURN; END IF;
 SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
  WHERE attrelid = 'pg_catalog.pg_class'::regclass AND attnum > 0
  AND attname <> ALL ({_array(_NUMBERS)});
 FOR other IN {_OTHERS} LOOP
  EXECUTE format('GRANT SELECT ON pg_catalog.pg_class TO %s', other); END LOOP;
 REVOKE SELECT ON pg_catalog.pg_class FROM PUBLIC, {ROLE};
 EXECUTE format('GRANT SELECT (%s) ON pg_catalog.pg_class TO PUBLIC', columns); END $do$""",
    # Those that somebody has set otherwise stay.
    f"""DO $do$ DECLARE found text; BEGIN FOR found IN {_WITHOUT} LOOP
 EXECUTE format('ALTER ROLE {ROLE} SET %I = %L', found,
  ({_array(SETTINGS.values())})[array_position({_array(SETTINGS)}, found)]); END LOOP; END $do$""",
    f"""DO $do$ DECLARE database oid; found text; BEGIN
 FOR database, found IN {_ALTERED} LOOP
  IF database = 0 THEN EXECUTE format('ALTER ROLE {ROLE} RESET %I', found);
  ELSE EXECUTE format('ALTER ROLE {ROLE} IN DATABASE %I RESET %I',
   (SELECT datname FROM pg_database WHERE oid = database), found); END IF;
 END LOOP; END $do$""",
    f"""DO $do$ BEGIN IF EXISTS ({_CANNOT_END}) THEN
 GRANT {ROLE} TO {TRUSTED}; END IF; END $do$""",
)


def is_confined(cursor: Any) -> bool:
    """Tell whether the role has nothing that it need not have."""
    cursor.execute("SELECT NOT EXISTS (" + " UNION ALL ".join(EXCESSES.values()) + ")")
    return bool(cursor.fetchone()[0])


def confine(cursor: Any) -> bool:
    """Take from the role what it need not have, and set its limits.

    Parameters
    ----------
    cursor
        Of the superuser's, in DaCHS's database.

    Returns
    -------
    bool
        Whether there was anything to do.
    """
    if is_confined(cursor):
        return False
    for statement in STATEMENTS:
        cursor.execute(statement)
    return True


if __name__ == "__main__":
    print(*STATEMENTS, sep=";\n\n", end=";\n")
