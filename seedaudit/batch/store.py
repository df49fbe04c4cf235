"""A study: one SQLite file that holds papers, their audits and failures, and what made them.

In: papers as they were named, outcomes as they come. Out: the same values again, from any later process. The one
decision made here: when a paper has to be audited again, namely when its bytes, the rules, the model or the version
are others than those that its stored result was made with.

Every outcome is one transaction in a write-ahead log: a process killed at any moment leaves a study without the last
paper, never with half of one. One process writes at a time; readers are never locked out.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Literal

import filelock

from seedaudit.batch.work import Cost, Outcome
from seedaudit.documents.document import Box
from seedaudit.errors import StudyError
from seedaudit.findings import Audit, Evidence, Failure, Finding, Level, Search, Seeds, Tool, Verdict

Retry = Literal["failed", "all"]
Answer = Literal["right", "wrong", "other", "unsure", "open"]

_APPLICATION = 0x5EEDA0D1  # SQLite's application_id: says that a database is a study
_MIGRATIONS = (
    """
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY, version TEXT NOT NULL, rules TEXT NOT NULL, model TEXT NOT NULL,
        UNIQUE (version, rules, model)
    );
    CREATE TABLE papers (
        id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, source TEXT NOT NULL, host TEXT NOT NULL,
        title TEXT NOT NULL, year INTEGER, venue TEXT NOT NULL
    );
    CREATE TABLE results (
        paper INTEGER PRIMARY KEY REFERENCES papers ON DELETE CASCADE,
        version INTEGER NOT NULL REFERENCES versions, failed INTEGER NOT NULL, sha256 TEXT, signature TEXT NOT NULL,
        seconds REAL NOT NULL, cpu REAL NOT NULL, attempts INTEGER NOT NULL, memory INTEGER NOT NULL
    );
    CREATE TABLE audits (
        paper INTEGER PRIMARY KEY REFERENCES results ON DELETE CASCADE,
        source TEXT NOT NULL, id TEXT, title TEXT NOT NULL, year INTEGER, pages INTEGER,
        level TEXT NOT NULL, reasons TEXT NOT NULL, search TEXT NOT NULL, evidence TEXT NOT NULL
    );
    CREATE TABLE advice (
        id INTEGER PRIMARY KEY, why TEXT NOT NULL, remedy TEXT NOT NULL, sources TEXT NOT NULL,
        UNIQUE (why, remedy, sources)
    );
    CREATE TABLE findings (
        paper INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, position INTEGER NOT NULL,
        use TEXT NOT NULL, risk TEXT NOT NULL, confidence REAL NOT NULL, rules TEXT NOT NULL,
        page INTEGER, boxes TEXT NOT NULL, section TEXT NOT NULL, quote TEXT NOT NULL, advice INTEGER NOT NULL
        REFERENCES advice, seed_count INTEGER, seed_values TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
        marks TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, notes TEXT NOT NULL,
        PRIMARY KEY (paper, position)
    ) WITHOUT ROWID;
    CREATE TABLE failures (
        paper INTEGER PRIMARY KEY REFERENCES results ON DELETE CASCADE,
        source TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL, hint TEXT NOT NULL, id TEXT
    );
    CREATE TABLE judgements (
        paper INTEGER NOT NULL REFERENCES audits ON DELETE CASCADE, position INTEGER NOT NULL,
        said TEXT NOT NULL, judgement TEXT NOT NULL, should_be TEXT NOT NULL, note TEXT NOT NULL,
        PRIMARY KEY (paper, position)
    ) WITHOUT ROWID;
    """,
)
SCHEMA = len(_MIGRATIONS)
"""The newest schema that this release reads; older ones are brought to it when a study is opened for writing."""

WHOLE_PAPER = -1
"""The position of a judgement on a paper's verdict; those of findings count from 0."""

