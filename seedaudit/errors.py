"""What can go wrong, as values a user can act on.

    SeedauditError                 kind, message (what and where), hint (what to do)
    |-- UsageError                 the call is off: unknown reference, wrong option, bad --rules folder
    |   |-- UnknownReferenceError  what was typed names no paper
    |   |-- RuleError              a rule pack that cannot be used
    |   |-- StudyError             a study file that cannot be used
    |   `-- ClusterError           a cluster that cannot be used
    `-- PaperError                 one paper cannot be audited; the others can
        |-- UnreadablePaperError   not a PDF, damaged, empty, no text layer
        |-- PasswordError          encrypted, and the password is missing or wrong
        `-- FetchError             the host did not give the paper
            |-- OfflineError       not in the cache, and no host may be asked
            |-- CacheError         the cache folder cannot be used
            |-- NetworkError       no answer: no network, TLS, a timeout, a broken connection
            |-- RefusedError       the host answered and refuses: access denied, too many requests, a captcha
            |-- NotThereError      the host knows no such paper, or has withdrawn it
            `-- BadAnswerError     something else came: not a PDF, cut short, too large, a broken feed

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


class StudyError(UsageError):
    """A study file that cannot be used.

    Kinds: ``no-study``, ``newer-study``, ``study-busy``, ``study-file``, ``unknown-paper``, ``sample``.
    """

    kind = "study-file"


class ClusterError(UsageError):
    """A cluster that cannot be used. Kinds: ``cluster``, ``cluster-versions``, ``no-dask``."""

    kind = "cluster"


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


class OfflineError(FetchError):
    """The paper is not in the cache, and no host may be asked."""

    kind = "offline"


class CacheError(FetchError):
    """The cache folder cannot be read or written."""

    kind = "cache"


class NetworkError(FetchError):
    """No whole answer came. Kinds: ``network``, ``tls``, ``timeout``."""

    kind = "network"


class RefusedError(FetchError):
    """The host answered and refuses. Kinds: ``refused``, ``rate-limited``, ``captcha``, ``unavailable``."""

    kind = "refused"


class NotThereError(FetchError):
    """The host has no such paper. Kinds: ``unknown-id``, ``withdrawn``, ``no-pdf``."""

    kind = "unknown-id"


class BadAnswerError(FetchError):
    """Something else came than what was asked for.

    Kinds: ``bad-answer``, ``api-error``, ``truncated``, ``too-large``, ``redirect``.
    """

    kind = "bad-answer"
