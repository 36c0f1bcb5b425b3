"""A home folder: where it is, what is in it, how it is configured."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from sqlalchemy import URL

from steelyard.desk import schema
from steelyard.desk.database import SQLITE, Database, Patience, connect, parsed
from steelyard.errors import InputError, Problem, UsageError
from steelyard.landing import landing, refuse_content

CONFIGURATION = "steelyard.toml"
IDENTITY = "steelyard.id"
"""Holds the id by which a database knows its home."""
URL_VARIABLE = "STEELYARD_DATABASE_URL"
FOLDERS = ("arrivals", "store", "ledger", "results")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_TEMPLATE = """\
# The configuration of this home. What is not said here has its default.

[database]
# ${NAME} stands for a variable of the environment, so that no password need stand here.

[engine]
name = "duckdb"

[engine.settings]
# threads = 2
# memory = "4GB"

[scorecards]
# only = ["douyin/experience"]   # default: every scorecard of the library that can be scored
# rules = ["rules"]              # files or folders of your own, below this one

# [scorecards.values."douyin/experience"]
# "window.days" = 30
"""


def _as_text(value: Any) -> Any:
    """A plain value as the command line would take it, `2` as "2" and `true` as "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | Decimal) else value


Text = Annotated[str, BeforeValidator(_as_text)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSection(_Section):
    """`[database]`: a relative SQLite file is one of the home."""

    url: str = "sqlite:///steelyard.db"


class EngineSection(_Section):
    """`[engine]`: its name, and settings as `--set engine.*` takes them."""

    name: Literal["duckdb", "spark"] = "duckdb"
    settings: Mapping[str, Text] = {}


class ScorecardsSection(_Section):
    """`[scorecards]`: which are scored, further rules, and values set in them."""

    only: tuple[str, ...] = ()
    """Ids; empty means all that can be scored."""
    rules: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Text]] = {}
    """Scorecard → path → value, as `--set PATH=VALUE` takes it."""


class Settings(_Section):
    """What `steelyard.toml` says."""

    database: DatabaseSection = DatabaseSection()
    engine: EngineSection = EngineSection()
    scorecards: ScorecardsSection = ScorecardsSection()


@dataclass(frozen=True)
class Home:
    """A home folder and its settings."""

    folder: Path
    settings: Settings
    id: str
    """By which its database knows it."""

    @property
    def arrivals(self) -> Path:
        """The user's: one folder of contract tables per day."""
        return self.folder / "arrivals"

    @property
    def store(self) -> Path:
        """The rows taken so far."""
        return self.folder / "store"

    @property
    def ledger(self) -> Path:
        """What was posted."""
        return self.folder / "ledger"

    @property
    def results(self) -> Path:
        """What was scored."""
        return self.folder / "results"

    @property
    def rules(self) -> tuple[Path, ...]:
        """Files and folders of scorecards beside the library's."""
        return tuple(self.folder / place for place in self.settings.scorecards.rules)

    @property
    def database_url(self) -> URL:
        """Where the database is: STEELYARD_DATABASE_URL, else the configuration, variables put in.

        UsageError `variable-not-set`, `bad-database-url`.
        """
        given = os.environ.get(URL_VARIABLE)
        text, where = (given, URL_VARIABLE) if given else (self.settings.database.url, self.where("database.url"))
        return _placed(_filled(text, where), self.folder)

    def where(self, key: str) -> str:
        """How problems name a key of the configuration."""
        return f"{self.folder / CONFIGURATION} {key}"

    def path(self, folder: str) -> Path:
        """The place of a folder that a publication names."""
        return self.folder.joinpath(*folder.split("/"))


def create_home(folder: Path, database_url: str | None = None) -> Home:
    """A new home in `folder`, which is missing or empty, and the tables in its database.

    `database_url` is written into the configuration as it is given, `${NAME}` and all. UsageError
    `folder-not-empty`, `bad-database-url`; EngineError as `schema.upgrade`.
    """
    refuse_content(folder)
    with landing(folder) as draft:
        write_configuration(draft, with_database_url(_TEMPLATE, database_url or DatabaseSection().url))
        (draft / IDENTITY).write_text(uuid4().hex + "\n", encoding="ascii")
        for name in FOLDERS:
            (draft / name).mkdir()
        home = open_home(draft)
        with connect(home.database_url) as db:
            schema.upgrade(db, home.id)
    return open_home(folder)


