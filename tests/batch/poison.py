"""Auditors that papers can harm: what a paper does to its worker stands in its name. Imported by the workers too."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from seedaudit.auditing import Auditor


@dataclass(frozen=True, slots=True)
class HarmedAuditor(Auditor):
    """Does what the name of a paper says before it audits it."""

    def audit(self, paper, look=None):
        name = Path(paper.source).stem
        if name.startswith("hang"):
            while True:
                time.sleep(0.01)
        if name.startswith("eat"):
            held = []
            while True:
                held.append(bytearray(b"x") * (16 << 20))
        if name.startswith("swallow"):
            bytearray(1 << 50)
        if name.startswith("crash"):
            os.kill(os.getpid(), signal.SIGSEGV)
        if name.startswith("leave"):
            os._exit(7)
        if name.startswith("once"):
            mark = Path(paper.source).with_suffix(".mark")
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        return super(HarmedAuditor, self).audit(paper, look)
