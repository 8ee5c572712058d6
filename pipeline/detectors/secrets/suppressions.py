"""Reasons why a value is not a secret: a closed list, and how each is recognised.

Invariants: pure; a reason never holds document text; marks of an author to silence a scanner (a pragma, an ignore
comment) are not read here. Patterns see one value or one name, never a document, so their input is bounded.
"""

import base64
import json
import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.detectors.secrets.shapes import Shape, Vocabulary, words
from pipeline.domain.findings.findings import Lowering


class Suppression(StrEnum):
    """Why something that matched a rule is not reported."""

    PLACEHOLDER = "stands in for a value that the reader must fill in"
    MASKED = "is masked: the value itself is not there"
    REFERENCE = "refers to where the secret is kept: a variable, an environment, a vault, a template"
    CODE = "is an expression or a name in code, not a literal"
    WORDS = "is made of words and its name does not say password"
    SAMPLE = "is a sample value of documentation: it counts up, repeats itself or is too short to be used"
    HASH = "is a hash, checksum or revision in its usual place"
    UUID = "is an identifier (a UUID, the number of a session) whose name does not say secret"
    PUBLIC = "is a public key, certificate or other value meant to be published"
    LOCATION = "is a path, address, URL or file name"
    NUMBER = "is a number, date, version or size"
    PROSE = "is a sentence"
    NAME = "its name says that it describes a secret and is none: a length, a path, a policy"
    REGULAR = "is more regular than any value of this kind"


