"""Rule packs: data that say which wording points to which use.

In: TOML files (``rules/*.toml`` and the user's ``--rules`` folders) and a passage's words. Out: the rules that match.
The one decision made here: what a valid pack is. Patterns are regular expressions for RE2, whose automata take linear
time whatever the pattern, or token patterns for spaCy's Matcher on a blank English pipeline, for what expressions say
badly: words that are numbers, one of many words after any of others. spaCy is imported when a passage comes that may
match one of those.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import re2

from seedaudit import resources
from seedaudit.detection.versions import packs_of
from seedaudit.errors import RuleError
from seedaudit.findings import SEED_USES, USES, Use

Scope = Literal["sentence", "context"]

_RULE_KEYS = {
    "id": str,
    "name": str,
    "use": str,
    "scope": str,
    "regex": list,
    "tokens": list,
    "unless": list,
    "confidence": float,
    "message": str,
    "why": str,
    "remedy": str,
    "references": list,
    "match": list,
    "no_match": list,
}
_OPTIONAL = {"scope", "regex", "tokens", "unless", "remedy", "references"}
_PACK_KEYS = {"title": str, "use": str, "why": str, "remedy": str, "references": list}


def _options() -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 8 << 20
    return options


_OPTIONS = _options()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it looks for, and what it tells the reader when it matches.

    ``scope`` says what the patterns are held against: the sentence that holds the trigger words, or that sentence
    with the one before it. ``confidence`` is the author's estimate of how often the rule is right.
    """

    id: str
    name: str
    use: Use
    scope: Scope
    regex: tuple[str, ...]
    tokens: tuple[tuple[dict[str, Any], ...], ...]
    unless: tuple[str, ...]
    confidence: float
    message: str
    why: str
    remedy: str
    references: tuple[str, ...]
    match: tuple[str, ...]
    no_match: tuple[str, ...]
    pack: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is told about a use where no single rule says it better."""

    title: str
    why: str
    remedy: str
    references: tuple[str, ...]


class RuleSet:
    """Rules ready to match. ``hash`` names their content; ``known`` are the ids that ship with the package."""

    def __init__(self, rules: Sequence[Rule], explanations: dict[Use, Explanation], digest: str) -> None:
        self.rules = tuple(rules)
        self.explanations = explanations
        self.hash = digest
        self._by_id = {rule.id: rule for rule in self.rules}
        self._matcher: tuple[Any, Any] | None = None

    def __getitem__(self, rule_id: str) -> Rule:
        return self._by_id[rule_id]

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._by_id

    @cached_property
    def _filters(self) -> dict[Scope, tuple[Any, list[str]]]:
        """Per scope, all patterns for one pass over the words, which tries only the few that may match; their ids."""
        filters: dict[Scope, tuple[Any, list[str]]] = {}
        for scope in get_args(Scope):
            patterns = [(rule.id, pattern) for rule in self.rules if rule.scope == scope for pattern in rule.regex]
            together = re2.Filter()
            for _, pattern in patterns:
                together.Add(pattern.encode(), _OPTIONS)
            if patterns:
                together.Compile()
                filters[scope] = together, [rule_id for rule_id, _ in patterns]
        return filters

    @cached_property
    def _exceptions(self) -> dict[str, list[Any]]:
        return {rule.id: [_compile(pattern.encode()) for pattern in rule.unless] for rule in self.rules}

    def matches(self, sentence: str, before: str = "") -> tuple[str, ...]:
        """The ids of the rules that match ``sentence`` (with ``before``, the sentence before it), in pack order."""
        context = f"{before} {sentence}" if before else sentence
        found = self._token_matches(sentence, context)
        scopes: dict[Scope, bytes] = {"sentence": sentence.encode(), "context": context.encode()}
        for scope, (together, ids) in self._filters.items():
            found.update(ids[at] for at in together.Match(scopes[scope], False) or ())
        return tuple(
            rule.id
            for rule in self.rules
            if rule.id in found and not any(pattern.search(scopes[rule.scope]) for pattern in self._exceptions[rule.id])
        )

    @cached_property
    def _shadow(self) -> Any:
        """An expression that matches wherever a token pattern may."""
        patterns = [_shadow(pattern) for rule in self.rules for pattern in rule.tokens]
        return _compile("|".join(patterns)) if patterns else None

    def _token_matches(self, sentence: str, context: str) -> set[str]:
        # Cutting a passage into tokens costs more than all the rest of matching.
        if self._shadow is None or not self._shadow.search(context):
            return set()
        if self._matcher is None:
            self._matcher = _token_matcher(self.rules)
        tokenizer, matcher = self._matcher
        document = tokenizer(context)
        start = len(context) - len(sentence)
        found = set()
        for key, first, _ in matcher(document):
            rule = self._by_id[document.vocab.strings[key]]
            if rule.scope == "context" or document[first].idx >= start:
                found.add(rule.id)
        return found


def load_rules(folders: Iterable[Path]) -> RuleSet:
    """Read every ``*.toml`` of ``folders`` in order of folder and name.

    Raises RuleError, naming file, rule and field, for a pack that cannot be used; token patterns are held against
    spaCy's Matcher by ``check_tokens``, since that costs the import of spaCy. The expressions of the packs that ship
    are left to the tests of these packs: they are compiled together, and each by itself would be that work twice.
    """
    rules: list[Rule] = []
    explanations: dict[Use, Explanation] = {}
    digest = hashlib.sha256()
    for folder in folders:
        if not folder.is_dir():
            raise RuleError(f"--rules: {folder} is not a folder", hint="Name a folder that holds rule packs (*.toml).")
        files = packs_of(folder)
        if not files:
            raise RuleError(f"--rules: {folder} holds no rule pack", hint="A rule pack is a file named *.toml.")
        for file in files:
            data = file.read_bytes()
            digest.update(data)
            _read_pack(file, data, rules, explanations, compile_each=folder != resources.rules())
    return RuleSet(rules, explanations, digest.hexdigest()[:16])


def _read_pack(
    file: Path, data: bytes, rules: list[Rule], explanations: dict[Use, Explanation], *, compile_each: bool
) -> None:
    try:
        raw = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RuleError(f"{file}: not readable as TOML: {error}", hint="Mend the file's syntax.") from error
    for key in raw:
        if key not in {"pack", "rule"}:
            raise _fault(file, "", key, "is not known; a file holds [pack] and [[rule]]")
    if "pack" in raw:
        pack = raw["pack"]
        _check_keys(file, "[pack]", pack, _PACK_KEYS, {"use", "why", "remedy", "references"})
        if "use" in pack:
            use = _use(file, "[pack]", pack["use"])
            for key in ("why", "remedy", "references"):
                if key not in pack:
                    raise _fault(file, "[pack]", key, "is missing")
            explanations[use] = Explanation(pack["title"], pack["why"], pack["remedy"], tuple(pack["references"]))
    known = {rule.id: rule.pack for rule in rules}
    for number, entry in enumerate(raw.get("rule", []), 1):
        rule = _read_rule(file, number, entry)
        if compile_each:
            _compile_each(file, rule)
        if rule.id in known:
            raise _fault(file, rule.id, "id", f"is taken by a rule of {known[rule.id]}")
        known[rule.id] = rule.pack
        rules.append(rule)


def _read_rule(file: Path, number: int, entry: dict[str, Any]) -> Rule:
    name = str(entry.get("id", f"rule {number}"))
    _check_keys(file, name, entry, _RULE_KEYS, _OPTIONAL)
    use = _use(file, name, entry["use"])
    scope = entry.get("scope", "sentence")
    if scope not in get_args(Scope):
        raise _fault(file, name, "scope", f"is {scope!r}; it is one of {', '.join(get_args(Scope))}")
    if not entry.get("regex") and not entry.get("tokens"):
        raise _fault(file, name, "regex", "is missing: a rule has regex or tokens")
    if not 0 < entry["confidence"] <= 1:
        raise _fault(file, name, "confidence", "is not between 0 and 1")
    for key in ("match", "no_match"):
        if not entry[key]:
            raise _fault(file, name, key, "holds no example")
    if use in SEED_USES:
        for key in ("remedy", "references"):
            if not entry.get(key):
                raise _fault(file, name, key, "is missing")
    return Rule(
        id=entry["id"],
        name=entry["name"],
        use=use,
        scope=scope,
        regex=tuple(entry.get("regex", [])),
        tokens=tuple(tuple(pattern) for pattern in entry.get("tokens", [])),
        unless=tuple(entry.get("unless", [])),
        confidence=float(entry["confidence"]),
        message=entry["message"],
        why=entry["why"],
        remedy=entry.get("remedy", ""),
        references=tuple(entry.get("references", [])),
        match=tuple(entry["match"]),
        no_match=tuple(entry["no_match"]),
        pack=file.name,
    )


def _compile_each(file: Path, rule: Rule) -> None:
    for key, patterns in (("regex", rule.regex), ("unless", rule.unless)):
        for pattern in patterns:
            try:
                _compile(pattern)
            except re2.error as error:
                raise _fault(file, rule.id, key, f"holds a bad pattern {pattern!r}: {_reason(error)}") from error


def check_tokens(rules: RuleSet) -> None:
    """Raise RuleError for token patterns that spaCy's Matcher does not take; imports spaCy."""
    for rule in rules.rules:
        if not rule.tokens:
            continue
        try:
            _token_matcher([rule])
        except Exception as error:  # spaCy raises several types for a bad pattern
            raise _fault(
                Path(rule.pack), rule.id, "tokens", f"is no pattern for spaCy's Matcher: {_reason(error)}"
            ) from error


