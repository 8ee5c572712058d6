"""Use or mention: whether a passage is an instruction or talks about one.

Invariants: pure. The result is a factor between 0 and 1 on the confidence of a passage. It never reaches 0: an author
who dresses an attack as an example lowers the finding, and cannot remove it (law 5). An order that begins a sentence,
in no quotation marks, is an order whatever words stand around it.
"""

import re
from collections.abc import Sequence

from pipeline.detectors.injection.rules import RuleMatch
from pipeline.domain.findings.findings import Lowering

_NEAR = 400
"""Code points on each side of a passage that count as near."""

_DISCUSSION = re.compile(
    r"\b(?:prompt.?injections?|injection (?:attacks?|attempts?|techniques?|payloads?)|injected (?:prompt"
    r"|instruction)s?"
    r"|jailbreak(?:s|ing)?|adversar\w+|attack(?:er|ers|s|ing)?|malicious(?:ly)?|exploit\w*|vulnerab\w+|threat\w*"
    r"|mitigat\w+|defen[cds]\w+|guardrails?|red.?team\w*|owasp|llm0?1|payloads?|researchers?|academic|paper|study"
    r"|detect(?:s|ed|ing|ion|or|ors)?|untrusted|security|classifi\w+|benchmark\w*|dataset|hijack\w*|sanitiz\w+"
    r"|example|examples|e\.g|for instance|such as|known as|called|technique|scenario|victim|phishing"
    r"|poison\w*|angriff\w*|attaque\w*|ataque\w*|attacc\w+)\b"
)
_STRONG = re.compile(
    r"\b(?:prompt.?injections?|injection (?:attacks?|attempts?)|attackers?|owasp|adversar\w+|vulnerabilit(?:y|ies)"
    r"|mitigat\w+|red.?team\w*|guardrails?|malicious|researchers?|jailbreaks|jailbreaking|attacks?)\b"
)
_REPORTED = re.compile(
    r"(?:\b(?:can|could|may|might|would|won't|cannot|can't|safely|how to|tries to|try to|trying to|attempts? to"
    r"|attempting to|designed to|able to|chooses? to|chose to|likely to|asked to|asks? .{1,30} to|told .{0,30}to"
    r"|tell .{1,30} to|tells .{1,30} to|tricks? .{1,40} (?:to|into)|instructs? .{1,40} to|instructing .{1,40} to"
    r"|caus(?:e|es|ing) .{1,40} to|ways? to|order to|attack(?:er)?s?|users?|people|they|we|he|she|not|never"
    r"|don't|without|by|of|for|if you|you can|said|says|like|is to|was to|forcing .{1,40} to|makes? .{1,30}"
    r"|get(?:s|ting)? .{1,30} to)\s+(?:\w+ly\s+)?[\"'\x60]{0,2})$"
)
_ORDER = 0.3
"""Rules of less weight than this say little by themselves."""
_STRETCH = 400
"""Code points of a stretch of text, about 65 words: a text about attacks has a word of it in every third."""
_WORD = re.compile(r"\w+")
_WORDS_OF_AN_ORDER = 4
"""Words after a trigger from which it is an order to do something, not the name of a phrase."""
_WORDS_OF_A_WHOLE = 7
"""Words of an order together with its trigger: the name of a phrase has fewer."""
_SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")
_EMBEDDED = re.compile(
    r"(?:\b(?:can|could|may|might|would|won't|cannot|can't|to|not|never|don't|without|by|of|for|we|he|she|they"
    r"|users?"
    r"|people|attack(?:er)?s?)\s+(?:\w+ly\s+)?|\b(?:model|llm|bot|chatbot|assistant|agent|ai|it|them)s?\s+)$"
)
"""Stands before a part of a sentence about what somebody does or could do, which is not an order by itself."""
_LEAD = 40
_REACH = 80
_ADDRESS = re.compile(r"\b(?:https?://|ftp://|www\.)[\w.-]{3,}|[\w.+-]{1,60}@[\w-]{1,60}\.[a-z]{2,}")
_BEGINS = re.compile(
    r"(?:^|[.!?:;\n>|]|---?)[\s>*#|()\[\]_-]*(?:\d{1,3}[.)]\s*)?"
    r"(?:(?:please|now|ok|okay|then|and|so|first|important|note|attention|system|assistant|ai|dear \w+|you must"
    r"|you should|you are to)[\s,:!-]+){0,3}$"
)
"""Signs between the end of a sentence and an order that begins the next."""
_QUOTATION = 240
"""Code points between a quotation mark and an order it quotes, at most; what is longer is a text in quotation marks."""
_QUOTES = "\"'`"
_LITERAL = re.compile(
    r"(?:[\w\])]\s?[(\[{=,]|\w:|=>|\[|^\s*[-,]|\b(?:sentences?|inputs?|phrases?|prompts?|strings?|payloads?|texts?"
    r"|words?"
    r"|quer(?:y|ies)|titles?|labels?|buttons?|patterns?|keywords?|headings?|commands?|satz|phrase|frase"
    r"|eingabe))\s?[rbfu]?[\"'`]+$"
)
"""Stands before a string of a program, or before a phrase that the text calls a phrase."""
_LITERAL_ENDS = re.compile(r"^[^\"'`\n]{0,80}[\"'`]+\s?(?:[)\]},;.?]|$|\n|\s\w)")
_SPEAKS = re.compile(
    r"^[^\"\n]{0,160}[,.!?]?[\"'`]\s?(?:[\w' ]{0,40}\b)?(?:said|says?|asked|replied|told|whispered|shouted|cried"
    r"|explained"
    r"|added|wrote|answered|laughed|muttered|called|as an? (?:bad|good|example))\b"
)
"""Words behind the speech of a person in a story, or behind the sample of a teacher."""


