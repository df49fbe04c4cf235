"""One module per command of the command line; ``seedaudit.cli`` imports a command when it is called."""
