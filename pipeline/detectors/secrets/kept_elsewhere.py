"""Values that only their owner can open, and addresses of values that a store keeps, by their whole form.

An encrypted value has a form that no password has: SOPS and eyaml name cipher, initialisation vector and tag; a
SealedSecret is longer than any credential. An address has the account and the version of a store in it.

Invariants: pure and linear. A prefix alone lowers nothing (law 5).
"""

import base64
import re
from collections.abc import Iterator

from pipeline.detectors.secrets.suppressions import Suppression

_BASE64 = r"[A-Za-z0-9+/]"
_ENCRYPTED = re.compile(
    rf"ENC\[AES256_GCM,data:{_BASE64}*={{0,2}},iv:{_BASE64}{{42,44}}={{0,2}},tag:{_BASE64}{{22}}={{0,2}},type:[a-z]{{1,12}}\]"
    rf"|ENC\[(?:PKCS7|GPG),{_BASE64}{{100,8000}}={{0,2}}\]"
)
_WITH_PASSWORD = re.compile(rf"\bENC\(((?:{_BASE64}{{4}}){{6,400}}(?:{_BASE64}{{2}}==|{_BASE64}{{3}}=)?)\)")
_BLOCK = 8
"""Bytes that the salt and the blocks of a cipher are a multiple of (Jasypt)."""
_SEALED = re.compile(rf"(?<![A-Za-z0-9+/])Ag{_BASE64}{{200,16000}}={{0,2}}(?![A-Za-z0-9+/=])")
_SEALED_KIND = re.compile(r"[\"']?\bkind[\"']?\s{0,3}:\s{0,3}[\"']?SealedSecret\b")
_ADDRESS = re.compile(
    r"(?i)https://[a-z0-9-]{3,24}\.vault(?:\.usgovcloudapi|\.azure)\.(?:net|cn|us)(?::443)?/(?:secrets|keys|certificates)"
    r"/[a-z0-9-]{1,127}/[0-9a-f]{32}(?![\w/])"
    r"|arn:aws[\w-]{0,10}:secretsmanager:[a-z0-9-]{4,20}:\d{12}:secret:(?-i:[A-Za-z]{1,24}(?:[/_-][A-Za-z0-9]{1,24}){0,8})"
    r"-[A-Za-z0-9]{6}(?![\w+=.@/-])"
)
_DIGIT = re.compile(r"\d")
_NAME = re.compile(r":secret:(.*)-[A-Za-z0-9]{6}$")
_MOST_DIGITS = 4
"""Figures in the name of a stored value: more of them look generated."""


def kept_elsewhere(text: str) -> Iterator[tuple[int, int, Suppression]]:
    """The spans of all encrypted values and addresses of stored values in `text`, each with its reason."""
    if "ENC[" in text:
        for found in _ENCRYPTED.finditer(text):
            yield *found.span(), Suppression.REFERENCE
    if "ENC(" in text:
        for found in _WITH_PASSWORD.finditer(text):
            if len(base64.b64decode(found[1])) % _BLOCK == 0:
                yield *found.span(), Suppression.REFERENCE
    if "SealedSecret" in text and _SEALED_KIND.search(text):
        for found in _SEALED.finditer(text):
            yield *found.span(), Suppression.REFERENCE
    if ".vault." in text or "secretsmanager" in text:
        for found in _ADDRESS.finditer(text):
            name = _NAME.search(found[0])
            if name is None or len(_DIGIT.findall(name[1])) <= _MOST_DIGITS:
                yield *found.span(), Suppression.REFERENCE
