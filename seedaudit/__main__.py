"""The command, from its first to its last moment.

In: what was typed. Out: an exit status. The one decision made here: what comes before the command line is imported and
after it has ended. A new study has work for certain, so what its workers need begins to load at once, in a process
beside this one; and nobody waits at the end until Python has looked through all that goes with the process anyway.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from itertools import pairwise


def begins_a_study(words: Sequence[str]) -> bool:
    """Whether ``words``, typed behind the command, ask for a new study on this machine.

    As far as can be told before the command line reads them: where they turn out to be wrong, some loading was in vain.
    """
    if words[:1] != ["batch"] or any(word in {"-h", "--help"} or word.startswith("--cluster") for word in words):
        return False
    studies = [word for option, word in pairwise(words) if option == "--into"]
    studies += [word.partition("=")[2] for word in words if word.startswith("--into=")]
    # Path.exists raises for names that are too long and folders that are closed.
    return any(studies) and not any(os.path.exists(study) for study in studies)  # noqa: PTH110


def main() -> None:
    """Run the command line."""
    try:
        if begins_a_study(sys.argv[1:]):
            from seedaudit.batch.forkserver import warm_up

            warm_up()
        from seedaudit.cli import cli

        cli(prog_name="seedaudit")
    except KeyboardInterrupt:  # before a command could begin
        print("stopped", file=sys.stderr)
        sys.exit(130)
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
