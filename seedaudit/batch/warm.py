"""Importing this module makes a process ready to audit: rules, model and readers are loaded.

The server that worker processes are forked from imports it once; every worker, also one that replaces another, then
starts in milliseconds and shares that memory.
"""

from __future__ import annotations

import gc
import signal
import threading

gc.disable()

# Ctrl-C reaches every process of a terminal; the one that feeds and stores ends the others.
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

from seedaudit.auditing import Auditor  # noqa: E402

auditor = Auditor()
# Most of reading the network is not Python's work: it goes on beside the imports below, on a core that is idle. All of
# seedaudit that it needs is imported before, so that no module is waited for crosswise.
network = threading.Thread(target=auditor.model.encoder.scores, args=("seed", 0, 4))
network.start()

import seedaudit.batch.local  # noqa: E402 - what a worker is asked to call
import seedaudit.documents.pdf  # noqa: E402, F401 - most papers are PDFs
from seedaudit.sources.paper import Paper  # noqa: E402

# A text that needs every stage but spaCy: a few papers in a hundred have words that its rules look at, and whoever
# audits one of them loads it then. It would be half of what a batch loads before its first paper.
_TEXT = b"We fix the seed to 42. Five seeds are averaged. The learning rate is tuned on dev data.\n"

network.join()  # before the network is asked for again, and before a fork, which takes one thread along
auditor.audit(Paper("warm", "text", _TEXT))

# What is loaded now stays for the life of every worker: their garbage collectors need not look at it.
gc.freeze()
gc.enable()
