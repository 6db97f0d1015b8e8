"""The settings of an installation, read once from the environment.

| variable | meaning | default |
|---|---|---|
| ROSTERKEEPER_DATA_DIR | folder of the database, key, locks, logs and artifacts | the XDG data folder |
| ROSTERKEEPER_DATABASE_URL | ``sqlite:///PATH`` or ``postgresql://…`` | SQLite in the data folder |
| ROSTERKEEPER_SECRET_KEY | keys for stored secrets, newest first, comma between | file ``secret.key`` |
| ROSTERKEEPER_MEMORY_LIMIT | memory of a run's scratch database, such as ``1500MB`` | 2300MB, or half of all |
| ROSTERKEEPER_THREADS | threads of a run | 2 |
| ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS | hosts and networks of one's own that sources may be at | none |
| ROSTERKEEPER_CLASSLINK_API_KEY | ClassLink's API key for connections that have none of their own | none |
| ROSTERKEEPER_CLASSLINK_PROXY | the address of ClassLink's proxy | ClassLink's own |
| ROSTERKEEPER_RETENTION_DAYS | days after which the worker erases removed records | never |
| ROSTERKEEPER_ATTENDANCE_DAYS | days after which the worker erases lessons and their attendance, 0 for never | 365 |
| ROSTERKEEPER_TIME_ZONE | the zone that days and times are told in, such as ``Europe/London`` | the machine's |
| ROSTERKEEPER_WEB_HOSTS | the host names that the pages are reached by, comma between | this machine's loopback |
| ROSTERKEEPER_HTTPS | ``on`` where browsers reach the pages by https: cookies then travel by https alone | off |
| ROSTERKEEPER_PUBLIC_URL | how browsers reach the pages, for links in notices | made of the host names with https |
| ROSTERKEEPER_NOTICE_LANGUAGE | the language of notices by mail and in chats, ``en`` or ``es`` | en |
| ROSTERKEEPER_TRUST_PROXY | ``on`` where a proxy of one's own says by X-Forwarded-Proto how it was reached | off |
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from rosterkeeper.oneroster.errors import SettingsError
from rosterkeeper.service.mailing import Mail, read_mail
from rosterkeeper.sources.http.allowed import Allowed
from rosterkeeper.sources.spec import CLASSLINK_PROXY

SQLITE_PREFIX: Final = "sqlite:///"
POSTGRESQL_PREFIX: Final = "postgresql://"
_LOCAL_ZONE: Final = Path("/etc/localtime")
# A district of a million users hardly spills anything then, and its run stays below 3 GB.
_ENOUGH_MEGABYTES: Final = 2_300
LANGUAGES: Final = {"en": "English", "es": "Español"}
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Configuration:
    """An installation's settings. ``database_url`` is ``sqlite:///ABSOLUTE/PATH`` or ``postgresql://…``.

    ``retention_days`` is how long removed records are kept, ``attendance_days`` lessons of the console; 0 for ever.
    """

    data_dir: Path
    database_url: str
    secret_keys: tuple[str, ...]
    memory_limit: str
    threads: int
    allowed_hosts: tuple[str, ...] = ()
    classlink_api_key: str = field(default="", repr=False)
    classlink_proxy: str = CLASSLINK_PROXY
    time_zone: str = "UTC"
    web_hosts: tuple[str, ...] = LOOPBACK
    is_https: bool = False
    trusts_proxy: bool = False
    public_url: str = ""
    notice_language: str = "en"
    mail: Mail = field(default_factory=Mail)
    retention_days: int = 0
    attendance_days: int = 365

    @property
    def sqlite_path(self) -> Path | None:
        """The SQLite file; None where the database is PostgreSQL."""
        if not self.database_url.startswith(SQLITE_PREFIX):
            return None
        return Path(self.database_url.removeprefix(SQLITE_PREFIX))

    @property
    def key_file(self) -> Path:
        """Where the key of stored secrets is kept when the environment does not give it."""
        return self.data_dir / "secret.key"

    @property
    def scratch(self) -> Path:
        """The folder under which each run gets a folder of its own, gone with the run."""
        return self.data_dir / "scratch"

    @property
    def artifacts(self) -> Path:
        """The folder of snapshots and held change sets."""
        return self.data_dir / "artifacts"

    @property
    def progress(self) -> Path:
        """The folder where runs tell how far they have come, beside SQLite."""
        return self.data_dir / "progress"

    @property
    def queue_url(self) -> str:
        """The database of the worker's queue: a file of its own beside SQLite, PostgreSQL itself otherwise."""
        if self.sqlite_path is not None:
            return f"{SQLITE_PREFIX}{self.sqlite_path.with_name(f'{self.sqlite_path.stem}-queue.sqlite3')}"
        return self.database_url

    @property
    def locks(self) -> Path:
        """The folder of locks, beside SQLite."""
        return (self.sqlite_path.parent if self.sqlite_path else self.data_dir) / "locks"

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.data_dir / "logs"

    @property
    def job_log(self) -> Path:
        """What the processes of jobs say on standard error."""
        return self.logs / "job.log"


