"""Served strings: strings that leave with a document besides its text, kept free of values (laws 4 and 14).

The detectors scan the name, the title, the licence and every tag of a document, as one sheet. Secrets and personal
values are replaced before a string is stored or compared: by a placeholder in a title or licence, by a pseudonym for
a part of a name. A tag that decides about owners or readers is not shortened: the source's own tag counts instead,
and the document has a problem.

Invariants: pure. A kept string passes the detectors again in its kept form, or is withheld as a whole. The same
string gives the same form as long as the key stays. A mark recognises a masked string without its value.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from pipeline.domain.digests import fingerprint
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from pipeline.domain.documents.provenance import MaskedString, Provenance, Source
from pipeline.domain.documents.pseudonyms import PART, PSEUDONYM, imitates, with_pseudonyms
from pipeline.domain.documents.sheet import ServedString, Sheet, StringFinding
from pipeline.domain.findings.findings import Finding, FindingKind, Place, Severity, mask
from pipeline.domain.findings.redaction import Redaction, redact
from pipeline.domain.identity.permissions import AccessRule

UNSPOKEN = "What it declares holds what looks like a secret or personal data."
"""Stands for a problem that would repeat a value."""

WITHHELD = "‹WITHHELD›"
"""Stands for a string that still fires after its values were taken out, or that no detector could read."""


Scan = Callable[[str], Sequence[Finding]]
"""Every finding of every detector in a text; a detector that did not finish is a finding too (law 3)."""


def served_strings(tagged: TaggedDocument, source: Source) -> tuple[ServedString, ...]:
    """The strings a document brings itself. What it has from its source was checked when the source was registered."""
    provenance, rule = tagged.provenance, source.access_rule
    strings = [(Place.NAME, provenance.uri), (Place.TITLE, provenance.title)]
    if provenance.licence != source.licence:
        strings.append((Place.LICENCE, provenance.licence))
    if provenance.owner != source.owner:
        strings.append((Place.OWNER, provenance.owner))
    if tagged.ref.submission is None and provenance.submitter != source.registered_by:
        strings.append((Place.SUBMITTER, provenance.submitter))
    known = {rule.tenant, *rule.allow, *rule.deny}
    own = (provenance.access.tenant, *provenance.access.allow, *provenance.access.deny)
    strings += [(Place.ACCESS, name) for name in own if name not in known]
    strings += [(Place.PROBLEM, problem) for problem in tagged.problems]
    return tuple(ServedString(place=place, text=text) for place, text in strings if text)


def mask_strings(
    tagged: TaggedDocument, source: Source, key: bytes, first: Sequence[Finding], scan: Scan
) -> TaggedDocument:
    """The document with its strings as they may be kept, and what was found in them.

    Args:
        tagged: The document as its source has it.
        source: Where it comes from.
        key: Key of fingerprints and pseudonyms.
        first: The findings in the sheet of its `served_strings`.
        scan: Asked again about what is left, only if something was taken out.

    """
    strings = served_strings(tagged, source)
    found = Sheet(strings).located(first)
    taken = [one for one in found if _must_go(one.finding)]
    spoofed = [_imitation(string, key) for string in strings if string.place is Place.NAME and imitates(string.text)]
    if not taken and not spoofed:
        return tagged.model_copy(update={"findings": _once(one.finding for one in found)})
    taken_of = [[one for one in taken if one.string == number] for number in range(len(strings))]
    kept = [_without(string, values, key) for string, values in zip(strings, taken_of, strict=True)]
    sheet, failed = Sheet(kept), any(_failed(one.finding) for one in taken)
    again = [] if failed else sheet.located(scan(sheet.text))
    again = [one for one in again if not _is_ours(strings[one.string], taken_of[one.string], kept[one.string], one)]
    left = {one.string for one in again if _must_go(one.finding)}
    kept = [_withheld(string, key) if number in left else string for number, string in enumerate(kept)]
    findings = _once(spoofed + [one.finding for one in taken] + [one.finding for one in again])
    return _rebuilt(tagged, source, key, strings, kept).model_copy(update={"findings": findings})


def kept_name(name: str, key: bytes, scan: Scan) -> str:
    """A name on record, perhaps from before names were scanned, in the form in which it is kept today.

    Pseudonyms that stand in it stay.
    """

    def values(text: str) -> list[StringFinding]:
        string = ServedString(place=Place.NAME, text=text)
        sheet = Sheet([string])
        found = [one for one in sheet.located(scan(sheet.text)) if _must_go(one.finding)]
        return [one for one in found if not _in_a_pseudonym(string, one)]

    taken = values(name)
    if not taken:
        return name
    kept = with_pseudonyms(key, name, lambda part: _is_hit(part, taken))
    return _withheld(ServedString(place=Place.NAME, text=name), key).text if values(kept) else kept


def remembered(tagged: TaggedDocument, source: Source, key: bytes, marks: Mapping[str, str]) -> TaggedDocument:
    """The document with its strings as they were kept before, where their marks are known."""
    strings = served_strings(tagged, source)
    kept = [
        ServedString(place=string.place, text=marks.get(mark_of(key, source.name, string), string.text))
        for string in strings
    ]
    return tagged if list(strings) == kept else _rebuilt(tagged, source, key, strings, kept)


def known_ref(ref: DocumentRef, key: bytes, marks: Mapping[str, str]) -> DocumentRef:
    """The reference under the name that its document is known by, if its name was masked before."""
    form = marks.get(mark_of(key, ref.source, ServedString(place=Place.NAME, text=ref.uri))) if marks else None
    return ref if form is None else ref.model_copy(update={"uri": form})


def marks_of(provenance: Provenance) -> Iterator[tuple[str, str]]:
    """Each mark of a recorded version with the form its string was kept in."""
    forms = {
        Place.NAME: provenance.uri,
        Place.TITLE: provenance.title,
        Place.LICENCE: provenance.licence,
        Place.OWNER: WITHHELD,
        Place.SUBMITTER: WITHHELD,
        Place.ACCESS: WITHHELD,
        Place.PROBLEM: UNSPOKEN,
    }
    for masked in provenance.masked:
        form = forms.get(masked.place)
        if form is not None:
            yield masked.mark, form


def mark_of(key: bytes, source: str, string: ServedString) -> str:
    """What recognises a string of a source again."""
    return fingerprint(key, f"{source}\x00{string.place.value}\x00{string.text}")


def is_masked_name(provenance: Provenance) -> bool:
    """Whether a pseudonym stands for a part of its name."""
    return any(masked.place is Place.NAME for masked in provenance.masked)


def _failed(finding: Finding) -> bool:
    return finding.kind is FindingKind.SCAN_FAILED


def _must_go(finding: Finding) -> bool:
    return finding.is_value or _failed(finding)


def _imitation(string: ServedString, key: bytes) -> Finding:
    return Finding(
        kind=FindingKind.HIDDEN_TEXT,
        detector="strings.pseudonym",
        entity="PSEUDONYM",
        severity=Severity.LOW,
        confidence=1.0,
        start=0,
        end=0,
        line=1,
        fingerprint=fingerprint(key, string.text),
        preview=mask(string.text, "PSEUDONYM"),
        reason="The name looks like one that stands for another.",
        place=Place.NAME,
    )


def _without(string: ServedString, taken: Sequence[StringFinding], key: bytes) -> ServedString:
    """The string without what was found in it."""
    if string.place is Place.NAME:

        def is_hidden(part: re.Match[str]) -> bool:
            return _is_hit(part, taken) or PSEUDONYM.fullmatch(part[0]) is not None

        return string.model_copy(update={"text": with_pseudonyms(key, string.text, is_hidden)})
    if taken and string.place is Place.PROBLEM:
        return string.model_copy(update={"text": UNSPOKEN})
    if any(_failed(one.finding) for one in taken):
        return string.model_copy(update={"text": WITHHELD})
    return string.model_copy(update={"text": _redacted(string, taken).text})


def _is_hit(part: re.Match[str], taken: Sequence[StringFinding]) -> bool:
    """Whether something was found in a part of a name."""
    return any(one.start < part.end() and one.end > part.start() for one in taken)


def _redacted(string: ServedString, taken: Sequence[StringFinding]) -> Redaction:
    return redact(string.text, [one.finding.model_copy(update={"start": one.start, "end": one.end}) for one in taken])


def _withheld(string: ServedString, key: bytes) -> ServedString:
    """The string as it is kept if something still fires in it."""
    if string.place is not Place.NAME:
        return string.model_copy(update={"text": WITHHELD})
    name = with_pseudonyms(key, string.text, lambda part: PSEUDONYM.fullmatch(part[0]) is None)
    return string.model_copy(update={"text": name})


def _is_ours(before: ServedString, taken: Sequence[StringFinding], kept: ServedString, found: StringFinding) -> bool:
    """Whether a finding is in nothing but what was put there by us: a pseudonym, or a placeholder."""
    if kept.place is Place.NAME:
        return _in_a_pseudonym(kept, found)
    redacted = _redacted(before, taken)
    return redacted.text == kept.text and redacted.is_placeholder(found.start, found.end)


def _in_a_pseudonym(name: ServedString, found: StringFinding) -> bool:
    return any(
        part.start() <= found.start and found.end <= part.end() and PSEUDONYM.fullmatch(part[0])
        for part in PART.finditer(name.text)
    )


def _rebuilt(
    tagged: TaggedDocument, source: Source, key: bytes, before: Sequence[ServedString], after: Sequence[ServedString]
) -> TaggedDocument:
    """The document with other strings; who answers for it and who reads it is then what its source says."""
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    provenance: dict[str, object] = {
        "masked": tuple(
            dict.fromkeys(MaskedString(place=old.place, mark=mark_of(key, source.name, old)) for old, _ in changed)
        )
    }
    problems, declared = list(tagged.problems), list(tagged.provenance.problems)
    ref = tagged.ref
    for old, new in changed:
        if old.place is Place.NAME:
            ref, provenance["uri"] = ref.model_copy(update={"uri": new.text}), new.text
        elif old.place in (Place.TITLE, Place.LICENCE):
            provenance[old.place.value] = new.text
        elif old.place is Place.PROBLEM:
            problems, declared = ([new.text if p == old.text else p for p in each] for each in (problems, declared))
        else:
            provenance |= _of_source(old.place, source)
            for sentences in (problems, declared):
                sentences.append(f"Its {old.place.value} holds what looks like a secret or personal data.")
    provenance["problems"] = tuple(dict.fromkeys(declared))
    return tagged.model_copy(
        update={
            "ref": ref,
            "provenance": tagged.provenance.model_copy(update=provenance),
            "problems": tuple(dict.fromkeys(problems)),
        }
    )


def _of_source(place: Place, source: Source) -> dict[str, str | AccessRule]:
    if place is Place.OWNER:
        return {"owner": source.owner}
    if place is Place.SUBMITTER:
        return {"submitter": source.registered_by}
    return {"access": source.access_rule}


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding of a string once, though several forms of it were read."""
    unlike = {(one.place, one.detector, one.entity, one.fingerprint): one for one in findings}
    return tuple(unlike[key] for key in sorted(unlike))