_RESULT = """
    SELECT papers.id, key, papers.source, host, papers.title, papers.year, venue, failed, sha256,
           seconds, cpu, attempts, memory, versions.version, versions.rules, versions.model
    FROM results JOIN papers ON papers.id = paper JOIN versions ON versions.id = results.version
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper as a list names it.

    ``key`` is the same however the paper was typed; ``source`` is what was typed; ``host`` says where it comes from:
    ``file``, ``arxiv``, .... ``title``, ``year`` and ``venue`` are what the list knows.
    """

    key: str
    source: str
    host: str
    title: str = ""
    year: int | None = None
    venue: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the study has of a paper: versions, hash of the bytes, the file's signature, and whether it failed."""

    tool: Tool
    sha256: str | None
    signature: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A paper of the study with its result, what it took, and the versions that made it."""

    number: int
    entry: Entry
    result: Audit | Failure
    cost: Cost
    tool: Tool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person says of a finding, or of a verdict (``position`` is ``WHOLE_PAPER``).

    ``other``: wrong, and ``should_be`` says what it is. ``unsure`` and ``open`` (only a note) are in no figure.
    """

    number: int
    position: int
    said: str
    judgement: Answer
    should_be: str
    note: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many papers a study names, how many have a result, and how many of these are failures or of each level."""

    papers: int
    done: int
    failed: int
    levels: dict[Level, int]


class Study:
    """An open study. Made by :func:`open_study` and :func:`read_study`."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._db = connection

    # What is to be done

    def enrol(self, entries: Iterable[Entry]) -> int:
        """Note the papers of this run, in their order; gives how many there are, each counted once.

        A paper that the study has keeps its result; what the list knows of it replaces what was known, and what it
        does not know stays.
        """
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS named (at INTEGER PRIMARY KEY, paper INTEGER UNIQUE)")
        with self._transaction():
            self._db.execute("DELETE FROM temp.named")
            for entry in entries:
                self._db.execute(
                    "INSERT INTO papers (key, source, host, title, year, venue) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT"
                    " (key) DO UPDATE SET source = excluded.source, host = excluded.host,"
                    " title = coalesce(nullif(excluded.title, ''), title), year = coalesce(excluded.year, year),"
                    " venue = coalesce(nullif(excluded.venue, ''), venue)",
                    _bound((entry.key, entry.source, entry.host, entry.title, entry.year, entry.venue)),
                )
                self._db.execute(
                    "INSERT OR IGNORE INTO temp.named (paper) SELECT id FROM papers WHERE key = ?",
                    _bound((entry.key,)),
                )
        (count,) = self._row("SELECT count(*) FROM temp.named")
        return int(count)

    def named(self, *, step: int = 500) -> Iterator[tuple[int, Entry, Known | None]]:
        """The papers of this run in their order, each with what the study has of it; ``step`` are read at a time."""
        last = 0
        while True:
            rows = self._rows(
                "SELECT at, papers.id, key, source, host, title, year, venue, versions.version, rules, model, sha256,"
                " signature, failed FROM temp.named JOIN papers ON papers.id = named.paper"
                " LEFT JOIN results ON results.paper = papers.id LEFT JOIN versions ON versions.id = results.version"
                " WHERE at > ? ORDER BY at LIMIT ?",
                (last, step),
            )
            for at, number, *values in rows:
                last = at
                entry, known = Entry(*values[:6]), values[6:]
                yield number, entry, None if known[0] is None else _known(known)
            if len(rows) < step:
                return

    def describe(self, number: int, *, title: str = "", year: int | None = None, venue: str = "") -> None:
        """Note what a host says of a paper, where the list that named it did not know."""
        with self._transaction():
            self._db.execute(
                "UPDATE papers SET title = coalesce(nullif(title, ''), ?), year = coalesce(year, ?),"
                " venue = coalesce(nullif(venue, ''), ?) WHERE id = ?",
                _bound((title, year, venue, number)),
            )

    # What was done

    def store(self, outcome: Outcome, tool: Tool, signature: str) -> None:
        """Put an outcome in the place of what the study had of that paper, in one transaction.

        ``signature`` is that of the file before it was read; an outcome without result only renews it.
        """
        with self._transaction():
            if outcome.result is None:
                self._db.execute("UPDATE results SET signature = ? WHERE paper = ?", (signature, outcome.number))
            else:
                self._replace(outcome.number, outcome.result, outcome.cost, self._version(tool), signature)

    def _replace(self, number: int, result: Audit | Failure, cost: Cost, version: int, signature: str) -> None:
        self._db.execute("DELETE FROM results WHERE paper = ?", (number,))
        failed = isinstance(result, Failure)
        self._db.execute(
            "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, version, failed, result.sha256, signature,
                cost.seconds, cost.cpu, cost.attempts, cost.memory,
            ),
        )  # fmt: skip
        if isinstance(result, Failure):
            self._db.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?)",
                _bound((number, result.source, result.kind, result.message, result.hint, result.id)),
            )
            return
        self._db.execute(
            "INSERT INTO audits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _bound(
                (
                    number, result.source, result.id, result.title, result.year, result.pages, result.verdict.level,
                    json.dumps(result.verdict.reasons), result.search.level,
                    json.dumps([astuple(one) for one in result.search.evidence]),
                )
            ),
        )  # fmt: skip
        self._db.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [_bound((number, at, *self._finding(one))) for at, one in enumerate(result.findings)],
        )

    def _finding(self, one: Finding) -> tuple[Any, ...]:
        said = _bound((one.why, one.remedy, json.dumps(one.references)))
        self._db.execute("INSERT OR IGNORE INTO advice (why, remedy, sources) VALUES (?, ?, ?)", said)
        (advice,) = self._row("SELECT id FROM advice WHERE why = ? AND remedy = ? AND sources = ?", said)
        return (
            one.use, one.risk, one.confidence, json.dumps(one.rules), one.page, json.dumps(one.boxes), one.section,
            one.quote, advice, one.seeds.count, json.dumps(one.seeds.values), one.start, one.end,
            json.dumps(one.marks), one.before, one.after, json.dumps(one.notes),
        )  # fmt: skip

    def _version(self, tool: Tool) -> int:
        values = (tool.version, tool.rules, tool.model)  # asked for every paper: astuple would copy them deeply
        self._db.execute("INSERT OR IGNORE INTO versions (version, rules, model) VALUES (?, ?, ?)", values)
        (number,) = self._row("SELECT id FROM versions WHERE version = ? AND rules = ? AND model = ?", values)
        return int(number)

    def judge(self, judgements: Iterable[Judgement]) -> None:
        """Put a person's judgements in the place of those that the study had."""
        with self._transaction():
            self._db.execute("DELETE FROM judgements")
            self._db.executemany(
                "INSERT INTO judgements VALUES (?, ?, ?, ?, ?, ?)", [_bound(astuple(one)) for one in judgements]
            )

    def absorb(self, other: Study) -> None:
        """Take over every paper of ``other``, with its result and judgements.

        Where both have a result, an audit stays before a failure; of two of a kind that of ``other``.
        """
        signatures = dict(other._rows("SELECT paper, signature FROM results"))
        judged: dict[int, list[Judgement]] = {}
        for one in other.judgements():
            judged.setdefault(one.number, []).append(one)
        with self._transaction():
            for entry in other._rows("SELECT key, source, host, title, year, venue FROM papers ORDER BY key"):
                self._db.execute(
                    "INSERT OR IGNORE INTO papers (key, source, host, title, year, venue) VALUES (?, ?, ?, ?, ?, ?)",
                    _bound(entry),
                )
            for stored in other.results():
                number, failed = self._row(
                    "SELECT id, failed FROM papers LEFT JOIN results ON paper = id WHERE key = ?",
                    _bound((stored.entry.key,)),
                )
                if failed == 0 and isinstance(stored.result, Failure):
                    continue
                version = self._version(stored.tool)
                self._replace(number, stored.result, stored.cost, version, signatures[stored.number])
                self._db.executemany(
                    "INSERT INTO judgements VALUES (?, ?, ?, ?, ?, ?)",
                    [_bound((number, *astuple(one)[1:])) for one in judged.get(stored.number, ())],
                )

    # What there is

    def counts(self, *, named: bool = False) -> Counts:
        """How many papers there are of each kind: in the study, or only among those of this run."""
        only = "WHERE {} IN (SELECT paper FROM temp.named)" if named else ""
        (papers,) = self._row(f"SELECT count(*) FROM papers {only.format('id')}")
        done, failed = self._row(f"SELECT count(*), coalesce(sum(failed), 0) FROM results {only.format('paper')}")
        levels = dict(self._rows(f"SELECT level, count(*) FROM audits {only.format('paper')} GROUP BY level"))
        return Counts(papers, done, failed, levels)

    def tools(self) -> dict[Tool, int]:
        """The versions that made the results, and how many each made."""
        rows = self._rows(
            "SELECT versions.version, rules, model, count(*) FROM results JOIN versions"
            " ON versions.id = results.version GROUP BY versions.id ORDER BY count(*) DESC, versions.id"
        )
        return {Tool(*row[:3]): row[3] for row in rows}

    def results(self) -> Iterator[Stored]:
        """All papers that have a result, in the order of the keys, read one after another."""
        yield from self._stored(f"{_RESULT} ORDER BY key", ())

    def some(self, numbers: Iterable[int]) -> Iterator[Stored]:
        """The papers with these numbers that have a result, in this order."""
        for number in numbers:
            yield from self._stored(f"{_RESULT} WHERE papers.id = ?", (number,))

    def find(self, name: str) -> Stored:
        """The one paper whose key, source, id or file name is ``name``; raises StudyError if it is none, or several."""
        if not name:
            raise StudyError("The name of a paper is empty.", kind="unknown-paper", hint="Name one paper of the study.")
        bare = name.removeprefix("./")
        escaped = bare.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rows = self._rows(
            "SELECT DISTINCT papers.id, papers.source, papers.key IN (?, ?) OR papers.source = ? FROM papers"
            " LEFT JOIN audits ON audits.paper = papers.id WHERE papers.key IN (?, ?) OR papers.source = ?"
            " OR papers.key LIKE '%/' || ? ESCAPE '\\' OR papers.key LIKE '%/' || ? || '.pdf' ESCAPE '\\'"
            " OR papers.key LIKE '%:' || ? ESCAPE '\\' OR audits.id = ? OR audits.id = 'arxiv:' || ?",
            _bound((name, _absolute(name), name, name, _absolute(name), name, *[escaped] * 3, bare, bare)),
        )
        found = [row for row in rows if row[2]] or rows
        if len(found) > 1:
            names = ", ".join(str(row[1]) for row in found[:5]) + (", ..." if len(found) > 5 else "")
            raise StudyError(
                f"'{name}' names {len(found)} papers of {self.path}.",
                hint=f"Name one of: {names}",
                kind="unknown-paper",
            )
        if not found:
            raise StudyError(
                f"{self.path} has no paper '{name}'.",
                hint="Name it by its path, id or file name; 'seedaudit report STUDY.db --format csv' lists all.",
                kind="unknown-paper",
            )
        for stored in self._stored(f"{_RESULT} WHERE papers.id = ?", (found[0][0],)):
            return stored
        raise StudyError(
            f"'{name}' is named in {self.path}, but has not been audited yet.",
            hint="Go on with the batch.",
            kind="unknown-paper",
        )

    def judgements(self) -> list[Judgement]:
        """What a person has said of this study's results; none for a result that was replaced since."""
        return [Judgement(*row) for row in self._rows("SELECT * FROM judgements ORDER BY paper, position")]

    def query(self, statement: str, values: Sequence[Any] = ()) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a SELECT, for tables of the whole study; ``values`` fill its question marks."""
        cursor = self._db.execute(statement, values)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def _stored(self, statement: str, values: Sequence[Any]) -> Iterator[Stored]:
        cursor = self._db.execute(statement, values)
        for number, *rest in cursor:
            entry, (failed, sha256), cost, tool = Entry(*rest[:6]), rest[6:8], Cost(*rest[8:12]), Tool(*rest[12:15])
            result = self._failure(number, sha256) if failed else self._audit(number, sha256)
            yield Stored(number, entry, result, cost, tool)

    def _failure(self, number: int, sha256: str | None) -> Failure:
        source, kind, message, hint, name = self._row(
            "SELECT source, kind, message, hint, id FROM failures WHERE paper = ?", (number,)
        )
        return Failure(source, kind, message, hint, id=name, sha256=sha256)

    def _audit(self, number: int, sha256: str) -> Audit:
        source, name, title, year, pages, level, reasons, search, evidence = self._row(
            "SELECT source, id, title, year, pages, level, reasons, search, evidence FROM audits WHERE paper = ?",
            (number,),
        )
        findings = self._rows(
            "SELECT use, risk, confidence, rules, page, boxes, section, quote, why, remedy, sources, seed_count,"
            " seed_values, start, end, marks, before, after, notes FROM findings JOIN advice ON advice.id = advice"
            " WHERE paper = ? ORDER BY position",
            (number,),
        )
        return Audit(
            source=source,
            id=name,
            title=title,
            year=year,
            pages=pages,
            sha256=sha256,
            verdict=Verdict(level, tuple(json.loads(reasons))),
            search=Search(search, tuple(Evidence(*one) for one in json.loads(evidence))),
            findings=tuple(_as_finding(row) for row in findings),
        )

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(statement, values).fetchall()

    def _row(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._db.execute(statement, values).fetchone()
        return row

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error


@contextlib.contextmanager
def open_study(path: Path, *, new: bool = False) -> Iterator[Study]:
    """The study at ``path`` for writing, made if it is not there; with ``new`` it must not be there.

    Raises StudyError: kind ``study-busy`` while another process writes, ``no-study`` for another file,
    ``newer-study`` for one of a later release, ``study-file`` where it cannot be read or written.
    """
    if new and path.exists():
        raise StudyError(f"{path} exists already.", hint="Name a file that does not exist yet.")
    if not path.parent.is_dir():
        raise StudyError(f"{path}: the folder {path.parent} does not exist.", hint="Create the folder first.")
    with _only_writer(path):
        connection = _connect(path, "rwc")
        try:
            _prepare(path, connection)
            yield Study(path, connection)
        finally:
            connection.close()


@contextlib.contextmanager
def read_study(path: Path) -> Iterator[Study]:
    """The study at ``path`` for reading, also while a process writes to it: what it has stored so far.

    Raises StudyError as :func:`open_study` does, and kind ``no-study`` where there is no file.
    """
    if not path.is_file():
        raise StudyError(
            f"There is no study {path}.",
            hint="Make one with: seedaudit batch LIST... --into STUDY.db",
            kind="no-study",
        )
    connection = _connect(path, "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro")
    try:
        schema = _check(path, connection)
        if schema < SCHEMA:
            raise StudyError(
                f"{path} was made by an earlier release (schema {schema}, this release reads {SCHEMA}).",
                hint="Bring it up to date: run its batch again.",
            )
        # One moment of the study for all that is read from it.
        connection.execute("BEGIN")
        yield Study(path, connection)
    finally:
        connection.close()


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    try:
        # "immutable": a folder that cannot be written to has no room for the log, and nobody else writes there either.
        address = f"{path.absolute().as_uri()}?mode={mode}{'&immutable=1' if mode == 'ro' else ''}"
        connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    connection.row_factory = _row
    return connection


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    schema = _check(path, connection)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # The log keeps each commit from the end of the process; only a power cut may lose the last ones.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        for number, script in enumerate(_MIGRATIONS[schema:], start=schema + 1):
            connection.executescript(
                f"BEGIN; {script}; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {number}; COMMIT"
            )
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _check(path: Path, connection: sqlite3.Connection) -> int:
    """The schema of the study, 0 for an empty file."""
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (schema,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    if application != _APPLICATION and (tables or application):
        raise _no_study(path, "it is a database of something else")
    if schema > SCHEMA:
        raise StudyError(
            f"{path} was made by a later release (schema {schema}, this release reads up to {SCHEMA}).",
            hint="Update seedaudit.",
            kind="newer-study",
        )
    return int(schema)


@contextlib.contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the lock beside the study; the system lets go of it when the process ends, however it ends."""
    lock = filelock.FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise StudyError(
            f"Another process is writing to {path}.",
            hint="Wait until it is done, or use another study and join them with: seedaudit merge",
            kind="study-busy",
        ) from None
    except OSError as error:
        raise StudyError(
            f"{path} cannot be written: {(error.strerror or str(error)).lower()}.",
            hint="Choose a place that you may write to.",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _unusable(path: Path, error: sqlite3.Error) -> StudyError:
    if "not a database" in str(error):
        return _no_study(path, "it is no database")
    return StudyError(
        f"{path} cannot be used: {error}.", hint="Check the disk, and that you may read and write the file."
    )


def _no_study(path: Path, why: str) -> StudyError:
    return StudyError(
        f"{path} is no study: {why}.", hint="Name a study, or a file that does not exist yet.", kind="no-study"
    )


# SQLite takes no half of a surrogate pair, which file names and damaged fonts can hold: such a text goes as bytes.


def _bound(values: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(map(_bound_value, values))


def _bound_value(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        data = value.encode("utf-8", "surrogatepass")
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return data
    return value


def _row(_: sqlite3.Cursor, row: tuple[Any, ...]) -> tuple[Any, ...]:
    if bytes in map(type, row):
        return tuple(one.decode("utf-8", "surrogatepass") if isinstance(one, bytes) else one for one in row)
    return row


def _known(values: Sequence[Any]) -> Known:
    return Known(Tool(*values[:3]), values[3], values[4], bool(values[5]))


def _as_finding(row: Sequence[Any]) -> Finding:
    (
        use, risk, confidence, rules, page, boxes, section, quote, why, remedy, sources, seed_count, seed_values,
        start, end, marks, before, after, notes,
    ) = row  # fmt: skip
    rectangles = json.loads(boxes)
    return Finding(
        use=use,
        risk=risk,
        confidence=confidence,
        rules=tuple(json.loads(rules)),
        page=page,
        boxes=None if rectangles is None else tuple(Box(*one) for one in rectangles),
        section=section,
        quote=quote,
        why=why,
        remedy=remedy,
        references=tuple(json.loads(sources)),
        seeds=Seeds(seed_count, tuple(json.loads(seed_values))),
        start=start,
        end=end,
        marks=tuple((first, last) for first, last in json.loads(marks)),
        before=before,
        after=after,
        notes=tuple(json.loads(notes)),
    )


def _absolute(name: str) -> str:
    try:
        return str(Path(name).expanduser().absolute())
    except (OSError, RuntimeError):
        return name
