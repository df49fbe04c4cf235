"""A study -> its pages from a server on this machine.

In: the path of a study and an auditor for uploads. Out: an ASGI application. The one decision owned here: who is
served. A request must name this machine as its host, and what changes the study must come from a page of this server;
anything else is refused before it reaches a page.

Needs the extra ``server``: Starlette for requests and routes.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from seedaudit.auditing import Auditor
from seedaudit.batch.local import Limits, Slot
from seedaudit.batch.store import WHOLE_PAPER, Answer, Entry, Judgement, Stored, open_study, read_study
from seedaudit.batch.work import Task
from seedaudit.errors import SeedauditError, StudyError
from seedaudit.findings import LEVELS, SEED_USES, USES, Audit, Finding
from seedaudit.reporting import wording
from seedaudit.reporting.decisions import ANSWERS
from seedaudit.reporting.gaps import gaps
from seedaudit.reporting.html import Served, environment, policy_hash, render_html
from seedaudit.reporting.output import write
from seedaudit.reporting.reliability import load_reliability
from seedaudit.sources.paper import Paper, is_pdf
from seedaudit.sources.reference import StandardInput, parse
from seedaudit.sources.source import obtain

PAGE = 50
LARGEST_UPLOAD = 64 << 20
_LARGEST_DECISIONS = 1 << 20
_KEPT_JOBS = 100
_POLICY = (
    "default-src 'none'; style-src {style}; script-src {script}; connect-src 'self'; base-uri 'none'; "
    "form-action 'self'"
)
_GRAVITY = (
    "CASE level WHEN 'red-flag' THEN 0 WHEN 'caution' THEN 1 WHEN 'unstated' THEN 2 WHEN 'safe' THEN 3 ELSE 4 END"
)
_LISTED = """
    FROM results JOIN papers ON papers.id = results.paper LEFT JOIN audits ON audits.paper = papers.id
    WHERE (? = '' OR level = ? OR (? = 'failed' AND failed))
    AND (? = '' OR coalesce(audits.title, '') LIKE ? ESCAPE '\\' OR papers.source LIKE ? ESCAPE '\\'
         OR coalesce(audits.source, '') LIKE ? ESCAPE '\\' OR coalesce(audits.id, '') LIKE ? ESCAPE '\\')
