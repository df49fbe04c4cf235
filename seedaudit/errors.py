"""What can go wrong, as values a user can act on.

    SeedauditError                 kind, message (what and where), hint (what to do)
    |-- UsageError                 the call is off: unknown reference, wrong option, bad --rules folder
    |   |-- UnknownReferenceError  what was typed names no paper
    |   `-- RuleError              a rule pack that cannot be used
    `-- PaperError                 one paper cannot be audited; the others can
        |-- UnreadablePaperError   not a PDF, damaged, empty, no text layer
        |-- PasswordError          encrypted, and the password is missing or wrong
        `-- FetchError             the host did not give the paper

A PaperError becomes a Failure in the results; a UsageError ends the command with status 2.
"""

from __future__ import annotations


class SeedauditError(Exception):
    """An error with a short machine-readable ``kind``, a ``message`` and a ``hint``."""

    kind = "error"

    def __init__(self, message: str, *, hint: str = "", kind: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if kind is not None:
            self.kind = kind

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.kind)


def _rebuild(cls: type[SeedauditError], message: str, hint: str, kind: str) -> SeedauditError:
    return cls(message, hint=hint, kind=kind)


class UsageError(SeedauditError):
    """The call itself cannot be carried out."""

    kind = "usage"


class UnknownReferenceError(UsageError):
    """What was typed names no paper."""

    kind = "unknown-reference"


class RuleError(UsageError):
    """A rule pack that cannot be used: file, rule and field are in the message."""

    kind = "bad-rule"


class PaperError(SeedauditError):
    """One paper cannot be audited."""

    kind = "paper"


class UnreadablePaperError(PaperError):
    """The bytes are no readable paper."""

    kind = "unreadable"


class PasswordError(PaperError):
    """The paper is encrypted and the password is missing or wrong."""

    kind = "password"


class FetchError(PaperError):
    """The host did not give the paper."""

    kind = "fetch"
