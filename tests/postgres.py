"""A throw-away PostgreSQL cluster on a loopback port, for tests."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=''",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=40",
    "shared_buffers=16MB",
)


def missing() -> str | None:
    """Why no cluster can be started here; None where one can."""
    if binary("initdb") is None:
        return "PostgreSQL is not installed (no initdb)"
    if os.getuid() == 0 and shutil.which("setpriv") is None:
        return "PostgreSQL does not run as root, and there is no setpriv to run it as another user"
    return None


def binary(name: str) -> str | None:
    """A program of PostgreSQL: Debian keeps them off the path."""
    found = [str(place / name) for place in PLACES if (place / name).exists()]
    return found[0] if found else shutil.which(name)


class Cluster:
    """A cluster that was started: its superuser is `postgres`, with a password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_hex(8)
        self._made = 0
        self._own()
        secret = folder / "password"
        secret.write_text(self.password, encoding="ascii")
        secret.chmod(0o644)
        call = ["initdb", "-D", self.data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret)]
        self._run([*call, "-E", "UTF8", "--locale=C", "--no-sync"])
        self.start()

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    @cached_property
    def port(self) -> int:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return int(free.getsockname()[1])

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={self.port}"))
        self._run(["pg_ctl", "-D", self.data, "-l", str(self.folder / "log"), "-w", "-o", options, "start"])

    def stop(self) -> None:
        """At once, as a crash would."""
        self._run(["pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop"])

    @contextmanager
    def down(self) -> Iterator[Callable[[], None]]:
        """Stopped within the block, or until what it gets is called."""
        self.stop()
        started = False

        def start() -> None:
            nonlocal started
            self.start()
            started = True

        try:
            yield start
        finally:
            if not started:
                self.start()

    def empty(self) -> str:
        """A URL under which nothing is: a new schema, as a database would take longer to make."""
        import psycopg  # noqa: PLC0415 - only where there is a cluster

        self._made += 1
        name = f"home_{self._made}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        return f"{self.url()}?options=-csearch_path%3D{name}"

    def _own(self) -> None:
        """Give the folder to whoever the server runs as."""
        if os.getuid() == 0:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, user=_user())

    def _run(self, call: list[str]) -> None:
        program = binary(call[0])
        assert program is not None
        user = _user()
        change = ["setpriv", f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"]
        command = [*(change if os.getuid() == 0 else []), program, *call[1:]]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")


def _user() -> str:
    """Whom a server may run as where the tests run as root."""
    import pwd  # noqa: PLC0415 - not on Windows

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _group(user: str) -> int:
    import pwd  # noqa: PLC0415 - not on Windows

    return pwd.getpwnam(user).pw_gid


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new cluster, gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="steelyard-postgres-"))
    try:
        made = Cluster(folder)
        yield made
        with suppress(AssertionError):
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
