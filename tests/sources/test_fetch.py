"""``seedaudit fetch`` and ``seedaudit cache``: what a list costs, what a kill costs, and what is told."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seedaudit.cli import cli
from seedaudit.sources.http import Limits


@pytest.fixture(autouse=True)
def at_once(monkeypatch, moment):
    """Nobody waits for the interval."""
    monkeypatch.setattr("seedaudit.sources.http.Clock", lambda: moment.clock)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), prog_name="seedaudit")


def asked(hosts) -> dict[str, int]:
    return {name: len(host.asked) for name, host in hosts.items() if host.asked}


MODS = (
    '<modsCollection xmlns="http://www.loc.gov/mods/v3"><mods><titleInfo><title>Seeds</title></titleInfo></mods>'
    "</modsCollection>"
)


def serve_arxiv(hosts, number: int) -> str:
    api, site = hosts["ARXIV_API"], hosts["ARXIV"]
    identity = f"2210.{number:05}"

    def answer(handler) -> None:
        ids = handler.path.partition("id_list=")[2].partition("&")[0].split(",")
        api.feed(*[api.entry(f"{one}v1") for one in ids])(handler)

    api.api(answer)
    site.pdf(f"{identity}v1", site.reply(body=site.PDF + f"% {number}".encode()))
    return identity


def serve_acl(hosts, number: int) -> str:
    host = hosts["ACL"]
    host.serve(f"/2020.acl-main.{number}.pdf", host.reply(body=host.PDF))
    host.serve(f"/2020.acl-main.{number}.xml", host.reply(body=MODS.encode()))
    return f"https://aclanthology.org/2020.acl-main.{number}/"


def serve_openreview(hosts, number: int) -> str:
    host = hosts["OPENREVIEW"]
    hosts["OPENREVIEW_API"].serve("/notes", host.answer_json({"notes": [{"content": {"title": {"value": "Seeds"}}}]}))
    host.serve("/pdf", host.reply(body=host.PDF))
    return f"https://openreview.net/forum?id=forum{number:05}"


def serve_pmlr(hosts, number: int) -> str:
    host = hosts["PMLR"]
    tags = (
        f'<meta name="citation_title" content="Seeds"><meta name="citation_pdf_url" content="x{number}/x{number}.pdf">'
    )
    host.serve(f"/v97/x{number}.html", host.page(tags))
    host.serve(f"/v97/x{number}/x{number}.pdf", host.reply(body=host.PDF))
    return f"http://proceedings.mlr.press/v97/x{number}.html"


def serve_doi(hosts, number: int) -> str:
    host = hosts["DOI"]
    host.serve(f"/10.5555/{number}", host.reply(302, Location=f"/files/{number}.pdf"))
    host.serve(f"/files/{number}.pdf", host.reply(body=host.PDF))
    return f"doi:10.5555/{number}"


SERVE = {serve_arxiv: 80, serve_acl: 60, serve_openreview: 30, serve_pmlr: 20, serve_doi: 10}


def a_list(hosts, path: Path, part: float = 1.0) -> Path:
    lines = [serve(hosts, number) for serve, many in SERVE.items() for number in range(1, int(many * part) + 1)]
    path.write_text("\n".join(lines))
    return path


def test_200_references_cost_exactly_the_requests_that_they_need(hosts, tmp_path):
    path = a_list(hosts, tmp_path / "list.txt")
    said = run("fetch", str(path))
    assert said.exit_code == 0, said.output
    assert said.stdout == "200 papers: 200 fetched now, 0 at hand before, 0 could not be had\n"
    needed = {
        "ARXIV_API": 1, "ARXIV": 80, "ACL": 2 * 60, "OPENREVIEW_API": 30, "OPENREVIEW": 30, "PMLR": 2 * 20,
        "DOI": 2 * 10,
    }  # fmt: skip
    assert asked(hosts) == needed
    assert max(host.most_open for host in hosts.values()) == 1
    again = run("fetch", str(path))
    assert again.stdout == "200 papers: 0 fetched now, 200 at hand before, 0 could not be had\n"
    assert asked(hosts) == needed
    assert "fetching" not in again.stderr


def test_hosts_take_turns_so_that_nobody_waits_more_than_for_the_slowest(hosts, tmp_path, moment):
    path = tmp_path / "list.txt"
    path.write_text(
        "\n".join([serve_arxiv(hosts, n) for n in range(1, 5)] + [serve_acl(hosts, n) for n in range(1, 5)])
    )
    started = moment.now
    run("fetch", str(path))
    waited = moment.now - started
    assert waited <= 3.0 * (1 + 7), "eight requests to the Anthology; those to arXiv fit between them"


# Killed at any point

PROCESS = """
    import functools, sys
    from seedaudit.sources import http
    http.Limits = functools.partial(http.Limits, interval=0.0)
    from seedaudit.cli import cli
    cli(["fetch", "--quiet", sys.argv[1]])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_kill_at_any_point_costs_at_most_the_request_that_it_broke(hosts, tmp_path, own_cache):
    path = a_list(hosts, tmp_path / "list.txt", 0.1)
    needed = 1 + 8 + 2 * 6 + 2 * 3 + 2 * 2 + 2
    kills = 0
    for wanted in (1, 5, 12, 20, 27):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PROCESS), str(path)])
        while sum(asked(hosts).values()) < wanted + kills and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        kills += 1
        for pdf in own_cache.rglob("*.pdf"):
            assert b"%%EOF" in pdf.read_bytes(), "nothing partial"
    command = [sys.executable, "-c", textwrap.dedent(PROCESS), str(path)]  # with the same clock as those before
    assert subprocess.run(command, check=False).returncode == 0
    # A killed process may have had answers that were not yet kept: those for one paper, whose requests belong together.
    assert needed <= sum(asked(hosts).values()) <= needed + 2 * kills
    before = asked(hosts)
    assert subprocess.run(command, check=False).returncode == 0
    assert asked(hosts) == before


