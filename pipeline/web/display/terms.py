"""The words that pages use in a sense of their own, each in one sentence for people who meet it for the first time."""

TERMS = {
    "access rule": "Tenant, classification, and the names allowed or denied; together they say who may read.",
    "anchor": "A folder, best on another machine, that gets every checkpoint. It shows if this home is an older copy.",
    "attestation": "A signed statement about a generation: checks that it passed, and what it was made from.",
    "break-glass": "In an emergency an operator admits a document alone, for a short time. Reviewers check it later.",
    "canary question": "A question with a known answer. A new state of the index is held back if the answer changes.",
    "checkpoint": "The length of the audit log and a digest over it, signed. It proves later that nothing changed.",
    "classification": "How sensitive a document is, from public over internal and confidential to restricted. A reader "
    "needs a clearance that is at least as high.",
    "clearance": "The highest classification that a person or service may read.",
    "digest": "A number computed from content. Equal digests mean equal content, and any change gives another digest.",
    "finding": "A place where a detector saw a secret, personal data, an order to a model or hidden text. The value "
    "itself is never shown.",
    "generation": "One signed state of the whole index. A refresh that changes something makes the next one.",
    "held": "Built but not served, because it would change answers. A reviewer decides.",
    "impact": "How much a change matters, from 0 to 100. Each factor gives points.",
    "passage": "A piece of a document that a search can find.",
    "pruned": "The files of this generation were deleted because nothing needed them. Its record stays.",
    "quarantine": "Kept out of every answer until the owner mends it or people release it.",
    "revocation": "Takes a document, source or run out of every answer at once, until a reviewer lifts it.",
    "segment": "A file with passages and their vectors. It never changes; generations share segments.",
    "served": "Answers may hold it, for people whom its access rule permits.",
    "source": "A place that documents come from: a folder, a bucket, a feed, or an inbox for submissions.",
    "tenant": "The organisation that a person or a text belongs to. Nothing is read across tenants.",
    "verdict": "The decision of the policy about a version: admit, redact, review, quarantine or reject.",
    "waiver": "A decision of two people to let one finding in one document pass until a date.",
}
"""By term, in lower case."""
