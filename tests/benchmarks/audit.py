"""What an audit costs, beside the floor it stands on, measured side by side in one run.

    python tests/benchmarks/audit.py FOLDER... [--rounds N]

FOLDER holds PDFs. Prints, as medians over the rounds: the CPU time of auditing them in this warm process against that
of bare ``page.get_text()`` over the same files (both in turn, paper by paper), the wall time against
``pdftotext FILE - | grep -ci seed`` (in turn, sixteen papers each), the peak memory, the cost of one cold command and
of ``seedaudit --version``. It asserts nothing.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from seedaudit.auditing import Auditor
from seedaudit.documents.mupdf import pymupdf
from seedaudit.sources.paper import Paper


def bare(data: bytes) -> int:
    """Extract all text as PyMuPDF gives it."""
    with pymupdf.open(stream=data, filetype="pdf") as file:
        return sum(len(page.get_text()) for page in file)


def child(command: list[str] | str) -> tuple[float, float]:
    """The CPU and wall seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, shell=isinstance(command, str), stdout=subprocess.DEVNULL, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folders", nargs="+", type=Path)
    ask.add_argument("--rounds", type=int, default=3)
    said = ask.parse_args()
    if shutil.which("pdftotext") is None:
        ask.error("pdftotext is not on the path (Debian: poppler-utils)")
    # A checkout is measured as it is once installed: its modules compiled, which some containers turn off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    files = sorted(file for folder in said.folders for file in folder.glob("*.pdf"))
    auditor = Auditor(neutral_boxes=False)  # as `seedaudit audit` does it, without --all
    for file in files[::10]:  # warm: some papers ask for no transformer, some for no spaCy
        auditor.audit(Paper(str(file), "pdf", file.read_bytes()))

    cpu_ratios, wall_ratios, audit_cpu, audit_wall, bare_cpu, grep_wall = [], [], [], [], [], []
    for _ in range(said.rounds):
        ours = theirs = wall = grep = 0.0
        for first in range(0, len(files), 16):
            some = files[first : first + 16]
            for file in some:
                paper = Paper(str(file), "pdf", file.read_bytes())
                started = time.process_time()
                bare(paper.data)
                theirs += time.process_time() - started
                started, clock = time.process_time(), time.perf_counter()
                auditor.audit(paper)
                ours += time.process_time() - started
                wall += time.perf_counter() - clock
            quoted = " ".join(f"'{file}'" for file in some)
            grep += child(f'for f in {quoted}; do pdftotext "$f" - 2>/dev/null | grep -ci seed; done')[1]
        cpu_ratios.append(ours / theirs)
        wall_ratios.append(wall / grep)
        audit_cpu.append(ours)
        audit_wall.append(wall)
        bare_cpu.append(theirs)
        grep_wall.append(grep)
    print(f"{len(files)} papers, {said.rounds} rounds, PyMuPDF {pymupdf.__version__}")
    print(
        f"audit, warm      {statistics.median(audit_cpu):7.2f} s CPU, bare text {statistics.median(bare_cpu):7.2f} s, "
        f"ratio {statistics.median(cpu_ratios):.2f} ({min(cpu_ratios):.2f}-{max(cpu_ratios):.2f})"
    )
    print(f"peak memory      {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB")

    print(
        f"audit, warm      {statistics.median(audit_wall):7.2f} s wall; pdftotext | grep "
        f"{statistics.median(grep_wall):.2f} s, ratio {statistics.median(wall_ratios):.2f} "
        f"({min(wall_ratios):.2f}-{max(wall_ratios):.2f})"
    )

    sample = min(files, key=lambda file: abs(file.stat().st_size - 300_000))
    command = str(Path(sys.executable).with_name("seedaudit"))
    blocked = "import sys; sys.modules['pymupdf.layout'] = sys.modules['pymupdf4llm'] = None; "
    text = f"import pymupdf, spacy; [p.get_text() for p in pymupdf.open({os.fspath(sample)!r})]"
    colds, plains, floors, versions = [], [], [], []
    for _ in range(said.rounds):  # in turn, as above
        floors.append(child([sys.executable, "-c", blocked + text])[0])
        plains.append(child([sys.executable, "-c", text])[0])
        colds.append(child([command, "audit", os.fspath(sample)])[0])
        versions.append(child([command, "--version"])[0])
    to_plain, to_floor = (
        statistics.median(cold / other for cold, other in zip(colds, others, strict=True))
        for others in (plains, floors)
    )
    print(
        f"audit, cold      {statistics.median(colds):7.2f} s CPU; import pymupdf, spacy + text "
        f"{statistics.median(plains):.2f} s, ratio {to_plain:.2f} "
        f"(layout engine blocked: {statistics.median(floors):.2f} s, ratio {to_floor:.2f})"
    )
    print(f"--version        {statistics.median(versions):7.3f} s CPU")


if __name__ == "__main__":
    main()