def read(environment: Mapping[str, str]) -> Configuration:
    """The configuration that ``environment`` states; SettingsError names the variable that is wrong."""
    data_dir = _data_dir(environment)
    return Configuration(
        data_dir=data_dir,
        database_url=_database_url(environment.get("ROSTERKEEPER_DATABASE_URL", ""), data_dir),
        secret_keys=tuple(
            key.strip() for key in environment.get("ROSTERKEEPER_SECRET_KEY", "").split(",") if key.strip()
        ),
        memory_limit=_memory_limit(environment.get("ROSTERKEEPER_MEMORY_LIMIT", "")),
        threads=_threads(environment.get("ROSTERKEEPER_THREADS", "")),
        allowed_hosts=_allowed_hosts(environment.get("ROSTERKEEPER_ALLOWED_PRIVATE_HOSTS", "")),
        classlink_api_key=environment.get("ROSTERKEEPER_CLASSLINK_API_KEY", "").strip(),
        classlink_proxy=_classlink_proxy(environment.get("ROSTERKEEPER_CLASSLINK_PROXY", "").strip()),
        time_zone=_time_zone(environment.get("ROSTERKEEPER_TIME_ZONE", "").strip(), environment.get("TZ", "")),
        web_hosts=(*_web_hosts(environment.get("ROSTERKEEPER_WEB_HOSTS", "")), *LOOPBACK),
        is_https=_switch(environment, "ROSTERKEEPER_HTTPS"),
        trusts_proxy=_switch(environment, "ROSTERKEEPER_TRUST_PROXY"),
        public_url=_public_url(environment),
        notice_language=_notice_language(environment.get("ROSTERKEEPER_NOTICE_LANGUAGE", "").strip()),
        mail=read_mail(environment),
        retention_days=_retention_days(environment.get("ROSTERKEEPER_RETENTION_DAYS", "")),
        attendance_days=_attendance_days(environment.get("ROSTERKEEPER_ATTENDANCE_DAYS", "")),
    )


def _data_dir(environment: Mapping[str, str]) -> Path:
    stated = environment.get("ROSTERKEEPER_DATA_DIR", "")
    if stated:
        return Path(stated).expanduser().absolute()
    shared = environment.get("XDG_DATA_HOME", "")
    try:
        root = Path(shared) if shared else Path("~/.local/share").expanduser()
    except RuntimeError:
        raise SettingsError(
            "settings.data_dir",
            "There is no home folder to keep data in.",
            todo="Set ROSTERKEEPER_DATA_DIR to a folder.",
        ) from None
    return root.absolute() / "rosterkeeper"


def _database_url(stated: str, data_dir: Path) -> str:
    if not stated:
        return f"{SQLITE_PREFIX}{data_dir / 'rosterkeeper.sqlite3'}"
    if stated.startswith(SQLITE_PREFIX):
        path = unquote(stated.removeprefix(SQLITE_PREFIX))
        if path and path != ":memory:" and not path.endswith("/"):
            return f"{SQLITE_PREFIX}{Path(path).expanduser().absolute()}"
    if stated.startswith("postgres://"):
        stated = POSTGRESQL_PREFIX + stated.removeprefix("postgres://")
    if stated.startswith(POSTGRESQL_PREFIX) and urlsplit(stated).path.strip("/"):
        return stated
    # The value may hold a password: it is not repeated.
    raise SettingsError(
        "settings.database_url",
        "ROSTERKEEPER_DATABASE_URL does not name a database.",
        todo="Write sqlite:////absolute/path or postgresql://user:password@host/database.",
    )


def _allowed_hosts(stated: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in stated.split(",") if host.strip())
    Allowed.of(hosts)
    return hosts


def _web_hosts(stated: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in stated.split(",") if host.strip())
    # A star would let any site that a browser was lured to speak for this one.
    if all(re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:]+\]", host) for host in hosts):
        return hosts
    raise SettingsError(
        "settings.web_hosts",
        "ROSTERKEEPER_WEB_HOSTS is not a list of host names.",
        todo="Write the names that browsers use, such as roster.example.org, without https:// and port.",
    )


