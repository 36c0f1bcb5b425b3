"""What a relational database says when it fails, as one problem of ours."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from steelyard.errors import Problem

_LONGEST = 300
_DOWN = "see that the server runs and the address is right, then start again: nothing is lost"
_LOGIN = "correct user and password in the URL; the server's pg_hba.conf says who may come from where"


@dataclass(frozen=True)
class Kind:
    """One way to fail: how it shows, and what is to be done."""

    code: str
    fix: str
    states: tuple[str, ...]
    """Beginnings of SQLSTATE."""
    words: tuple[str, ...]
    """Parts of the message, for what comes without a state: SQLite, and a connection that was never made."""
    transient: bool = False


_LOCKED = Kind(
    "database-locked",
    "another process writes; wait for it and start again",
    ("40001", "40P01", "55P03"),
    ("database is locked", "database table is locked", "database is busy"),
    transient=True,
)
_UNREACHABLE = Kind(
    "database-unreachable",
    _DOWN,
    ("08", "57P01", "57P02", "57P03", "53300"),
    ("connection refused", "connection failed", "server closed the connection", "could not translate host name"),
    transient=True,
)
_KINDS = (
    _LOCKED,
    Kind("database-login-refused", _LOGIN, ("28",), ("password authentication failed", "no password supplied")),
    Kind("database-login-refused", _LOGIN, (), ("pg_hba.conf", 'role "', "ident authentication", "peer authent")),
    Kind(
        "no-such-database",
        "name one that is there; on PostgreSQL create it with `createdb`; a lost SQLite file comes back with "
        "`steelyard home restore`",
        ("3D000",),
        ("unable to open database file", 'database "'),
    ),
    Kind(
        "database-read-only",
        "give this user the right to write, or name another database",
        ("25006", "42501"),
        ("readonly database",),
    ),
    Kind("database-full", "free some disk, then start again: nothing is lost", ("53100",), ("disk is full",)),
    Kind("database-full", "look at the disk: is it full, may it be written? Nothing is lost", (), ("disk i/o error",)),
    Kind(
        "database-damaged",
        "bring back a backup with `steelyard home restore`",
        ("XX001", "XX002"),
        ("file is not a database", "malformed"),
    ),
    _UNREACHABLE,
)
_UNKNOWN = Kind("database-failed", "report it, with what was being done", (), ())


@dataclass(frozen=True)
class Failure:
    """A problem to tell, and whether trying again may help."""

    problem: Problem
    transient: bool


def failure(error: DBAPIError, where: str) -> Failure:
    """What `error` of the database at `where` (its URL without password) means."""
    message = " ".join(str(error.orig).split())
    state = getattr(error.orig, "sqlstate", None) or ""
    kind = _UNREACHABLE if error.connection_invalidated else _kind(state, message.lower())
    return Failure(Problem(kind.code, where, message[:_LONGEST] or kind.code, kind.fix), kind.transient)


def _kind(state: str, message: str) -> Kind:
    if state:
        return next((kind for kind in _KINDS if state.startswith(kind.states)), _UNKNOWN)
    return next((kind for kind in _KINDS if any(words in message for words in kind.words)), _UNKNOWN)
