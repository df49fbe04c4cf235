"""The script of the 100-paper study, on a few sample papers with made-up labels."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def label(paper: str, verdict: str, *uses: str, snippet: str = "", use: str = "fixed-seed") -> dict[str, Any]:
    passages = [{"snippet": snippet, "label": use}] if snippet else []
    return {"paper": paper, "verdict": verdict, "uses": uses, "passages": passages}


def test_the_script_sets_the_tool_beside_the_labels(tmp_path: Path) -> None:
    sets = {
        "dev-acl": [
            label("settings-table", "red-flag", "fixed-seed", snippet="a \u27e6seed\u27e7"),
            label("no-seed", "none", snippet="\u27e6seed\u27e7 words", use="not-a-seed"),
            label("two-column", "none"),
        ],
        "dev-mixed": [label("settings-table", "red-flag", "fixed-seed"), label("no-seed", "none")],
    }
    for name, papers in sets.items():
        folder = tmp_path / "papers" / name
        folder.mkdir(parents=True)
        for one in papers:
            sample = ROOT / "corpus" / "samples" / one["paper"] / f"{one['paper']}.pdf"
            (folder / sample.name).write_bytes(sample.read_bytes())
        gold = tmp_path / "gold" / f"{name}.jsonl"
        gold.parent.mkdir(exist_ok=True)
        gold.write_text("".join(json.dumps(one) + "\n" for one in papers))
    script = ROOT / "reports" / "studies" / "nlp_conferences.py"
    command = [sys.executable, str(script), str(tmp_path), "--into", str(tmp_path / "kept.db")]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = out.splitlines()
    assert lines[0] == "| of 3 papers | seedaudit | 95% interval | by hand |"
    rows = {line.split(" | ")[0].removeprefix("| "): line.strip("| ").split(" | ")[1:] for line in lines[2:]}
    assert rows["mention a random seed"] == ["2 (67%)", "21% to 94%", "1"]
    assert rows["red flag or caution"] == ["2 (67%)", "21% to 94%", "1"]
    assert rows["verdict: red flag"][2] == "1"
    assert rows["use: one fixed seed"][2] == "1"
    assert "same verdict for 2 of 3 papers. Of the 1 risky ones it notices 1, of the 2 others it leaves 1 alone" in out
    assert "sensitivity 1/1, specificity 1/1" in out
    assert (tmp_path / "kept.db").exists()