def test_an_interruption_says_that_the_command_goes_on(hosts, tmp_path, monkeypatch):
    path = tmp_path / "list.txt"
    path.write_text("\n".join([serve_acl(hosts, 1), serve_acl(hosts, 2)]))

    def interrupt(handler) -> None:
        monkeypatch.setattr(
            "seedaudit.sources.anthology.Anthology.fetch", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        hosts["ACL"].reply(body=MODS.encode())(handler)

    hosts["ACL"].serve("/2020.acl-main.1.xml", interrupt)
    said = run("fetch", str(path))
    assert said.exit_code == 130
    assert "stopped: 1 of 2 papers" in said.stderr


# What could not be had


def test_one_bad_paper_never_ends_a_run_and_the_table_tells_why(hosts, tmp_path):
    (tmp_path / "here.pdf").write_bytes(b"%PDF-1.5")
    path = tmp_path / "refs.bib"
    path.write_text(
        f"@article{{a, title={{Good}}, url={{{serve_acl(hosts, 1)}}}}}\n"
        "@article{b, title={Gone}, url={https://aclanthology.org/2020.acl-main.99/}}\n"
        "@article{c, title={No name [of a paper]}}\n"
        f"@article{{d, title={{Good again}}, eprint={{{serve_arxiv(hosts, 1)}}}}}\n"
        f"@article{{e, title={{Twice}}, url={{{serve_acl(hosts, 1)}}}}}\n"
        f"@article{{f, title={{Captcha}}, doi={{10.5555/7}}}}\n"
    )
    hosts["DOI"].serve("/10.5555/7", hosts["DOI"].reply(200, hosts["DOI"].CAPTCHA))
    said = run("fetch", str(path), str(tmp_path / "here.pdf"))
    assert said.exit_code == 3
    lines = said.stdout.splitlines()
    assert lines[0] == "6 papers: 2 fetched now, 1 at hand before, 3 could not be had"
    rows = [" ".join(line.split()) for line in lines[1:] if line.strip(" ─")]
    assert rows[0] == "Where Paper Why What to do"
    assert rows[1].startswith(f"{path}, line 2 Gone The ACL Anthology has no paper 2020.acl-main.99.")
    assert rows[2].startswith(f"{path}, line 3 No name [of a paper] The entry names no paper that can be fetched")
    assert rows[3].startswith(f"{path}, line 6 Captcha 127.0.0.1 sent a web page ('Are you a robot?')")
    assert (
        f"{path}, line 5: https://aclanthology.org/2020.acl-main.1/ is the same paper as {path}, line 1" in said.stderr
    )


def test_progress_says_what_is_fetched_how_long_to_wait_and_how_many_are_left(hosts, tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("\n".join([serve_acl(hosts, 1), serve_acl(hosts, 2)]))
    said = run("fetch", str(path)).stderr.splitlines()
    assert said == [
        "[2 left] fetching ACL Anthology 2020.acl-main.1",
        "[2 left] waiting 3 s for ACL Anthology",
        "[1 left] fetching ACL Anthology 2020.acl-main.2",
        "[1 left] waiting 3 s for ACL Anthology",
        "[1 left] waiting 3 s for ACL Anthology",
    ]
    assert run("fetch", "--quiet", str(path)).stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal on this system")
def test_progress_on_a_terminal_counts_the_seconds_down(hosts, tmp_path):
    import pty

    path = tmp_path / "list.txt"
    path.write_text("\n".join([serve_acl(hosts, 1), serve_acl(hosts, 2)]))
    code = textwrap.dedent(PROCESS).replace("interval=0.0", "interval=2.2").replace('"--quiet", ', "")
    ours, theirs = pty.openpty()
    terminal = os.environ | {"COLUMNS": "80", "LINES": "30", "TERM": "xterm"}
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stderr=theirs, env=terminal)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the end of a pseudo-terminal
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    assert process.wait(30) == 0
    told = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in re.split(r"[\r\n]+", seen.decode())]
    told = [" ".join(line.split()) for line in told]
    for left, paper in [("0/2", "2020.acl-main.1"), ("1/2", "2020.acl-main.2")]:
        found = [re.search(rf"{left} in (\d) s: fetching ACL Anthology {paper}$", line) for line in told]
        seconds = [int(one[1]) for one in found if one]
        assert len(set(seconds)) > 1, told
        assert 0 <= min(seconds) < max(seconds) <= 3


