"""Confidence that a value is a secret.

Invariants: pure; deterministic. A confidence of at least 0.5 with severity high or critical means "looks live":
policy quarantines on it. Weaker evidence gets less of both, and a reason against a value is named.
"""

import base64
import re
from dataclasses import dataclass, replace

from pipeline.detectors.secrets.columns import is_plain_word
from pipeline.detectors.secrets.framing import beyond_its_name, is_restless, without_framing
from pipeline.detectors.secrets.shapes import WHOLE_VALUE, Shape, Vocabulary, entropy, words
from pipeline.detectors.secrets.suppressions import (
    BEHIND_A_SCHEME,
    LOWERED,
    PUBLIC,
    REFERENCE_INSIDE,
    Context,
    Suppression,
    against,
    claims_of,
    is_documented,
    is_standard,
    masked_or_referenced,
)
from pipeline.domain.findings.findings import Lowering, Severity

PASSWORD_NAME = re.compile(
    r"(?i)pass(?:w(?:or)?d|phrase|code|wort)?s?\d*$|pwd|passw|pass(?:word|phrase|wd)|(?:^|[_. -])pw\d*$|kennwort"
    r"|contrase|clave|senha|mot_?de_?passe|wachtwoord|has[lł]o|l[oö]senord|salasana|parola|[sş]ifre|adgangskode"
    r"|пароль|密码|密碼|口令|パスワード|비밀번호|암호|รหัสผ่าน"
)
SECRET_NAME = re.compile(
    r"(?i)secret|token|api[_. -]?key|access[_. -]?key|auth(?:entication|orization)?[_. -]?(?:key|code)"
    r"|priv(?:ate)?[_. -]?key|encrypt\w*[_. -]?key|credential|bearer|authorization|jwt|webhook|cookie|session_?id"
    r"|(?:signing|master|session|service|storage|account|consumer|app|application|licen[cs]e|subscription|client|shared"
    r"|user|admin|crypto?|aes|des|hmac|rsa|ssh|[gp]pg|deploy|instrumentation|query|write|read|ingest|integration|data"
    r"|db|database|server|root|x|n)[_. -]?key|(?:^|[_. -])(?:psk|sas|pat|seed|mnemonic|wif|otp|totp|pin|auth)\d*$"
    r"|secr[eé]t[oa]?|clave|chave|schl[uü]ssel|秘钥|密钥|ключ"
)
_ENVIRONMENT = re.compile(r"(?:^|\s|export\s|-e\s)[A-Z][A-Z0-9_]*=$")
_LINK = re.compile(r"://[^\s\"'<>]{1,180}/$")
_STORE = re.compile(
    r"(?i)(?:postgres\w*|mysql|mariadb|mongodb|amqps?|rediss?|mssql|oracle|ldaps?|[a-z]+sql)[+\w]*://|=[^;]*;"
)
_SHORT_HEX = re.compile(r"^[0-9a-fA-F]{1,23}$")
_QUERY = re.compile(r"://[^\s\"'<>]*[?&#][\w.-]*=$")
_QUERY_NAME = re.compile(r"(?i)(?:access|auth|api|client|private|secret)?[_-]?(?:token|key|secret|password|pass|pwd)$")
_DOCUMENTED_HOST = re.compile(
    r"(?i)example|\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d|\[?2001:db8:|\.(?:test|invalid)\b"
)
"""Hosts that are kept for documentation (RFC 2606, 3849, 5737)."""
_IN_MARKUP = re.compile(r"&(?:#x?[0-9A-Fa-f]{2,6}|[a-z]{2,6})\b|\\[nrt](?:[A-Z]|$)")
"""A character reference, or the escaped end of a line with a sentence behind it."""
_ARGUMENT = re.compile(r"-{0,2}[a-z][a-z_-]+=[\w.,:-]{1,40}[`'\":;,.]*")
"""A named argument of a function or a program."""
_RUNS_AS = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah|kubectl|compose|python[\d.]{0,5}|ruby|perl|rsync|git|sort|uvicorn|gunicorn)\s"
    r"(?:(?!\b(?:curl|https?|xh|wget|aria2c)\b)[^|;&\n]){0,200}?(?:-u|-U|--user)[ =]{1,3}[\"']?[\w.@%\\-]{1,80}:$"
)
"""Programs whose option of that name gives a user and a group, a file or nothing: never a login."""
_CLAUSE = re.compile(r"[,;{}&]")
_JOINER = re.compile(r"[_-]")
_WORDY = 0.35
"""Share of words from which on a hyphen joins words and is not a sign of a password."""
_SIGN = re.compile(r"[!#$%&*+=?@^~]")
_LEAST_SEED = 16
_LEAST_LETTERS = 10
"""Letters of a password that has nothing else in it."""
_LEAST_LETTERS_ALONE = 12
"""Letters of both cases that are a password in a place where words stand as well."""
_NO_WORD = 5.0
"""Bits a letter from which on a run of letters is not made of words."""
_NAME_LIKE = re.compile(r"^[A-Za-z_]\w*$")
_CREDENTIAL_WORDS = frozenset({"password", "passwd", "secret", "token", "pass", "key", "auth", "credential"})


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a candidate counts: a confidence and severity, or the reason it does not."""

    confidence: float = 0.0
    severity: Severity = Severity.MEDIUM
    suppressed: Suppression | None = None

    @property
    def lowered(self) -> Lowering | None:
        """Why it stays on record and does not count: what speaks against it is what it means, not what it looks like.

        An author chooses names and words; a value's shape is not a choice that leaves it useful as a secret.
        """
        return None if self.suppressed is None else LOWERED.get(self.suppressed)


def name_kind(name: str) -> str:
    """What a name promises: `password`, `secret`, or `named` when it says little."""
    if PASSWORD_NAME.search(name):
        return "password"
    return "secret" if SECRET_NAME.search(name) else "named"


class Judge:
    """Weighs values. Knows the vocabulary; holds nothing of any document."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def token(self, value: str, minimum: float, full: Weight, context: Context) -> Weight:
        """A value whose form alone names its provider: only masks, samples and regular values speak against it."""
        shape = self.vocabulary.shape(value)
        if context.after.startswith(("..", "…", "***", "xxx")):
            # A mask behind a whole token hides nothing of it.
            whole = len(value) >= WHOLE_VALUE and shape is Shape.RANDOM and "eyJ" not in value
            return Weight(0.4, Severity.MEDIUM) if whole else Weight(suppressed=Suppression.MASKED)
        if REFERENCE_INSIDE.search(value):
            return Weight(suppressed=Suppression.REFERENCE)
        if value.startswith("eyJ") and self._claims_nothing(value):
            return Weight(suppressed=Suppression.SAMPLE)
        if "EXAMPLE" in value or self.vocabulary.says_placeholder(words(value)):
            bare = without_framing(value.replace("EXAMPLE", ""), self.vocabulary)
            whole = len(bare) >= WHOLE_VALUE and self.vocabulary.shape(bare) is Shape.RANDOM
            if whole and not is_documented(value):
                return Weight(0.4, Severity.MEDIUM)
            return Weight(suppressed=Suppression.PLACEHOLDER)
        if entropy(value) < minimum:
            return Weight(suppressed=Suppression.REGULAR)
        if shape is Shape.MASKED:
            return Weight(suppressed=Suppression.MASKED)
        if shape is Shape.SEQUENCE or (value.startswith("eyJ") and _LINK.search(context.line)):
            return Weight(0.4, Severity.MEDIUM)
        return full

    def _claims_nothing(self, value: str) -> bool:
        """Whether the claims of a JSON Web Token are only words that stand in for others."""
        parts = [part for part in words(claims_of(value)) if len(part) > 1 and not part.isdigit()]
        return bool(parts) and self.vocabulary.stands_in(parts)

    def twin(self, value: str, minimum: float, full: Weight, context: Context) -> Weight:
        """A token whose form public values have as well, such as the two keys of one service: its name decides."""
        if PUBLIC.search(_CLAUSE.split(context.line)[-1]):
            return Weight(suppressed=Suppression.PUBLIC)
        return self.token(value, minimum, full, context)

    def random(self, value: str, context: Context) -> Weight:
        """A value whose surroundings prove little: only one that nobody would think of counts."""
        value = without_framing(value, self.vocabulary)
        reason = against(value, context, "secret", self.vocabulary)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        if shape is Shape.RANDOM and len(value) >= 10:
            return Weight(0.6, Severity.HIGH)
        if shape is Shape.SEQUENCE and len(value) >= 20:
            return Weight(0.35, Severity.LOW)
        if PASSWORD_NAME.search(context.key):
            return self.typed(value, context)
        return Weight(suppressed=Suppression.MASKED if shape is Shape.MASKED else Suppression.WORDS)

    def provider(self, value: str, context: Context) -> Weight:
        """A value beside the name of a provider."""
        if sum(c.isdigit() for c in value) < 2:
            return Weight(suppressed=Suppression.WORDS)
        return self.random(value, replace(context, key=""))

    def stated(self, value: str, context: Context) -> Weight:
        """What a sentence says a password is."""
        value = without_framing(value, self.vocabulary)
        reason = masked_or_referenced(value)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        parts = words(value)
        if shape is Shape.MASKED:
            return Weight(suppressed=Suppression.MASKED)
        if self.vocabulary.stands_in([part for part in parts if not part.isdigit()]) and len(parts) <= 2:
            marked = context.quoted and len(value) >= 8 and any(c.isdigit() for c in value)
            return Weight(0.4, Severity.MEDIUM) if marked else Weight(suppressed=Suppression.PLACEHOLDER)
        if shape is Shape.RANDOM and len(value) >= 6:
            return Weight(0.8, Severity.CRITICAL)
        if context.quoted:
            return Weight(0.65 if shape is Shape.MIXED else 0.4, Severity.MEDIUM if len(parts) > 3 else Severity.HIGH)
        ends = context.after[:1] in {"", "\n", ".", "?", "!", "」", "』", "）", "»", "”"} or context.after[:2] in {
            ", ",
            ".\n",
            "; ",
        }
        strong = any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and len(value) >= 6
        if shape is Shape.MIXED and strong and (ends or re.search(r"[!@#$%^&*+=?~]", value)):
            return Weight(0.6, Severity.HIGH)
        return Weight(suppressed=Suppression.PROSE)

    def typed(self, value: str, context: Context) -> Weight:
        """A value in a place where words stand as well: only what no one would write for another purpose counts."""
        value = without_framing(value, self.vocabulary)
        reason = against(value, replace(context, key=""), "password", self.vocabulary)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        if shape is Shape.MASKED:
            return Weight(suppressed=Suppression.MASKED)
        if _ARGUMENT.fullmatch(value) and self.vocabulary.wordy(value) >= _WORDY:
            return Weight(suppressed=Suppression.CODE)
        letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
        both = value.lower() != value != value.upper()
        joined = both and _JOINER.search(value) is not None and self.vocabulary.wordy(value) < _WORDY
        signed = joined or _SIGN.search(value) is not None
        if shape is Shape.RANDOM and len(value) >= 8 and letters and digits and (both or signed or len(value) >= 12):
            return Weight(0.7, Severity.HIGH)
        if shape is Shape.RANDOM and both and len(value) >= _LEAST_LETTERS_ALONE and value.isalnum():
            return Weight(0.6, Severity.HIGH)
        mixed = shape is Shape.RANDOM or is_restless(value, self.vocabulary)
        if mixed and len(value) >= _LEAST_LETTERS and both and _SIGN.search(value):
            return Weight(0.5, Severity.HIGH)
        if len(value) >= 8 and letters >= 3 and digits >= 1 and signed:
            return Weight(0.6, Severity.HIGH)
        return Weight(suppressed=Suppression.PROSE)

    def seed(self, value: str) -> Weight:
        """The seed of an authenticator: base32 in one case, which has digits and no words."""
        bare = re.sub(r"[ =-]", "", value)
        if (bare.lower() != bare and bare.upper() != bare) or len(bare) < _LEAST_SEED:
            return Weight(suppressed=Suppression.WORDS)
        if is_documented(bare.upper()) or self.vocabulary.shape(bare) in (Shape.MASKED, Shape.SEQUENCE):
            return Weight(suppressed=Suppression.SAMPLE)
        random = any(map(str.isdigit, bare)) or self.vocabulary.surprise(bare) >= _NO_WORD
        return Weight(0.8, Severity.CRITICAL) if random else Weight(suppressed=Suppression.WORDS)

    def codes(self, value: str) -> Weight:
        """Codes that are used once: each has digits, and one alone has letters or groups as well."""
        each = re.findall(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*", value)
        figures = [code for code in each if any(map(str.isdigit, code))]
        if len(figures) < len(each) / 2 or self.vocabulary.shape(value) in (Shape.MASKED, Shape.SEQUENCE):
            return Weight(suppressed=Suppression.WORDS)
        enough = len(figures) > 1 or ("-" in value and not value.replace("-", "").isdigit())
        return Weight(0.6, Severity.HIGH) if enough else Weight(suppressed=Suppression.NUMBER)

    def command(self, value: str, context: Context) -> Weight:
        """The password argument of a command."""
        value = without_framing(value, self.vocabulary)
        reason = against(value, replace(context, key="", quoted=True), "password", self.vocabulary)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        if shape in (Shape.MASKED, Shape.NUMBER) or len(value) < 4:
            return Weight(suppressed=Suppression.SAMPLE)
        if shape is Shape.RANDOM:
            return Weight(0.8, Severity.CRITICAL)
        return Weight(0.6, Severity.HIGH) if shape is Shape.MIXED else Weight(0.35, Severity.MEDIUM)

    def setting(self, value: str, context: Context) -> Weight:
        """A word of a configuration line, whose form sentences have as well: plain words do not count."""
        if not context.quoted and _ARGUMENT.fullmatch(value) and self.vocabulary.wordy(value) >= _WORDY:
            return Weight(suppressed=Suppression.CODE)  # the next setting of the line
        if not context.quoted and (self.vocabulary.shape(value) is Shape.WORDS or _IN_MARKUP.search(value)):
            return Weight(suppressed=Suppression.PROSE)
        return self.command(value, context)

    def cell(self, value: str, header: str, *, password: bool, account: bool) -> Weight:
        """A cell below a header of credentials. Plain words count only next to accounts: types and rules are words."""
        weight = self.named(value, Context(header, quoted=True), "password" if password else "secret")
        plain = is_plain_word(value) or self.vocabulary.shape(value) in (Shape.WORDS, Shape.NUMBER)
        if weight.suppressed is not None or not plain:
            return weight
        return Weight(min(weight.confidence, 0.4), Severity.MEDIUM) if account else Weight(suppressed=Suppression.WORDS)

    def basic(self, value: str) -> Weight:
        """The base64 of a Basic authorization header."""
        try:
            login = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
        except ValueError:
            return Weight(suppressed=Suppression.WORDS)
        user, colon, password = login.partition(":")
        if not colon or not login.isprintable():
            return Weight(suppressed=Suppression.WORDS)
        return self.login(password, user, Context())

    def named(self, value: str, context: Context, kind: str) -> Weight:
        """A value known by its name. `kind`: `password`, `secret`, or `named` for names that say little."""
        if context.line.endswith(":") and BEHIND_A_SCHEME.match(value):
            return Weight(suppressed=Suppression.LOCATION)
        value = without_framing(value, self.vocabulary)
        context = beyond_its_name(value, context, kind, self.vocabulary)
        reason = against(value, context, kind, self.vocabulary)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        if shape is Shape.MASKED:
            return Weight(suppressed=Suppression.MASKED)
        weight = self._password(value, shape, context) if kind == "password" else self._secret(value, shape, kind)
        if weight.suppressed is None and _QUERY.search(context.line) and not _QUERY_NAME.match(context.key):
            return Weight(min(weight.confidence, 0.4), Severity.MEDIUM)
        return weight

    def login(self, value: str, user: str, context: Context) -> Weight:
        """A password inside a URL, a connection string or a command."""
        value = without_framing(value, self.vocabulary)
        reason = masked_or_referenced(value)
        if reason is not None:
            return Weight(suppressed=reason)
        shape = self.vocabulary.shape(value)
        if shape is Shape.MASKED:
            return Weight(suppressed=Suppression.MASKED)
        if shape is Shape.RANDOM:
            return Weight(0.85, Severity.CRITICAL)
        if shape is Shape.WORDS and _RUNS_AS.search(context.line):
            return Weight(suppressed=Suppression.NAME)
        named = shape is Shape.WORDS and name_kind(value) != "named" and "_" in value
        known = named or is_standard(value) or self.vocabulary.stands_in(words(value)) or value == user
        sample = self.vocabulary.is_sample_login(user, value) or (known and self._made_up(user, context))
        if sample or len(value) < 3:
            return Weight(suppressed=Suppression.SAMPLE)
        if known or len(value) < 4:
            return Weight(0.35, Severity.LOW)
        return Weight(0.65 if shape is Shape.MIXED else 0.5, Severity.HIGH)

    def _made_up(self, user: str, context: Context) -> bool:
        """Whether what stands around a weak password says that it is documentation."""
        generic = self.vocabulary.stands_in([user.lower()])
        return not _STORE.search(context.line + context.after[:1]) or (
            generic and _DOCUMENTED_HOST.search(context.after) is not None
        )

    def _password(self, value: str, shape: Shape, context: Context) -> Weight:
        if len(value) < 4:
            return Weight(suppressed=Suppression.SAMPLE)
        if shape is Shape.RANDOM:
            return Weight(0.8, Severity.CRITICAL)
        if shape is Shape.SEQUENCE:
            return Weight(0.35, Severity.LOW) if len(value) >= 12 else Weight(suppressed=Suppression.SAMPLE)
        written = context.quoted or context.line.endswith(">") or bool(_ENVIRONMENT.search(context.line))
        if shape is not Shape.WORDS:
            likely = written or not _NAME_LIKE.match(value)
            return Weight(0.6, Severity.HIGH) if likely else Weight(0.4, Severity.MEDIUM)
        if _CREDENTIAL_WORDS & set(words(value)) or (PASSWORD_NAME.search(value) and not value.isascii()):
            return Weight(suppressed=Suppression.PLACEHOLDER)
        if len(value) >= _LEAST_LETTERS and is_restless(value, self.vocabulary):
            return Weight(0.5, Severity.HIGH)
        return Weight(0.4, Severity.MEDIUM) if written else Weight(suppressed=Suppression.CODE)

    @staticmethod
    def _secret(value: str, shape: Shape, kind: str) -> Weight:
        strong = kind == "secret"
        if not strong and _SHORT_HEX.match(value):
            return Weight(suppressed=Suppression.HASH)
        if len(value) < (8 if strong else 16):
            return Weight(suppressed=Suppression.WORDS)
        if shape is Shape.RANDOM:
            return Weight(0.75, Severity.CRITICAL) if strong else Weight(0.5, Severity.HIGH)
        if shape is Shape.SEQUENCE:
            return Weight(0.35, Severity.LOW) if strong and len(value) >= 20 else Weight(suppressed=Suppression.SAMPLE)
        if shape is Shape.NUMBER:
            return Weight(0.4, Severity.LOW) if strong and len(value) >= 14 else Weight(suppressed=Suppression.NUMBER)
        if shape is Shape.MIXED and strong and len(value) >= 16:
            return Weight(0.4, Severity.MEDIUM)
        return Weight(suppressed=Suppression.WORDS)
