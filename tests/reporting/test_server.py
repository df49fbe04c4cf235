"""The server of a study: for this machine only, paged and searched in the database, decisions kept in the study."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from seedaudit.batch.local import Limits
from seedaudit.batch.store import WHOLE_PAPER, Entry, Judgement, open_study, read_study
from seedaudit.batch.work import Outcome
from seedaudit.cli import cli
from seedaudit.findings import Audit, Failure

from . import made_up
from .browser import CHROMIUM, FLAGS, needs_chromium, needs_vnu, vnu

pytest.importorskip("starlette", reason="needs the extra server")
from starlette.testclient import TestClient

from seedaudit.reporting import server

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpus" / "samples" / "settings-table" / "settings-table.pdf"
PORT = 8765
HERE = f"http://127.0.0.1:{PORT}"
OURS = {"origin": HERE}
JSON = OURS | {"content-type": "application/json"}
PDF = OURS | {"content-type": "application/pdf"}


def put(path: Path, results: list[Audit | Failure], *, at: int = 0) -> None:
    titles = ["" if isinstance(one, Failure) else one.title for one in results]
    with open_study(path) as study:
        study.enrol(
            Entry(f"key-{number:03}", one.source, "file", title)
            for number, (one, title) in enumerate(zip(results, titles, strict=True), start=at)
        )
        for (number, _, _), result in zip(list(study.named()), results, strict=True):
            study.store(Outcome(number, result), made_up.TOOL, "")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.db"
    put(path, [*made_up.EVERYTHING, replace(made_up.hostile(), sha256="9" * 64)])
    return path


@pytest.fixture
def client(study: Path) -> Iterator[TestClient]:
    with TestClient(server.make_app(study, PORT), base_url=HERE) as made:
        yield made


def test_list_has_all_papers_the_gravest_first(client):
    html = client.get("/").text
    assert "7 papers with a result" in html
    assert html.index("A Made-Up Tagger") < html.index("Parsing Imaginary") < html.index("Ten Parsers")
    assert "not audited (1)" in html
    assert "<script>document.title" not in html


def test_search_is_by_title_source_and_id_and_takes_signs_as_they_are(client):
    assert "1 paper</p>" in client.get("/?q=imaginary").text
    assert "1 paper</p>" in client.get("/?q=2404.00003v1").text
    assert "1 paper</p>" in client.get("/?q=locked.pdf").text
    assert "0 papers</p>" in client.get("/?q=100%25_").text
    assert "2 papers</p>" in client.get("/?level=red-flag").text
    assert "1 paper</p>" in client.get("/?level=failed").text
    assert "7 papers</p>" in client.get("/?level=';DROP").text


def test_long_lists_have_pages(tmp_path):
    path = tmp_path / "long.db"
    put(path, [replace(made_up.SAFE, title=f"Paper {at:03}", source=f"{at}.pdf", id=None) for at in range(120)])
    with TestClient(server.make_app(path, PORT), base_url=HERE) as client:
        first, last, beyond = (client.get(f"/?page={page}").text for page in (1, 3, 99))
    assert "page 1 of 3" in first
    assert "Paper 049" in first
    assert "Paper 050" not in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert last == beyond
    assert "Paper 119" in last


def test_paper_has_its_report(client):
    html = client.get("/papers/1").text
    assert "We fix the <mark>random seed</mark> to 42" in html
    assert 'href="/">All papers</a>' in html
    assert "connect-src &#39;self&#39;" in html
    assert client.get("/papers/6").text.count("is encrypted and no password") == 1
    assert client.get("/papers/5").status_code == 200  # came from standard input, which the server leaves alone
    assert client.get("/papers/99").status_code == 404


def test_paper_at_hand_has_pictures(tmp_path):
    path = tmp_path / "study.db"
    with TestClient(server.make_app(path, PORT), base_url=HERE) as client:
        put(path, [made_up.RED])
        assert "data:image/png" not in client.get("/papers/1").text
        assert upload(client, SAMPLE.read_bytes(), "a.pdf")["state"] == "done"
        with read_study(path) as study:
            (uploaded,) = [one.result for one in study.results() if one.entry.host == "upload"]
        put(path, [replace(uploaded, source=str(SAMPLE))], at=7)
        for number in (2, 3):
            html = client.get(f"/papers/{number}").text
            assert "data:image/png" in html
            assert "No appendix was found." in html
        next(server.uploads_of(path).iterdir()).write_bytes(b"another file")
        assert "data:image/png" not in client.get("/papers/2").text


def test_upload_is_audited_where_its_pdf_cannot_be_kept(client, study):
    server.uploads_of(study).write_text("a file where the folder should be")
    assert upload(client, SAMPLE.read_bytes(), "a.pdf")["state"] == "done"
    assert "1 paper</p>" in client.get("/?q=a.pdf").text


def name(finding) -> str:
    return f"{finding.use}:{finding.start}:{finding.quote_sha256}"


def test_decisions_are_kept_in_the_study(client, study):
    with open_study(study) as opened:
        opened.judge([Judgement(1, WHOLE_PAPER, "red-flag", "right", "", ""), Judgement(2, 0, "x", "right", "", "")])
    said = {
        name(made_up.FIXED): {"decision": "wrong", "note": "<b>"},
        name(made_up.ENSEMBLE): {"decision": "right", "note": ""},
        name(made_up.COMPARISON): {"decision": "unsure", "note": "which runs?"},
        name(made_up.SPLIT): {"decision": "wrong", "should_be": "decoding", "note": ""},
        name(made_up.FIXED_AGAIN): {"decision": "open", "note": "see p. 4"},
        "other:1:2": {"decision": "right", "note": ""},
    }
    answer = client.put("/papers/1/decisions", json=said, headers=JSON)
    assert answer.json() == {"kept": 5}
    assert "5 decisions" in client.get("/").text
    with read_study(study) as opened:
        assert opened.judgements() == [
            Judgement(1, WHOLE_PAPER, "red-flag", "right", "", ""),
            Judgement(1, 0, "data-sampling", "other", "decoding", ""),
            Judgement(1, 1, "fixed-seed", "wrong", "", "<b>"),
            Judgement(1, 2, "seed-comparison", "unsure", "", "which runs?"),
            Judgement(1, 3, "ensembling", "right", "", ""),
            Judgement(1, 4, "fixed-seed", "open", "", "see p. 4"),
            Judgement(2, 0, "x", "right", "", ""),
        ]
    page = client.get("/papers/1").text
    assert "&lt;b&gt;" in page
    assert "&#34;should_be&#34;: &#34;decoding&#34;" in page
    assert client.put("/papers/1/decisions", json={}, headers=JSON).json() == {"kept": 0}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"a": 1}',
        b'{"a": {"decision": "right"}}',
        b'{"a": {"decision": "perhaps", "note": ""}}',
        b'{"a": {"decision": ["right"], "note": ""}}',
        b'{"a": {"decision": "other", "note": ""}}',
        b'{"a": {"decision": "wrong", "note": "", "should_be": ["tuning"]}}',
        b'{"a": {"decision": "wrong", "note": "", "should_be": "<b>"}}',
    ],
)
def test_other_decisions_are_not_understood(client, body):
    assert client.put("/papers/1/decisions", content=body, headers=JSON).status_code == 400


def test_decisions_have_a_form_and_a_size(client):
    assert client.put("/papers/1/decisions", content=b"{}", headers=OURS).status_code == 415
    assert client.put("/papers/6/decisions", content=b"{}", headers=JSON).status_code == 404
    assert client.put("/papers/1/decisions", content=b" " * (2 << 20), headers=JSON).status_code == 413


def test_study_that_is_being_written_says_so(client, study):
    with open_study(study):
        answer = client.put("/papers/1/decisions", json={}, headers=JSON)
    assert answer.status_code == 409


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1.evil:{PORT}", ""])
def test_only_this_machine_is_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", f"http://localhost:{PORT}"]
)
def test_only_own_pages_change_the_study(client, study, origin):
    headers = {"content-type": "application/json"} | ({"origin": origin} if origin else {})
    assert client.put("/papers/1/decisions", json={}, headers=headers).status_code == 403
    assert client.post("/papers", content=b"%PDF-", headers=headers).status_code == 403


def test_other_sites_cannot_look_in(client):
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    told = client.get("/").headers
    assert told["x-frame-options"] == "DENY"
    assert told["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in told["content-security-policy"]
    assert "access-control-allow-origin" not in told


def upload(client: TestClient, data: bytes, called: str) -> dict[str, Any]:
    job = client.post("/papers", params={"name": called}, content=data, headers=PDF).json()["job"]
    for _ in range(300):
        answer: dict[str, Any] = client.get(f"/jobs/{job}").json()
        if answer["state"] in {"done", "failed"}:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def test_uploaded_paper_becomes_part_of_the_study(client, study):
    answer = upload(client, SAMPLE.read_bytes(), "../../sheep.pdf")
    assert answer["state"] == "done"
    assert "Counting Sheep" in client.get(f"/papers/{answer['paper']}").text
    assert "sheep.pdf" in client.get("/?q=Counting").text
    assert upload(client, SAMPLE.read_bytes(), "again.pdf")["paper"] == answer["paper"]


def test_upload_that_cannot_be_audited_says_why(client):
    answer = upload(client, b"%PDF-1.5 and no more", "broken.pdf")
    assert answer["state"] == "failed"
    assert "broken.pdf" in answer["message"]
    assert client.get("/jobs/99").status_code == 404


def test_upload_cannot_keep_or_end_the_server(study, monkeypatch):
    batch = Path(__file__).parents[1] / "batch"
    monkeypatch.syspath_prepend(str(batch))
    from poison import HarmedAuditor

    app = server.make_app(study, PORT, HarmedAuditor(), Limits(timeout=5))
    with TestClient(app, base_url=HERE) as client:
        for called in ("hang.pdf", "crash.pdf"):
            answer = upload(client, SAMPLE.read_bytes(), called)
            assert answer["state"] == "failed"
            assert called in answer["message"]
        assert upload(client, SAMPLE.read_bytes(), "fine.pdf")["state"] == "done"


def test_uploads_are_pdfs_and_have_a_limit(client, monkeypatch):
    assert client.post("/papers", content=b"<html>", headers=PDF).status_code == 415
    assert client.post("/papers", content=b"%PDF-", headers=JSON).status_code == 415
    monkeypatch.setattr(server, "LARGEST_UPLOAD", 100)
    assert client.post("/papers", content=b"%PDF-" + b" " * 200, headers=PDF).status_code == 413
    assert client.post("/papers", content=iter([b"%PDF-" + b" " * 200]), headers=PDF).status_code == 413


def test_command_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr("seedaudit.commands.serve.find_spec", lambda _: None)
    said = CliRunner().invoke(cli, ["serve", str(tmp_path / "study.db")])
    assert said.exit_code == 2
    assert "seedaudit[server]" in said.stderr


def test_command_says_that_a_port_is_taken(study):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = CliRunner().invoke(cli, ["serve", str(study), "--port", str(taken.getsockname()[1])])
    assert said.exit_code == 2
    assert "cannot be used: address already in use" in said.stderr
    assert "--port" in said.stderr


def test_command_wants_a_study(tmp_path):
    said = CliRunner().invoke(cli, ["serve", str(tmp_path / "none.db")])
    assert said.exit_code != 0
    assert "There is no study" in said.stderr


@needs_vnu
def test_html_validates(client: TestClient, tmp_path: Path) -> None:
    paths = [tmp_path / f"{at}.html" for at in range(4)]
    for path, address in zip(paths, ("/", "/?q=%3Cscript%3E&level=safe", "/papers/1", "/papers/7"), strict=True):
        path.write_text(client.get(address).text, encoding="utf-8")
    assert vnu(*paths) == ""


@pytest.fixture
def served(study: Path) -> Iterator[str]:
    uvicorn = pytest.importorskip("uvicorn", reason="needs the extra server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = uvicorn.Server(
        uvicorn.Config(server.make_app(study, port), host="127.0.0.1", port=port, log_level="critical")
    )
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join()


@needs_chromium
def test_in_a_browser(served: str, study: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    troubles: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(served)
        assert axe.Axe().run(page).violations_count == 0
        page.set_viewport_size({"width": 320, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.get_by_label("Verdict").select_option("red-flag")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="A Made-Up Tagger").click()
        page.get_by_label("Wrong").first.check()
        page.get_by_label("It is").first.select_option("Decoding")
        page.get_by_label("Unsure").nth(1).check()
        page.get_by_label("Note").nth(1).fill("which runs?")
        page.get_by_text("2 of 5 passages decided. Stored in the study.").wait_for()
        page.reload()
        assert page.get_by_label("Wrong").first.is_checked()
        assert page.get_by_label("It is").first.input_value() == "decoding"
        assert page.get_by_label("Note").nth(1).input_value() == "which runs?"
        assert axe.Axe().run(page).violations_count == 0
        page.get_by_role("link", name="All papers").click()
        page.get_by_label("Audit another paper").set_input_files(SAMPLE)
        page.get_by_role("button", name="Audit", exact=True).click()
        page.get_by_role("heading", name="Counting Sheep").wait_for(timeout=60_000)
        browser.close()
    assert troubles == []
    with read_study(study) as opened:
        assert {(one.said, one.judgement, one.should_be, one.note) for one in opened.judgements()} == {
            ("fixed-seed", "other", "decoding", ""),
            ("fixed-seed", "unsure", "", "which runs?"),
        }