def _time_zone(stated: str, of_process: str) -> str:
    if _is_time_zone(stated):
        return stated
    if stated:
        raise SettingsError(
            "settings.time_zone",
            "ROSTERKEEPER_TIME_ZONE is not a time zone.",
            todo="Write a name of the IANA list, such as Europe/London or America/Chicago.",
        )
    # Where the machine's zone has no name that we know, days are told in UTC.
    _, _, linked = str(_LOCAL_ZONE.resolve()).partition("zoneinfo/")
    return next((zone for zone in (of_process, linked) if _is_time_zone(zone)), "UTC")


def _is_time_zone(name: str) -> bool:
    """Whether there is one of that name; a list of all of them takes longer than the rest of a command's start."""
    try:
        return bool(name and ZoneInfo(name))
    # A folder of the list, a path out of it, a name that is not there.
    except (OSError, ValueError, KeyError):
        return False


def _public_url(environment: Mapping[str, str]) -> str:
    stated = environment.get("ROSTERKEEPER_PUBLIC_URL", "").strip()
    if not stated:
        named = _web_hosts(environment.get("ROSTERKEEPER_WEB_HOSTS", ""))
        return f"https://{named[0]}" if named and _switch(environment, "ROSTERKEEPER_HTTPS") else ""
    address = urlsplit(stated)
    if address.scheme in ("http", "https") and address.hostname and "@" not in address.netloc and not address.query:
        return stated.rstrip("/")
    raise SettingsError(
        "settings.public_url",
        "ROSTERKEEPER_PUBLIC_URL is not an http or https address.",
        todo="Write it as https://host, as browsers do.",
    )


def _notice_language(stated: str) -> str:
    if stated in ("", *LANGUAGES):
        return stated or "en"
    raise SettingsError(
        "settings.notice_language",
        "ROSTERKEEPER_NOTICE_LANGUAGE is not a language that notices are written in.",
        todo=f"Write one of {', '.join(LANGUAGES)}.",
    )


def _switch(environment: Mapping[str, str], name: str) -> bool:
    stated = environment.get(name, "").strip().lower()
    if stated in ("", "off", "on"):
        return stated == "on"
    raise SettingsError("settings.switch", f"{name} is neither on nor off.", todo="Write on or off, or leave it out.")


def _classlink_proxy(stated: str) -> str:
    if not stated:
        return CLASSLINK_PROXY
    address = urlsplit(stated)
    if address.scheme in ("http", "https") and address.hostname and "@" not in address.netloc:
        return stated.rstrip("/")
    raise SettingsError(
        "settings.classlink_proxy",
        "ROSTERKEEPER_CLASSLINK_PROXY is not an http or https address.",
        todo="Leave it out, or write it as https://host, without a name or a password in it.",
    )


def _memory_limit(stated: str) -> str:
    if not stated:
        return f"{min(_ENOUGH_MEGABYTES, _megabytes_of_machine() // 2)}MB"
    if re.fullmatch(r"[1-9]\d*(MB|GB|MiB|GiB)", stated):
        return stated
    raise SettingsError(
        "settings.memory_limit",
        "ROSTERKEEPER_MEMORY_LIMIT is not an amount of memory.",
        todo="Write a whole number and MB or GB, such as 1500MB.",
    )


def _megabytes_of_machine() -> int:
    """The machine's memory; Windows has no such way to tell, and is taken for one with enough."""
    if sys.platform == "win32":
        return 2 * _ENOUGH_MEGABYTES
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def _threads(stated: str) -> int:
    if not stated:
        return 2
    if re.fullmatch(r"[1-9]\d{0,2}", stated):
        return int(stated)
    raise SettingsError(
        "settings.threads",
        "ROSTERKEEPER_THREADS is not a number of threads.",
        todo="Write a whole number from 1 to 999.",
    )


def _retention_days(stated: str) -> int:
    if not stated:
        return 0
    if re.fullmatch(r"[1-9]\d{0,4}", stated):
        return int(stated)
    raise SettingsError(
        "settings.retention_days",
        "ROSTERKEEPER_RETENTION_DAYS is not a number of days.",
        todo="Write a whole number from 1 to 99999, such as 365, or leave it out to erase nothing by itself.",
    )


def _attendance_days(stated: str) -> int:
    if not stated:
        return 365
    if re.fullmatch(r"0|[1-9]\d{0,4}", stated):
        return int(stated)
    raise SettingsError(
        "settings.attendance_days",
        "ROSTERKEEPER_ATTENDANCE_DAYS is not a number of days.",
        todo="Write a whole number from 1 to 99999, such as 365, or 0 to keep attendance for ever.",
    )
