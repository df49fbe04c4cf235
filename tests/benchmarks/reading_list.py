"""How long a .bib file of many entries takes, and how much memory.

    python tests/benchmarks/reading_list.py [--entries 50000] [--odd 0.02] [--repeat 3]

The file is written for this: entries as reference managers export them, with abstracts, accents and nested braces, and
a share (--odd) that only the full parser reads. Each repetition is a process of its own; its whole time counts, with
the start of Python and the imports.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHOLE = (
    "@inproceedings{{key{0},\n  title = {{{{Seeds}} of the {{BERT}} model, number {0}}},\n"
    '  author = "M{{\\"u}}ller, J{{\\"u}}rgen and Doe, Jane and {{\\\'E}}tienne, Zo{{\\"e}}",\n  abstract = {{{1}}},\n'
    "  booktitle = {{Proceedings of the {{ACL}}}},\n  year = {{2020}},\n  doi = {{10.1000/{0}}},\n"
    "  url = {{https://example.org/papers/{0}}},\n}}\n"
)
ODD = '@article(odd{0}, title = "Seeds" # {{ and more}}, journal = acl, year = 2019, doi = {{10.1000/odd{0}}})\n'
READ = """
import sys
from seedaudit.sources.reading_list import expand
found = expand([sys.argv[1]])
assert len(found.papers) == int(sys.argv[2]), (len(found.papers), [e.error for e in found.unknown][:3])
"""


def main() -> None:
    """Write the file, read it, tell the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--odd", type=float, default=0.02)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    odd = int(chosen.entries * chosen.odd)
    abstract = "Seeds, seeds, and seeds {in braces} with 100\\% of words. " * 18
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.bib")
        entries = [WHOLE.format(number, abstract) for number in range(chosen.entries - odd)]
        path.write_text("".join([*entries, *(ODD.format(number) for number in range(odd))]), encoding="utf-8")
        seconds, cpu = [], []
        for _ in range(chosen.repeat):
            started, used = time.perf_counter(), _cpu()
            subprocess.run([sys.executable, "-c", READ, str(path), str(chosen.entries)], check=True)
            seconds.append(time.perf_counter() - started)
            cpu.append(_cpu() - used)
        size = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    print(f"{chosen.entries} entries, {size:.0f} MB, {100 * chosen.odd:g}% odd, {chosen.repeat} processes")
    print(f"wall {_told(seconds)}, CPU {_told(cpu)}, peak {peak:.0f} MB")


def _cpu() -> float:
    """Seconds that child processes have computed so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _told(seconds: list[float]) -> str:
    spread = f" (sd {statistics.stdev(seconds):.2f})" if len(seconds) > 1 else ""
    return f"{statistics.mean(seconds):.2f} s{spread}"


if __name__ == "__main__":
    main()