def mention_factor(view: str, passage: Sequence[RuleMatch]) -> float:
    """How much of the confidence in `passage` (matches in `view`) is left after its context is weighed."""
    start, end = passage[0].start, max(match.end for match in passage)
    before, after = view[max(0, start - _NEAR) : start], view[end : end + _NEAR]
    factor = 1.0
    terms = {term.group() for side in (before, after) for term in _DISCUSSION.finditer(side)}
    strong = {term.group() for side in (before, after) for term in _STRONG.finditer(side)}
    quoted = all(is_quoted(view, match.start, match.end) for match in passage)
    direct = not quoted and any(_is_direct(view, match) for match in passage)
    loaded = quoted and _is_loaded(view, passage)
    if quoted:
        spoken = _is_literal(view, passage) or _SPEAKS.search(after) is not None
        factor *= 0.35 if (terms or spoken) and not loaded else 0.75
    elif strong and not direct:
        factor *= max(0.4, 0.8 - 0.15 * len(strong))
    if quoted and all(match.rule.family == "role" for match in passage):
        # Programs that talk to models hold chat tokens as string literals.
        factor *= 0.6
    if not direct and not loaded and len({term.group() for term in _STRONG.finditer(view)}) >= 3:
        factor *= 0.75
    if not direct and all(match.rule.imperative for match in passage if match.rule.weight >= _ORDER):
        lead = min((match.start for match in passage if match.rule.imperative), default=start)
        if _REPORTED.search(view[max(0, lead - 60) : lead]):
            factor *= 0.45
    return factor


def lowering_of(view: str, passage: Sequence[RuleMatch]) -> Lowering:
    """Why a lowered passage counts for less: a mere mention, or an order that could be carried out as it stands.

    Words about attacks next to an order are cheap; a text about attacks has them all the way through. Neither makes
    an order that stands as a whole harmless to a model that is given only this part of the text.
    """
    orders = [match for match in passage if match.rule.weight >= _ORDER]
    if not orders or all(match.rule.family == "role" for match in passage):
        return Lowering.MENTION
    quoted = all(is_quoted(view, match.start, match.end) for match in passage)
    several = len({match.rule.family for match in orders}) >= 2
    about_attacks = _is_about_attacks(view, passage)
    if several and not about_attacks:
        return Lowering.ASIDE
    start, end = min(match.start for match in orders), max(match.end for match in passage)
    if not quoted and _EMBEDDED.search(view[max(0, start - 60) : start]):
        return Lowering.MENTION
    rest = _words(_rest_of_sentence(view, end))
    whole = several or rest >= _WORDS_OF_AN_ORDER or _words(view[start:end]) + rest >= _WORDS_OF_A_WHOLE
    if not whole and _ADDRESS.search(view, start, end + _REACH) is None:
        return Lowering.MENTION
    return Lowering.QUOTED if about_attacks else Lowering.ASIDE


def _words(text: str) -> int:
    """Number of words; scripts without spaces have one in two characters."""
    spaceless = len(_SPACELESS.findall(text))
    return len(_WORD.findall(_SPACELESS.sub(" ", text))) + spaceless // 2


def _is_about_attacks(view: str, passage: Sequence[RuleMatch]) -> bool:
    """Whether words about attacks stand in a third of all stretches of the text, the passage itself left out."""
    start, end = passage[0].start, max(match.end for match in passage)
    stretches = [
        side[at : at + _STRETCH] for side in (view[:start], view[end:]) for at in range(0, len(side), _STRETCH)
    ]
    telling = sum(_STRONG.search(stretch) is not None for stretch in stretches)
    return telling > 0 and telling * 3 >= len(stretches)


def _rest_of_sentence(view: str, end: int) -> str:
    return re.split(r"[.!?\n\"`]", view[end : end + _NEAR], maxsplit=1)[0]


def _is_direct(view: str, match: RuleMatch) -> bool:
    """Whether `match` is an order at the beginning of a sentence, a line, a list item, or what follows a colon."""
    if not match.rule.imperative or match.rule.weight < _ORDER:
        return False
    before = view[max(0, match.start - _LEAD) : match.start]
    return _BEGINS.search(before) is not None and not is_quoted(view, match.start, match.end)


def _is_loaded(view: str, passage: Sequence[RuleMatch]) -> bool:
    """Whether a quoted passage could be carried out as it stands: an order of two kinds, with an address to act on."""
    if len({match.rule.family for match in passage if match.rule.weight >= _ORDER}) < 2:
        return False
    start, end = passage[0].start, max(match.end for match in passage)
    return _ADDRESS.search(view, max(0, start - _REACH), end + _REACH) is not None


def _is_literal(view: str, passage: Sequence[RuleMatch]) -> bool:
    """Whether a quoted passage is a string of a program: tests and filters hold what they must stop."""
    start, end = passage[0].start, max(match.end for match in passage)
    line = view[view.rfind("\n", 0, start) + 1 : start]
    opening = max(line.rfind(mark) for mark in _QUOTES) + 1
    return _LITERAL.search(line[:opening]) is not None and _LITERAL_ENDS.search(view[end : end + 120]) is not None


def is_quoted(view: str, start: int, end: int) -> bool:
    """Whether the passage stands in quotation marks or code on its line, or inside a fenced block."""
    line_start = view.rfind("\n", 0, start) + 1
    line_end = view.find("\n", end)
    left, right = view[line_start:start], view[end : line_end if line_end >= 0 else len(view)]
    if any(
        left.count(mark) % 2 == 1 and len(left) - left.rfind(mark) <= _QUOTATION and mark in right[:_QUOTATION]
        for mark in _QUOTES
    ):
        return True
    return view.count("\n```", 0, start) % 2 == 1