@pytest.mark.parametrize(
    ("status", "headers", "requests"),
    [(429, {"Retry_After": "4000"}, 1), (429, {}, 5 * 4), (503, {}, 5 * 4), (403, {}, 5)],
)
def test_a_host_that_refuses_is_not_asked_for_every_paper(hosts, tmp_path, status, headers, requests):
    path = tmp_path / "list.txt"
    path.write_text("\n".join(f"https://aclanthology.org/2020.acl-main.{n}/" for n in range(1, 9)))
    for n in range(1, 9):
        hosts["ACL"].serve(f"/2020.acl-main.{n}.pdf", hosts["ACL"].reply(status, **headers))
    said = run("fetch", str(path))
    assert said.exit_code == 3
    assert said.stdout.count("Not tried: the ACL Anthology gave none of the papers before") == 3
    assert len(hosts["ACL"].asked) == requests


def test_several_bad_papers_in_a_row_do_not_cost_the_good_one_behind_them(hosts, tmp_path, monkeypatch):
    """Each in its own way: one that resets, one cut short, one refused, one that is silent."""
    monkeypatch.setattr("seedaudit.sources.http.Limits", lambda: Limits(silence=1.0, attempts=2))
    host = hosts["ACL"]
    bad = [host.reset, host.cut_short(), host.reply(429), lambda handler: time.sleep(1.5)]
    for n, reply in enumerate(bad, 1):
        host.serve(f"/2020.acl-main.{n}.pdf", reply)
    lines = [f"https://aclanthology.org/2020.acl-main.{n}/" for n in range(1, 5)] + [serve_acl(hosts, 5)]
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines))
    said = run("fetch", str(path))
    assert said.stdout.startswith("5 papers: 1 fetched now, 0 at hand before, 4 could not be had\n")
    assert "Not tried" not in said.stdout


def test_a_fault_of_seedaudit_costs_one_paper(hosts, tmp_path, monkeypatch):
    path = tmp_path / "list.txt"
    path.write_text(f"10.5555/1\n{serve_acl(hosts, 1)}")
    monkeypatch.setattr("seedaudit.sources.web.Web.fetch", lambda *_: 1 / 0)
    said = run("fetch", str(path))
    assert "2 papers: 1 fetched now, 0 at hand before, 1 could not be had" in said.stdout
    assert "ZeroDivisionError" in said.stdout


