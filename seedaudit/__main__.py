"""``python -m seedaudit`` is the command."""

from seedaudit.cli import main

main()