LOWERED = {
    Suppression.PLACEHOLDER: Lowering.PLACEHOLDER,
    Suppression.REFERENCE: Lowering.REFERENCE,
    Suppression.SAMPLE: Lowering.SAMPLE,
    Suppression.NAME: Lowering.DESCRIPTION,
    Suppression.PUBLIC: Lowering.PUBLIC,
    Suppression.HASH: Lowering.HASH,
    Suppression.UUID: Lowering.IDENTIFIER,
}
"""Reasons that are about meaning: such a value stays on record. The others say that no secret has that shape."""


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a value. `line`: its line up to it; `after`: the next characters."""

    key: str = ""
    quoted: bool = False
    after: str = ""
    line: str = ""


REFERENCE = re.compile(
    r"""(?ix) ^ (?:
        \$\{? [a-z_({] | \$\( | \$\[ | \{\{ | \#\{ | <% | %\{ | \[\[ | @\{ | \$\$ | `[^`]*`$
      | %[a-z_][a-z0-9_]*%$ | \{[a-z_][\w.]*\}$ | %\(?[a-z_]*\)?[sdvq]$ | \{\d*\}$ | :[a-z_]+$ | \?$ | @@?[a-z_]+@?$
      | process\.env | os\.(?:environ|getenv) | (?:sys(?:tem)?|env)\.?(?:getenv|get|env)\b | getenv | env[(\[.:]
      | environ\b | (?:hashi)?vault[:./] | secrets?[:./] | op:// | (?:aws-?)?(?:ssm|sm|kms|secretsmanager)[:/]
      | arn: | projects/ | keyring[:.] | keepass | lastpass: | !ref | !sub | !vault | !secret | !env | file:
      | /run/secrets | credentials?\( | bash[(] | ref\+ | azurekeyvault | @microsoft\.keyvault | gcp-?sm: | doppler:
      | sops: | ENC\[ | ansible-vault | (?:config|settings|self|this|ctx|cfg|conf|opts?|options|params?|args?|var|local
      | data|module|values|request|req|input|props|state)[.\[(] ) """
)
REFERENCE_INSIDE = re.compile(
    r"(?i)\$\{[^}]{0,80}\}|\{\{[^}]{0,80}\}\}|\$\([^)]{0,80}\)|<%[^%]{0,80}%>|#\{[^}]{0,80}\}|getenv|os\.environ"
    r"|process\.env|^<|<[a-z][\w .:/-]{1,60}>$|%[A-Za-z_]{3,40}%|\{(?-i:[a-z_][a-z0-9_.]*)(?:\(\))?\}"
    r"|(?:^|[^A-Za-z0-9])\$[A-Za-z_]{3,40}|(?-i:\$[A-Z_]{3,40}\b)"
)
PLACEHOLDER_FORM = re.compile(
    r"(?i)^(?:<[^<>]{0,80}>?|\[[^\[\]]{0,60}\]|\{[^{}]{0,60}\}|\([^()]{0,60}\)|_+[a-z_]+_+|n/?a|-+|\*+|\.+|x+|…)$"
    r"|example|(?:change|replace|fill|insert|enter|put|add|set|use|type|paste)[-_ ]?(?:me|this|your|in|it|here)\b"
    r"|^(?:your|my|some|the|an?|any|this)[-_ ]|[-_ ](?:here|goes[-_ ]here)$|(?-i:^(?:[Yy]our|[Mm]y|[Ss]ome)(?=[A-Z]))"
    r"|lorem|redacted|placeholder|^&lt;.{1,60}&gt;$"
)
_DOCUMENTED_KEY = re.compile(r"A[A-Z0-9]{12,16}EXAMPLE|[A-Za-z0-9/+]{26,33}EXAMPLEKEY|JBSWY3DPEHPK3PXP")
"""Values of documentation: access keys as long as real ones, so that no real one has room for the word, and a seed."""
_DOCUMENTED_CLAIMS = re.compile(r'\{"sub":"1234567890","name":"(?:John Doe|Jane Doe)",')
STANDARD_WORD = re.compile(
    r"(?i)^(?:my|the|our|new|old|a|is|some)?(?:password|passwd|passwort|pass|secret|token|apikey|test(?:ing)?|string"
    r"|user(?:name)?|admin|example|foo|bar|dummy|sample|fake|value|default|key|changeme|credential|login|root|guest"
    r"|hello|abc)(?:password|passwd|pass|secret|token|key|value|word|user|[a-z]{0,5})?[\W_]?\d{0,4}$"
)
_HASH_NAME = re.compile(
    r"(?i)(?:sha-?\d*|md5|crc|hash|digest|checksum|integrity|fingerprint|thumbprint|commit|revision|rev|etag|blob|tree"
    r"|parent|resolved|signature|sig|nonce|cnonce|shasum|sum|oid|object|version|build|image|layer|cache|changeset)s?$"
)
_HASH_BEFORE = re.compile(
    r"(?i)(?:sha(?:1|224|256|384|512)|md5|h1|blake\w+)[-:=@/ ]$|(?:commit|blob|tree|#egg|\.\.|@)\W?$"
)
HASH_VALUE = re.compile(
    r"^(?:\$2[aby]\$|\$argon2|\$pbkdf2|\$[156]\$|\{SSHA|pbkdf2_|bcrypt|data:|sha(?:1|256|384|512)[-:$])"
)
_HASH_FORM = re.compile(
    r"(?i)^(?:(?:sha-?(?:1|224|256|384|512)|md5|h1|blake\w+)[-:=$](?:[0-9a-f]{32,128}|[A-Za-z0-9+/]{22,88}={0,2})"
    r"|(?-i:\$2[abxy]\$\d\d\$[./A-Za-z0-9]{22}(?:[./A-Za-z0-9]{31})?(?![./A-Za-z0-9])|\$argon2(?:id?|d)\$\S{20,}|\$pbkdf2[\w-]*\$\S{20,}|pbkdf2_\w+\$\d+\$\S{20,}"
    r"|\$[156y]\$\S{0,60}\$[./A-Za-z0-9]{22,90}|\{S?SHA\d*\}\S{27,}"
    r"|data:[\w.+-]+/[\w.+-]+[;,]\S*|ENC\[(?:AES256_GCM|PKCS7|GPG)\S*|vault:v\d+:\S{16,}|AQICAH\S{40,}))"
)
"""Whole hashes, data URLs and encrypted values: a prefix alone does not turn another value into one."""
PUBLIC = re.compile(
    r"(?i)public|pub_?key|certificate|\bcert\b|\bcsr\b|ssh-(?:rsa|ed25519|dss)|ecdsa-sha2|known_hosts|authorized_keys"
    r"|publishable|site[_ -]?key|measurement|tracking[_ -]?id|analytics|verify(?:ing|er)?[_ -]?key|vapid"
)
_PUBLISHED_AT = re.compile(r"@[\w.-]{0,60}sentry[\w.-]{0,40}(?:[/:]|$)")
"""Host of a service whose addresses carry a key that every visitor's browser is given."""
_FINGERPRINT = re.compile(r"(?:0x)?(?:[0-9A-F]{40}|[0-9A-F]{16})")
_OF_SIGNATURES = re.compile(r"(?i)sign(?:ing|ature|ed)?\b|[gp]pg|release|maintainer|upload")
"""Names of keys that sign; the identifier and the fingerprint of such a key have capital digits."""
_BADGE = re.compile(r"(?i)://[^\s\"'<>]{0,200}badge[^\s\"'<>]{0,20}\?token=$")
_BADGE_TOKEN = re.compile(r"[A-Za-z0-9]{10}\)?")
"""A token for a picture in a description that everybody reads; those that open more are longer."""
_MEMBER = re.compile(r"[\"']\s{0,3}:")
_LICENCE_NAME = re.compile(r"(?i)licen[cs]es?$")
_LICENCE = re.compile(
    r"(?:A?L?GPL|BSD|MIT|Apache|MPL|CC|CC0|ISC|Zlib|Artistic|Perl|PSF|EPL|Public|Expat|GFDL|Unlicense)(?:v?\d|[^A-Za-z\d]|$)"
)
_PUBLIC_VALUE = ("ssh-", "ecdsa-", "-----BEGIN PUB", "-----BEGIN CERT")
UUID = re.compile(r"(?i)^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
_HEX = re.compile(r"^(?:0x)?[0-9a-fA-F]{16,}$")
LOCATION = re.compile(
    r"(?i)^(?:[a-z][a-z0-9+.-]{1,12}://[^@\s]*|\.{0,2}/[\w.@/%~-]*|~/.*|[a-z]:\\.*|[\w.-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:[\w-]+/){1,8}[\w.-]*\.\w{1,5}|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|local|txt|json|ya?ml|pem|key|crt|cer"
    r"|pub|p12|jks|env|py|js|ts|go|rb|java|xml|html?|md|conf|cfg|ini|sh|php|sql|log|png|jpe?g|svg|gif|css|csv|pdf|lock)"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|localhost(?::\d+)?)$"
)
_LEAST_WORDLESS = 12
"""Characters from which on names joined by dots without a word in any of them are a generated value."""
_LEAST_FIGURES = 20
"""Figures from which on a value under the name of a secret is longer than any number, date or identifier."""
BEHIND_A_SCHEME = re.compile(r"//[\w.-]{1,80}/")
"""The rest of an address whose scheme was taken for a name."""
_NUMBER = re.compile(
    r"(?i)^(?:v?\d+(?:\.\d+)+[\w.+-]{0,12}|\d{1,5}/(?:tcp|udp|sctp)|\d{4}-\d\d-\d\d[t\d:.z+ -]*|0x[0-9a-f]{1,8}"
    r"|[+-]?\d+(?:\.\d+)?\s?(?:%|px|em|[kmgt]i?b?|m?s|min|h|d)?|(?:\d+(?:s|m|h|d|ms|minutes?|hours?|days?|seconds?)\s?)+)$"
)
_CODE = re.compile(
    r"^(?:[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)+(?:[({\[].*)?|[A-Za-z_$][\w$.:]*[(\[{].*"
    r"|(?:new|await|return|async|function|lambda|typeof|not|yield)\b.*"
    r"|.*(?:=>|\+\+|&&|\|\||==(?=[^=])(?=.)|\)\.|\(\)|\);?$|\]\[).*"
    r"|[&*!@]?[A-Za-z_]\w*\[.*)$"
)
# A pattern for values, not a value.
_EXPRESSION = re.compile(r"\[[^\]]{0,20}(?:a-z|A-Z|0-9)|\\[dws][+*{]|\(\?:")
_DESCRIBES = re.compile(
    r"(?i)(?:^|[_.\- ]|(?<=[a-z]))(?:file|path|dir|url|uri|length|len|size|type|field|expir\w*|ttl|timeout|policy|count"
    r"|limit|at|date|time|arn|ref|hint|label|placeholder|regex|pattern|alg(?:orithm)?|method|prefix|suffix|header"
    r"|param(?:eter)?|column|table|attr(?:ibute)?|enabled?|disabled?|required|allowed|exists|valid|changed|min|max"
    r"|strength|rotation|interval|lifetime|lifespan|cost|rounds|iterations|template|message|error|title|text|desc"
    r"|description|encryption|hash(?:ing|er)|response|input|button|form|view|page|screen|component|handler|callback|function|service|provider|manager"
    r"|factory|store|storage|repository|client|endpoint|host|port|server|version|format|encoding|class|location|source"
    r"|status|state|mode|scopes?|issuer|audience|usage|role|group|policies|set|list|index|idx|family|names?|id"
    r"|identifier|ids)$"
)
_OTHER_NAME = re.compile(
    r"(?i)public|keyword|tokeniz|token_?type|(?:max|(?<!ad)min|num)_?token"
    r"|passenger|compass|bypass|passing|passed|passport|secretary|keyboard"
    r"|key_?code|hot_?key|monkey|turkey|donkey|hockey|keystore$|key_?ring$|shortcut|^search_?token$"
    r"|dedup|idempoten|i18n|translation|label|author(?!iz)|csrf|xsrf"
    r"|(?:^|[^A-Za-z])(?:cls|sep|pad|eos|bos|unk|mask|stop|next|page|continuation|sync|cursor|tracking)[_ -]?token"
    r"|(?:primary|foreign|cache|sort|shard|row|index|range|unique|natural|composite|group|resource|object|partition|bucket"
    r"|record|document|chunk|segment|lookup|dictionary|map|hash|routing|correlation|message|event|topic|thread"
    r"|conversation|build|artifact|extension|lock|mutex|tag|metric|issue|item|node|feature|job|queue)[_. -]?keys?$"
    r"|\b(?:cache|redis|memcached?|lookup)(?: [a-z]{2,8}){1,3} keys?$"
)
"""Names of things that are looked up or put in order by a key, or counted in tokens."""
_CORRELATES = re.compile(
    r"(?i)(?:request|lock|client|action|upload|job|task|correlation|trace|transaction|conversation)[_. -]?token$"
)
_SESSION = re.compile(r"(?i)(?:^|[_. -])(?:sess(?:ion)?|sid)(?:[_. -]?id)?$")
"""A number by which the lines of one visit belong together; in a cookie it opens the visit."""
_COOKIE = re.compile(r"(?i)cookie|-b\s|authorization|x-")
_VISIT = re.compile(
    r"(?i)https?://[^\s\"'<>]{1,400}(?:[?&;]|&amp;)(?:ss|sess|session|visit|visitor|view|viewer|click|mail|mailing|msg"
    r"|message|campaign|form|link|nav|referral|survey|newsletter|unsubscribe|bulletin)[_-]?(?:token|key)=$"
)
"""A parameter of a link to a page that numbers a visit or a mailing: every reader of the link has it."""
LONGEST_LINK = 480
"""Characters in which a link and the name of its parameter stand."""
_LEADS_TO = frozenset({"url", "uri", "href", "link", "target", "redirect", "redirect_url", "destination"})
_RIGHTS = re.compile(
    r"(?i)sub|scp|scopes?|roles?|aud|azp|client_?id|permissions|groups|user_?(?:id|name)?|uid|e-?mail|token|key|secret|password"
)
"""Names of claims that let somebody in."""
_OF_REQUESTS = re.compile(rf"{_CORRELATES.pattern}|(?:session|transaction|request|subscription)[_. -]?key$")
"""Names of numbers that tie requests together, where the value is a UUID."""


def describes(name: str) -> bool:
    """Whether a name says that its value is not the secret itself: its length, its file, the id of a request."""
    return any(pattern.search(name) for pattern in (_OTHER_NAME, _DESCRIBES, _CORRELATES))


def numbers_a_visit(line: str) -> bool:
    """Whether what stands before a value is a link up to the number of a visit or of a mailing."""
    return _VISIT.search(line[-LONGEST_LINK:]) is not None


def is_documented(value: str) -> bool:
    """Whether the value stands in the documentation of a provider."""
    return _DOCUMENTED_KEY.fullmatch(value) is not None


def claims_of(token: str) -> str:
    """What a JSON Web Token says; the empty string if it is none."""
    body = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
    except ValueError:
        return ""


def is_documented_claims(claims: str) -> bool:
    """Whether the claims of a JSON Web Token are those of its documentation."""
    return _DOCUMENTED_CLAIMS.match(claims) is not None


def only_leads_elsewhere(claims: str) -> bool:
    """Whether the claims of a JSON Web Token name a web address and no right: the token of a link in a mailing."""
    try:
        said = json.loads(claims)
    except ValueError:
        return False
    if not isinstance(said, dict) or any(_RIGHTS.fullmatch(name) for name in said):
        return False
    return any(name.lower() in _LEADS_TO and str(value).startswith("http") for name, value in said.items())


def without_documented(value: str) -> str:
    """The value without what stands in the documentation of a provider."""
    return _DOCUMENTED_KEY.sub("", value)


def is_fingerprint(value: str, name: str) -> bool:
    """Whether the value is the public number of a key that signs."""
    return _FINGERPRINT.fullmatch(value) is not None and _OF_SIGNATURES.search(name) is not None


def is_hash(value: str) -> bool:
    """Whether the value as a whole has the form of a hash, of data or of something encrypted."""
    return _HASH_FORM.match(value) is not None


def masked_or_referenced(value: str) -> Suppression | None:
    """The reasons that hold whatever the value is for."""
    if not value or REFERENCE.search(value) or REFERENCE_INSIDE.search(value):
        return Suppression.REFERENCE
    return Suppression.PLACEHOLDER if PLACEHOLDER_FORM.search(value) else None


def is_standard(value: str) -> bool:
    """Whether the value is a word everybody writes for a password, such as `secret` or `test123`."""
    return STANDARD_WORD.match(value) is not None and not re.search(r"[A-Z].*[@!#$%&*]\d{2}", value)


def against(value: str, context: Context, kind: str, vocabulary: Vocabulary) -> Suppression | None:
    """The first reason why a value with this name is no secret of `kind`, or None."""
    if PUBLIC.search(context.key) or value.startswith(_PUBLIC_VALUE):
        return Suppression.PUBLIC
    if _PUBLISHED_AT.match(context.after):
        return Suppression.PUBLIC
    if _OTHER_NAME.search(context.key) or _DESCRIBES.search(context.key):
        return Suppression.NAME
    if numbers_a_visit(context.line):
        return Suppression.NAME
    if is_fingerprint(value, context.key):
        return Suppression.PUBLIC
    if _BADGE.search(context.line) and _BADGE_TOKEN.fullmatch(value):
        return Suppression.PUBLIC
    if context.quoted and _MEMBER.match(context.after) and vocabulary.shape(value) is Shape.WORDS:
        return Suppression.CODE
    if _LICENCE_NAME.search(context.key) and _LICENCE.match(value):
        return Suppression.NAME
    reason = masked_or_referenced(value)
    if reason is not None:
        return reason
    if is_documented(value):
        return Suppression.SAMPLE
    if LOCATION.match(value):
        return Suppression.LOCATION
    figures = value.isdigit() and (kind == "password" or (kind == "secret" and len(value) >= _LEAST_FIGURES))
    if _NUMBER.match(value) and (not figures or len(value) < 5):
        return Suppression.NUMBER
    if not context.quoted and _code(value, context, vocabulary):
        return Suppression.CODE
    if _path(value, kind, vocabulary):
        return Suppression.LOCATION
    if _EXPRESSION.search(value):
        return Suppression.CODE
    named = [part for part in words(value) if not part.isdigit()]
    if not named and not value.isdigit() and kind != "password":
        return Suppression.NUMBER
    if is_standard(value) or _stands_in(value, named, vocabulary) or _echo(value, context.key):
        return Suppression.PLACEHOLDER
    if HASH_VALUE.match(value):
        return Suppression.HASH
    if _HEX.match(value) and (_HASH_NAME.search(context.key) or _HASH_BEFORE.search(context.line[-12:])):
        return Suppression.HASH
    if _SESSION.search(context.key) and (UUID.match(value) or _HEX.match(value)) and not _COOKIE.search(context.line):
        return Suppression.UUID
    if UUID.match(value) and (kind == "named" or _OF_REQUESTS.search(context.key)):
        return Suppression.UUID
    parts = len(value.split())
    if parts > 2 or (parts == 2 and vocabulary.shape(value) is not Shape.RANDOM):
        return Suppression.PROSE
    return None


def _path(value: str, kind: str, vocabulary: Vocabulary) -> bool:
    head, _, rest = value.partition("/")
    if not rest:
        return False
    starts_with_word = (
        kind != "password" and len(head) >= 5 and head.isascii() and head.isalpha() and vocabulary.surprise(head) < 4.6
    )
    return starts_with_word or ("/" in rest and vocabulary.wordy(value) >= 0.4)


def _code(value: str, context: Context, vocabulary: Vocabulary) -> bool:
    value = value.rstrip("}])") or value
    if re.search(r"\w=[A-Za-z_]\w*[,)]?$", value) and vocabulary.wordy(value) >= 0.3:
        return True
    if context.after.startswith(("(", "[", "::", "->")) or re.search(r"[({\[]", value):
        return bool(_CODE.match(value)) or context.after.startswith(("(", "[", "::", "->"))
    if not _CODE.match(value):
        return False
    wordless = len(value) >= _LEAST_WORDLESS and any(map(str.isdigit, value)) and vocabulary.wordy(value) == 0
    return not wordless and (vocabulary.shape(value) is not Shape.RANDOM or vocabulary.wordy(value) >= 0.2)


def _stands_in(value: str, named: list[str], vocabulary: Vocabulary) -> bool:
    """Whether the value is made of stand-in words, with no more than a short number or plain sign between them."""
    if vocabulary.says_placeholder(named):
        return True
    rest = len(re.sub(r"[\s_.:/-]", "", value)) - sum(map(len, named))
    return bool(named) and rest <= 2 and vocabulary.stands_in(named)


def _echo(value: str, key: str) -> bool:
    """Whether the value only repeats its own name."""
    bare = re.sub(r"[\W_]", "", value.lower())
    return bool(bare) and bare in re.sub(r"[\W_]", "", key.lower())
