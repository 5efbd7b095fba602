"""What a driver's error means to the person who reads it: the fact and the next move."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

UPGRADE = "run `callcontrol db upgrade`."


def sentence_for(error: SQLAlchemyError, shown: str) -> str | None:
    """A sentence when the database is at fault or away; None when the program is (that must stay loud).
    ``shown`` is the database's URL without its password."""
    where = f"The database {shown}"
    if isinstance(error, PoolTimeout):
        return f"{where} has all its connections busy; try again, or look for slow queries."
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(str(cause).lower(), where)
    return _of_postgresql(error, where)


def _of_sqlite(said: str, where: str) -> str | None:
    match said:
        case _ if "locked" in said or "busy" in said:
            return f"{where} was locked by another program; end it (a backup, a shell) or try again."
        case _ if "disk is full" in said:
            return f"{where} can't grow: the disk is full. Free some space; nothing that was saved is lost."
        case _ if "unable to open" in said:
            return f"{where} can't be opened; check that its folder exists and that this user may write there."
        case _ if "readonly" in said or "read-only" in said:
            return f"{where} may only be read by this user; give the user the right to write the file and its folder."
        case _ if "not a database" in said or "malformed" in said:
            return f"{where} is damaged or no SQLite file; bring back a backup of it."
        case _ if "i/o error" in said:
            return f"{where} can't be read or written: the disk reports an error. Look at the disk, then try again."
        case _ if "no such table" in said or "no such column" in said:
            return f"{where} has an older shape; {UPGRADE}"
    return None


def _of_postgresql(error: DBAPIError, where: str) -> str | None:
    said = str(error.orig).strip().splitlines()
    state = getattr(error.orig, "sqlstate", None) or ""
    match state:
        case "42P01" | "42703":
            return f"{where} has an older shape; {UPGRADE}"
        case "42501":
            return f"{where} refuses this user a right; make the user the owner of its tables."
        case "53100":
            return f"{where} can't grow: the server's disk is full. Free some space; nothing that was saved is lost."
        case "53300":
            return f"{where} has no connection left; raise max_connections or run fewer programs."
        case "25006":
            return f"{where} may only be read now (is it a standby?); name the primary in the settings."
        case "55P03" | "40P01" | "40001" | "57014":
            return f"{where} was kept busy by another program; try again."
        case "3D000":
            return f"{where} does not exist on that server; create it, then {UPGRADE}"
        case "28P01" | "28000":
            return f"{where} refuses the user or the password; check both in the settings."
        case _ if state.startswith(("08", "57P", "58")) or _is_lost(error, state):
            why = f" ({said[0]})" if said and not state else ""
            return f"{where} does not answer{why}; start it, or check host and port in the settings."
    return None


def _is_lost(error: DBAPIError, state: str) -> bool:
    return error.connection_invalidated or (not state and isinstance(error, OperationalError | InterfaceError))
