"""How to fix a finding: one sentence for each kind, for the document's owner.

Invariant: pure words about kinds and entity types; nothing here is made from a document.
"""

from pipeline.domain.findings.findings import FindingKind

_BY_ENTITY = {
    "PRIVATE_KEY": "Replace the key pair: a private key that stood in a document is no longer private.",
    "EMAIL_ADDRESS": "Replace the address by a role, such as a team's mailbox.",
    "PHONE_NUMBER": "Remove the number, or name the office instead of the person.",
    "CREDIT_CARD": "Remove the card number, or refer to the payment by its own id.",
    "IBAN_CODE": "Remove the account number and refer to the record it is kept in.",
    "US_SSN": "Remove the social security number and refer to the person's record instead.",
    "PERSON": "Name the role instead of the person, unless the name is the point.",
}

_BY_KIND = {
    FindingKind.SECRET: "Remove the key, rotate it, and reference it by its place in a secret store.",
    FindingKind.PII: "Remove what identifies the person, or submit it as confidential to the few who need it.",
    FindingKind.INJECTION: "Remove the instructions to a language model; if they are the subject, quote and explain.",
    FindingKind.PLAIN_ORDER: "Remove the sentence, or say in the text who is meant and why it stands there.",
    FindingKind.HIDDEN_TEXT: "Remove the text a reader does not see, or make it visible.",
    FindingKind.SCAN_FAILED: "Do what the reason says, then bring it again.",
}


def how_to_fix(kind: FindingKind, entity: str) -> str:
    """What the owner can do about a finding of that kind."""
    return _BY_ENTITY.get(entity, _BY_KIND[kind])