def write_configuration(folder: Path, text: str) -> None:
    """Write `steelyard.toml`, for the eyes of its owner only: it may hold a password."""
    file = folder / CONFIGURATION
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, encoding="utf-8")


def with_database_url(configuration: str, url: str) -> str:
    r"""A configuration with another URL under `[database]`, the rest as it is.

    >>> print(with_database_url("# mine\n[database]\nurl = 'sqlite:///old.db'  # old", "sqlite:///new.db"))
    # mine
    [database]
    url = "sqlite:///new.db"
    """
    lines = configuration.splitlines()
    heads = [number for number, line in enumerate(lines) if re.match(r"\s*\[", line)]
    head = next((number for number in heads if re.match(r"\s*\[\s*database\s*\]", lines[number])), None)
    said = f"url = {json.dumps(url)}"
    if head is None:
        return "\n".join([*lines, "", "[database]", said, ""])
    end = next((number for number in heads if number > head), len(lines))
    section = [line for line in lines[head + 1 : end] if not re.match(r"\s*url\s*=", line)]
    return "\n".join([*lines[: head + 1], said, *section, *lines[end:], ""])


def open_home(folder: Path) -> Home:
    """The home in `folder`; its database is not touched.

    UsageError `no-such-home`; InputError `not-toml`, `unknown-option`, `wrong-option` with file and key.
    """
    folder = folder.absolute()
    missing = [name for name in (CONFIGURATION, IDENTITY) if not (folder / name).is_file()]
    if missing:
        fix = f"make one with `steelyard home create {folder}`, or name the folder of one"
        raise UsageError(Problem("no-such-home", str(folder), f"it has no {missing[0]}", fix))
    identity = (folder / IDENTITY).read_text(encoding="ascii", errors="replace").strip()
    return Home(folder, read_settings(folder / CONFIGURATION), identity)


def open_database(home: Home, patience: Patience | None = None) -> Database:
    """The database of `home`, its tables found to be the newest and its own; close it, or use `with`.

    EngineError `database-outdated`, `database-newer`, `database-of-another-home`, and whatever keeps it from opening.
    """
    db = connect(home.database_url, patience)
    try:
        schema.check(db, home.id)
    except BaseException:
        db.close()
        raise
    return db


def read_settings(file: Path) -> Settings:
    """What a configuration says; InputError with every key that is wrong."""
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem("not-toml", str(file), str(error), "mend the TOML; save it as UTF-8")) from error
    try:
        return Settings.model_validate(said)
    except ValidationError as error:
        raise InputError([_problem(file, details) for details in error.errors(include_url=False)]) from error


def _problem(file: Path, details: Any) -> Problem:
    where = f"{file} {'.'.join(map(str, details['loc']))}"
    if details["type"] == "extra_forbidden":
        message, fix = "there is no such key", "see docs/home.md for the keys there are; remove it"
        return Problem("unknown-option", where, message, fix)
    return Problem("wrong-option", where, str(details["msg"]), "give a value of that kind, see docs/home.md")


def _filled(text: str, where: str) -> URL:
    """The URL with variables of the environment in its parts, or one that is a variable altogether."""

    def value(found: re.Match[str]) -> str:
        if (given := os.environ.get(found[1])) is None:
            fix = f"set it, or name the database in {URL_VARIABLE}"
            raise UsageError(Problem("variable-not-set", where, f"there is no variable {found[1]}", fix))
        return given

    whole = _VARIABLE.fullmatch(text)
    if whole:
        return parsed(value(whole))
    url = parsed(text)
    user, password, host, database = (
        part and _VARIABLE.sub(value, str(part)) for part in (url.username, url.password, url.host, url.database)
    )
    return url.set(username=user, password=password, host=host, database=database)


def _placed(url: URL, folder: Path) -> URL:
    """A relative SQLite file is one of the home."""
    return url.set(database=str(folder / str(url.database))) if url.get_backend_name() == SQLITE else url