def _check_keys(file: Path, name: str, entry: dict[str, Any], keys: Mapping[str, type], optional: set[str]) -> None:
    for key, value in entry.items():
        if key not in keys:
            raise _fault(file, name, key, f"is not known; known are {', '.join(keys)}")
        wanted = keys[key]
        if not isinstance(value, (float, int) if wanted is float else wanted) or isinstance(value, bool):
            raise _fault(file, name, key, f"is not a {wanted.__name__}")
    for key in keys:
        if key not in entry and key not in optional:
            raise _fault(file, name, key, "is missing")


def _use(file: Path, name: str, use: str) -> Use:
    for known in USES:
        if use == known:
            return known
    raise _fault(file, name, "use", f"is {use!r}; it is one of {', '.join(USES)}")


def _fault(file: Path, name: str, field: str, what: str) -> RuleError:
    where = f"{file}: {name}: {field}" if name else f"{file}: {field}"
    return RuleError(f"{where} {what}", hint="`seedaudit rules --help` names the fields of a rule.")


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text).split("\n")[0]


def _compile(pattern: str | bytes) -> Any:
    return re2.compile(pattern, _OPTIONS)


# At least what spaCy's English takes for a number.
_LIKE_NUMBER = (
    r"(?:\S*\d\S*|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand"
    r"|\w*illion|first|second|third|\w+th)"
)