"""


@dataclass(slots=True)
class Job:
    """An uploaded paper on its way into the study."""

    state: Literal["waiting", "auditing", "done", "failed"] = "waiting"
    paper: int | None = None
    message: str = ""


@dataclass(slots=True)
class Desk:
    """What the requests share.

    MuPDF is not safe in several threads: one thread takes all pictures of pages. Uploads are audited one after another
    in ``slot``, a process of its own with limits, so that no PDF can keep or end this server. ``writing`` makes the
    server's own writers wait for each other, where a second process that writes is refused.
    """

    study: Path
    auditor: Auditor
    slot: Slot
    uploads: Path
    audits: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "audit"))
    reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "pdf"))
    writing: threading.Lock = field(default_factory=threading.Lock)
    jobs: dict[int, Job] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))


def uploads_of(study: Path) -> Path:
    """The folder beside ``study`` in which its server keeps the PDFs that were uploaded to it."""
    return study.with_name(f"{study.name}.uploads").absolute()


def make_app(study: Path, port: int, auditor: Auditor | None = None, limits: Limits | None = None) -> Starlette:
    """The application that serves ``study`` at ``port`` of this machine; ``limits`` are those of an uploaded paper."""
    auditor = auditor or Auditor()
    desk = Desk(study, auditor, Slot(auditor, limits or Limits()), uploads_of(study))

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.slot.close()
        desk.audits.shutdown(cancel_futures=True)
        desk.reader.shutdown(cancel_futures=True)

    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/papers", _upload, methods=["POST"]),
            Route("/papers/{number:int}", _paper),
            Route("/papers/{number:int}/decisions", _decide, methods=["PUT"]),
            Route("/jobs/{number:int}", _job),
            Route("/favicon.ico", _no_icon),
        ],
        middleware=[Middleware(Guard, port=port)],
        exception_handlers={SeedauditError: _told},
        lifespan=lifespan,
    )
    app.state.desk = desk
    return app


class Guard:
    """Refuses requests under a foreign name (DNS rebinding) and changes asked by foreign pages; closes the answers."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        host = request.headers.get("host", "")
        if host not in self._hosts:
            await _refusal("This server answers only under the name of this machine.", 421)(scope, receive, send)
            return
        if request.method not in {"GET", "HEAD"} and request.headers.get("origin") != f"http://{host}":
            await _refusal("Changes are taken only from the pages of this server.", 403)(scope, receive, send)
            return
        if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            await _refusal("Pages of other sites are not served.", 403)(scope, receive, send)
            return

        async def closed(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [
                    (b"x-content-type-options", b"nosniff"),
                    (b"x-frame-options", b"DENY"),
                    (b"referrer-policy", b"no-referrer"),
                    (b"cross-origin-resource-policy", b"same-origin"),
                    (b"cross-origin-opener-policy", b"same-origin"),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self._app(scope, receive, closed)


def _refusal(why: str, status: int) -> Response:
    return PlainTextResponse(why + "\n", status)


async def _told(_: Request, error: Exception) -> Response:
    """An error of the study, as an answer."""
    if not isinstance(error, SeedauditError):
        raise error
    status = {"study-busy": 409, "unknown-paper": 404}.get(error.kind, 500)
    return _refusal(f"{error.message} {error.hint}".strip(), status)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


@dataclass(frozen=True, slots=True)
class Row:
    """A paper in the list."""

    number: int
    name: str
    source: str
    year: int | None
    level: str | None
    findings: int
    decisions: int


async def _index(request: Request) -> Response:
    asked = request.query_params
    level = asked.get("level", "") if asked.get("level") in {*LEVELS, "failed"} else ""
    words = asked.get("q", "")[:200]
    page = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 7 else 1
    escaped = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = (level, level, level, words, *[f"%{escaped}%"] * 4)
    uses = ", ".join(f"'{use}'" for use in sorted(SEED_USES))
    with read_study(_desk(request).study) as study:
        ((found,),) = study.query(f"SELECT count(*) {_LISTED}", values)[1]
        pages = max(1, -(-found // PAGE))
        page = min(max(page, 1), pages)
        _, rows = study.query(
            "SELECT papers.id, coalesce(audits.title, ''), coalesce(audits.source, papers.source), audits.year, level,"
            f" (SELECT count(*) FROM findings WHERE findings.paper = papers.id AND use IN ({uses})),"
            " (SELECT count(*) FROM judgements WHERE judgements.paper = papers.id AND judgement <> 'open')"
            f" {_LISTED}"
            f" ORDER BY {_GRAVITY}, audits.title, papers.key LIMIT ? OFFSET ?",
            (*values, PAGE, (page - 1) * PAGE),
        )
        counts = study.counts()
    tally = {name: counts.levels.get(name, 0) for name in LEVELS} | {"failed": counts.failed}
    templates = environment()
    style, script = (templates.get_template(name).render() for name in ("report.css", "serve.js"))
    policy = _POLICY.format(style=policy_hash(style), script=policy_hash(script))
    html = templates.get_template("serve.html.j2").render(
        study=_desk(request).study.name,
        rows=[Row(*row) for row in rows],
        found=found,
        done=counts.done,
        tally=tally,
        level=level,
        words_asked=words,
        page=page,
        pages=pages,
        policy=policy,
        words=wording,
    )
    return HTMLResponse(html, headers={"content-security-policy": f"{policy}; frame-ancestors 'none'"})


def _stored(desk: Desk, number: int) -> tuple[Stored, list[Judgement]]:
    with read_study(desk.study) as study:
        _, rows = study.query("SELECT key FROM papers WHERE id = ?", (number,))
        if not rows:
            raise StudyError(f"{desk.study} has no paper {number}.", kind="unknown-paper")
        return study.find(rows[0][0]), study.judgements()


async def _paper(request: Request) -> Response:
    desk, number = _desk(request), int(request.path_params["number"])
    stored, judgements = _stored(desk, number)
    told = [one for one in judgements if one.number == stored.number and one.position != WHOLE_PAPER]
    decided: dict[str, dict[str, str]] = {}
    if isinstance(stored.result, Audit):
        for one in told:
            finding = stored.result.findings[one.position]
            said = "wrong" if one.judgement == "other" else one.judgement
            decided[_name(finding)] = {"decision": said, "note": one.note, "should_be": one.should_be}
    served = Served(back="/", save=f"/papers/{number}/decisions", decisions=decided)
    html = await asyncio.get_running_loop().run_in_executor(desk.reader, _render, stored, served)
    return HTMLResponse(html)


def _name(finding: Finding) -> str:
    """A finding as the page's script names it."""
    return f"{finding.use}:{finding.start}:{finding.quote_sha256}"


def _render(stored: Stored, served: Served) -> str:
    pictures: dict[int, bytes | None] = {}
    unseen: Sequence[str] | None = None
    result = stored.result
    with contextlib.suppress(SeedauditError):  # a paper that is no longer at hand has a report without pictures
        reference = parse(stored.entry.source)
        paper = None if isinstance(reference, StandardInput) else obtain(reference, offline=True)
        if paper and paper.sha256 == result.sha256 and paper.form == "pdf" and isinstance(result, Audit):
            from seedaudit.documents.reader import read

            document = read(paper)
            unseen = gaps(result, document)
            for one in wording.told(result):
                if document.layout is not None and one.page is not None and one.boxes:
                    pictures[id(one)] = document.layout.picture(one.page, one.boxes)
            document.close()
    return render_html(
        [result],
        stored.tool,
        picture=lambda finding: pictures.get(id(finding)),
        gaps=lambda audit: gaps(audit) if unseen is None else unseen,
        reliability=load_reliability(),
        served=served,
    )


async def _body(request: Request, largest: int) -> bytes | None:
    """The request's body, or None once it is larger than ``largest``."""
    size, parts = 0, []
    async for part in request.stream():
        size += len(part)
        if size > largest:
            return None
        parts.append(part)
    return b"".join(parts)


async def _decide(request: Request) -> Response:
    """Take the decisions about one paper's findings; what was said of them before is replaced."""
    desk = _desk(request)
    if request.headers.get("content-type") != "application/json":
        return _refusal("Decisions are JSON.", 415)
    body = await _body(request, _LARGEST_DECISIONS)
    if body is None:
        return _refusal("That is too large.", 413)
    said = _decisions(body)
    if said is None:
        return _refusal(
            f"Decisions are an object of objects with a decision ({', '.join(ANSWERS)}), a note, and for a wrong one, "
            "if known, the use that it should_be.",
            400,
        )
    stored, _ = _stored(desk, int(request.path_params["number"]))
    if not isinstance(stored.result, Audit):
        return _refusal("That paper has no findings.", 404)
    new = [
        Judgement(stored.number, at, finding.use, one.judgement, one.should_be, one.note)
        for at, finding in enumerate(stored.result.findings)
        if (one := said.get(_name(finding)))
    ]
    with desk.writing, open_study(desk.study) as study:
        kept = [one for one in study.judgements() if one.number != stored.number or one.position == WHOLE_PAPER]
        study.judge([*kept, *new])
    return JSONResponse({"kept": len(new)})


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of a finding; a wrong one of which it says the use is ``other``, as in a sample."""

    judgement: Answer
    note: str
    should_be: str


def _decisions(body: bytes) -> dict[str, Said] | None:
    """What is said, by the script's name of a finding; None for what is not understood."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    said: dict[str, Said] = {}
    for name, one in record.items():
        if not isinstance(one, dict) or one.get("decision") not in ANSWERS or not isinstance(one.get("note"), str):
            return None
        should_be = one.get("should_be") or ""
        if should_be and should_be not in USES:
            return None
        other = bool(should_be) and one["decision"] == "wrong"
        said[name] = Said("other" if other else one["decision"], one["note"], should_be if other else "")
    return said


async def _upload(request: Request) -> Response:
    desk = _desk(request)
    name = Path(request.query_params.get("name", "upload.pdf").replace("\\", "/")).name[:200] or "upload.pdf"
    if request.headers.get("content-type") != "application/pdf":
        return _refusal("A paper is uploaded as application/pdf.", 415)
    if int(request.headers.get("content-length", "0")) > LARGEST_UPLOAD:
        return _refusal(f"A paper has at most {LARGEST_UPLOAD >> 20} MB.", 413)
    data = await _body(request, LARGEST_UPLOAD)
    if data is None:
        return _refusal(f"A paper has at most {LARGEST_UPLOAD >> 20} MB.", 413)
    if not is_pdf(data):
        return _refusal(f"{name} is no PDF.", 415)
    number = next(desk.numbers)
    desk.jobs[number] = Job()
    for old in list(desk.jobs)[:-_KEPT_JOBS]:
        del desk.jobs[old]
    desk.audits.submit(_carry_out, desk, desk.jobs[number], Paper(name, "pdf", data))
    return JSONResponse({"job": number}, 202)


def _carry_out(desk: Desk, job: Job, paper: Paper) -> None:
    job.state = "auditing"
    try:
        outcome = desk.slot.run(Task(0, paper))
        result = outcome.result
        if not isinstance(result, Audit):
            said = f"{result.message} {result.hint}" if result else ""
            job.state, job.message = "failed", said.strip()
            return
        entry = Entry(f"upload:{paper.sha256}", _keep(desk, paper), "upload", result.title, result.year)
        with desk.writing, open_study(desk.study) as study:
            study.enrol([entry])
            ((job.paper, _, _),) = study.named()
            study.store(replace(outcome, number=job.paper), desk.auditor.tool, "")
        job.state = "done"
    except SeedauditError as error:
        job.state, job.message = "failed", f"{error.message} {error.hint}".strip()
    except Exception as error:  # the page that follows the job has to hear of whatever went wrong
        job.state, job.message = "failed", f"{paper.source} could not be audited: {type(error).__name__}."


def _keep(desk: Desk, paper: Paper) -> str:
    """Keep the PDF beside the study, for the pictures of its pages; gives where it is, or its name where it is not."""
    path = desk.uploads / f"{paper.sha256}.pdf"
    try:
        desk.uploads.mkdir(exist_ok=True)
        write(paper.data, path)
    except (OSError, SeedauditError):
        return paper.source
    return str(path)


async def _job(request: Request) -> Response:
    job = _desk(request).jobs.get(int(request.path_params["number"]))
    if job is None:
        return _refusal("There is no such upload.", 404)
    answer: Mapping[str, Any] = {"state": job.state, "paper": job.paper, "message": job.message}
    return JSONResponse(answer)


async def _no_icon(_: Request) -> Response:
    """Browsers ask for one; there is none."""
    return Response(status_code=204)