@pytest.mark.parametrize("arguments", [(), ("nothing.bib",), ("--column", "x", "list.csv")])
def test_wrong_usage(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    said = run("fetch", *arguments)
    assert said.exit_code in {2, 3}
    assert said.exit_code == 2 or "no such file" in said.stdout


def test_audit_takes_the_list_that_was_fetched(hosts, tmp_path, monkeypatch):
    sample = Path(__file__).parents[2] / "corpus" / "samples" / "no-seed" / "no-seed.pdf"
    hosts["ACL"].serve("/2020.acl-main.1.pdf", hosts["ACL"].reply(body=sample.read_bytes()))
    path = tmp_path / "list.txt"
    path.write_text("2020.acl-main.1\nhttps://aclanthology.org/2020.acl-main.1\nno paper at all\n")
    said = run("audit", str(path), "--format", "csv")
    assert said.exit_code == 3, "a line of the list names no paper"
    assert len(hosts["ACL"].asked) == 2
    assert (
        f"{path}, line 2: https://aclanthology.org/2020.acl-main.1 is the same paper as {path}, line 1" in said.stderr
    )
    rows = said.stdout.splitlines()
    assert len(rows) >= 3
    assert "acl:2020.acl-main.1" in said.stdout
    assert f"{path}, line 3: " in said.stdout
    offline = run("audit", str(path), "--offline", "--format", "csv")
    assert offline.stdout == said.stdout


def test_one_paper_under_two_names_is_audited_once(hosts, tmp_path):
    """A DOI and an id that nobody could know to be the same before both were fetched."""
    sample = (Path(__file__).parents[2] / "corpus" / "samples" / "no-seed" / "no-seed.pdf").read_bytes()
    path = tmp_path / "list.txt"
    path.write_text(f"{serve_acl(hosts, 1)}\n{serve_doi(hosts, 1)}\n{serve_doi(hosts, 2)}\n")
    hosts["ACL"].serve("/2020.acl-main.1.pdf", hosts["ACL"].reply(body=sample))
    hosts["DOI"].serve("/files/1.pdf", hosts["DOI"].reply(body=sample))
    hosts["DOI"].serve("/files/2.pdf", hosts["DOI"].reply(body=sample + b"\n"))
    said = run("audit", str(path), "--format", "csv")
    assert said.exit_code == 0
    assert f"{path}, line 2: doi:10.5555/1 is the same paper as {path}, line 1" in said.stderr
    assert [row.split(",")[0] for row in said.stdout.splitlines()[1:]] == [
        "https://aclanthology.org/2020.acl-main.1/", "doi:10.5555/2",
    ]  # fmt: skip


# The cache


@pytest.fixture
def filled(hosts, own_cache):
    hosts["ACL"].serve("/2020.acl-main.2.xml", hosts["ACL"].reply(404))
    run("fetch", "--quiet", serve_acl(hosts, 1), serve_arxiv(hosts, 1))
    return own_cache


def test_cache_list_and_size(filled):
    rows = [line.split("\t") for line in run("cache", "list").stdout.splitlines()]
    assert [(row[0], row[1], row[4]) for row in rows] == [
        ("acl/2020.acl-main.1", "pdf", "Seeds"),
        ("arxiv/2210.00001v1", "pdf", "Seeds that do not grow"),
    ]
    said = run("cache", "size").stdout.splitlines()
    assert said[0].startswith("acl: 1 paper, 0.0 MB")
    assert said[2] == f"{filled}: 2 papers, 0.0 MB"


def test_cache_verify(filled):
    assert run("cache", "verify").stdout == "2 papers whole, 0 damaged, 0 without a hash\n"
    paper = filled / "acl/2020.acl-main.1.pdf"
    paper.write_bytes(paper.read_bytes()[:-100])
    (filled / "arxiv/2210.00001v1.pdf.sha256").unlink()
    said = run("cache", "verify")
    assert said.exit_code == 3
    assert said.stdout == f"damaged: {paper}\n0 papers whole, 1 damaged, 1 without a hash\n"
    assert run("cache", "verify", "--remove").exit_code == 0
    assert not paper.exists()


def test_a_damaged_paper_that_was_removed_is_fetched_again(filled, hosts):
    paper = filled / "acl/2020.acl-main.1.pdf"
    paper.write_bytes(b"%PDF-")
    run("cache", "verify", "--remove")
    assert run("fetch", serve_acl(hosts, 1)).exit_code == 0
    assert paper.read_bytes() == hosts["ACL"].PDF


def test_cache_clear(filled):
    assert run("cache", "clear").exit_code == 1, "nobody said yes"
    assert run("cache", "size").stdout.endswith("2 papers, 0.0 MB\n")
    assert run("cache", "clear", "--yes").stdout == "2 papers (0.0 MB) thrown away\n"
    assert sorted(path.name for path in filled.iterdir()) == ["lanes"], "how long to wait holds all the same"
    assert run("cache", "list").stdout == ""