def _shadow(pattern: Sequence[Mapping[str, Any]]) -> str:
    """An expression for RE2 that matches at least where the token ``pattern`` matches, in text with single spaces."""
    often = {"1": "", "?": "?", "*": "*", "+": "+"}
    parts = []
    for token in pattern:
        operator = token.get("OP", "1")
        word = _shadow_of_word(token) if operator in often else r"\S+"
        parts.append(rf"(?:{word}\s?){often.get(operator, '*')}")
    return "".join(parts)


_GROUP = re2.compile(r"\([^()]*\)")


def _shadow_of_word(token: Mapping[str, Any]) -> str:
    wanted = token.get("LOWER")
    if isinstance(wanted, str):
        return str(re2.escape(wanted))
    if isinstance(wanted, dict) and "IN" in wanted:
        return "(?:" + "|".join(re2.escape(word) for word in wanted["IN"]) + ")"
    if isinstance(wanted, dict) and "REGEX" in wanted:
        inner = wanted["REGEX"]
        begun, ended = inner.startswith("^"), inner.endswith("$")
        bare = inner.removeprefix("^").removesuffix("$")
        # Only what Python and RE2 read alike, and where an anchor holds for the whole.
        if not set("^$\\") & set(bare) and "|" not in _GROUP.sub("", bare) and _is_expression(bare):
            return ("" if begun else r"\S*") + f"(?:{bare})" + ("" if ended else r"\S*")
    if token.get("LIKE_NUM") is True:
        return _LIKE_NUMBER
    if token.get("IS_DIGIT") is True:
        return r"\d+"
    return r"\S+"


def _is_expression(pattern: str) -> bool:
    try:
        _compile(pattern)
    except re2.error:
        return False
    return True


def _token_matcher(rules: Sequence[Rule]) -> tuple[Any, Any]:
    from seedaudit.detection.tokens import English, Matcher

    pipeline = English()
    matcher = Matcher(pipeline.vocab, validate=True)
    for rule in rules:
        if rule.tokens:
            matcher.add(rule.id, [[dict(token) for token in pattern] for pattern in rule.tokens])
    return pipeline.tokenizer, matcher
