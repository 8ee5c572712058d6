"""How names are written, and what is written around them.

Invariants: patterns only, each linear in the text it is given; no list of names and no model.
"""

import re

UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŸŹŻŽȘȚ"
CAPITALISED = rf"(?:[{UPPER}]\.(?:[{UPPER}]\.)*|[{UPPER}][^\W\d_]*(?:['’\-][^\W\d_]+)*)"
PARTICLE = (
    r"(?:de la|de las|de los|van der|van den|von der|de|del|della|di|da|do|dos|von|van|der|den|bin|ibn|al|y|ter|ten|zu"
    r"|af)"
)
NEXT = rf"[ \u00a0](?:{PARTICLE} )?{CAPITALISED}"
RUN = re.compile(rf"(?<![\w@/\\$]){CAPITALISED}(?:{NEXT})*")
PIECE = re.compile(CAPITALISED)
WORD = re.compile(r"[^\W\d_]{2,}")
SENTENCE_END = re.compile(r"[.!?]\s|\n")
ENGLISH = re.compile(
    r"(?i)(?<!\w)(?:the|of|and|to|in|is|was|are|for|with|on|at|by|that|it|his|her|he|she|i|you|my|an|has|had|from|as|who"
    r"|not|will|have|be|we|they|this|me|what|how)(?!\w)"
)
FOREIGN = re.compile(
    r"(?i)(?<!\w)(?:de|la|el|los|las|que|en|del|con|por|una|und|der|die|das|ist|von|mit|le|les|des|est|et|une|il|che|di"
    r"|het|een|van|og|och|ja|na|se|do|da|para|nie|jest)(?!\w)"
)
DAYS_AND_MONTHS = frozenset(
    (
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
        *("november", "december"),
    )
)
"""Words that stand after `by` as an author does: `by Friday`. Alone they name no person; `April Marsh` does."""
AFTER_LABEL = re.compile(rf"[\"'*_]{{0,3}}\s?[:=\t][\s\"'*_]{{0,16}}(?P<name>{CAPITALISED}(?:{NEXT}){{0,4}})")
AFTER_TITLE = re.compile(rf"\.?[ \u00a0](?P<name>{CAPITALISED}(?:{NEXT}){{0,3}})")
AFTER_CUE = re.compile(rf"[,:]?[ \u00a0](?P<name>{CAPITALISED}(?:{NEXT}){{0,2}})")
LOWER_LINE = re.compile(rf"^[^\n{UPPER}]{{12,}}$", re.MULTILINE)
HANDLE = re.compile(r"(?<![\w/.@`])@ ?(?P<name>[A-Za-z][A-Za-z0-9_]{2,24})(?![\w/(@-]|\.\w)")
LOWER_WORD = re.compile(r"(?<![^\W_])[a-zß-ÿ]{3,}(?![^\W_])")
