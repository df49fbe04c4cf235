"""How the shipped weights were made and how good they are; nothing that an audit imports."""
