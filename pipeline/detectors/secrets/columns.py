"""Passwords and other secrets in the columns of tables: one header names all values below it, however many.

Invariants: pure. Only what stands in rows is read; values behind labels are left to the rules. Time is linear in the
text, and a table is read only if a word for a credential stands in its first row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.detectors.linear import Pattern
from pipeline.detectors.secrets.views import SecretView
from pipeline.domain.documents.tables import DocumentTable, TableColumn, table_at
from pipeline.domain.documents.tables_in_markup import tables_in_markup

_LOGIN_WORDS = (
    r"passwords?|pass|passwd|passphrase|passcode|pwd?|passwort|passwörter|kennwort|kennwörter|zugangscode"
    r"|contraseña|contrasena|clave|senha|palavra passe|mot de passe|mots de passe|mdp|wachtwoord|hasło|haslo|heslo"
    r"|lösenord|losenord|adgangskode|passord|salasana|jelszó|parola|parolă|şifre|sifre|пароль|пароли|лозинка|κωδικός|סיסמה|密码|密碼|口令"
    r"|パスワード|비밀번호|암호|รหัสผ่าน|mật khẩu|kata sandi"
)
_KEY_WORDS = (
    r"secrets?|secret key|client secret|shared secret|api key|apikey|api token|access key|access token|auth token"
    r"|tokens?|private key|license key|licence key|psk|pre shared key|snmp community|community string|totp|otp|otpauth"
    r"|seed|recovery codes?|backup codes?|密钥|秘钥|ключ|秘密鍵"
)
_HEADER = re.compile(
    rf"(?:^|.* )(?:(?P<login>{_LOGIN_WORDS})|(?P<key>{_KEY_WORDS}))"
    r"(?: (?:\d{1,2}|plain|plaintext|clear|text|new|old|current|initial|default|temporary|temp|neu|alt|value))?"
)
_ACCOUNT = re.compile(
    r"(?:^|.* )(?:users?|username|user name|logins?|accounts?|e ?mail|benutzer|benutzername|nutzer|konto|usuario"
    r"|utilisateur|compte|identifiant|utente|gebruiker|użytkownik|пользователь|логин|用户|用户名|账号|ユーザー?|사용자"
    r"|url|urls|uri|host|hostname|server|site|website|système|system)"
)
_NOTE = re.compile(r"\s*[(\[][^()\[\]]{0,30}[)\]]\s*$")
_NOT_IN_HEADERS = re.compile(r"[=:;/\\<>{}$@\"'`]|\(\)|\*\w|\w\(")
"""Signs of addresses and of code, whose lines can look like rows."""
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_SIGNS = frozenset("*_'`")
_LEAST_PLAIN = 3
"""Words below a header from which on they can be weak passwords, if all differ."""
_WORDS_OF_A_HEADER = 3
_LONGEST_HEADER = 48
_LONGEST_VALUE = 200
_HEADER_CELL = Pattern(
    r"(?i)(?:pass|pw|kennw|zugangsc|contrase|clave|senha|mdp|wachtw|hasło|haslo|heslo|senord|adgangsk|salasana|jelszó|parol"
    r"|sifre|şifre|парол|лозинк|κωδικ|סיסמה|密|口令|パスワード|비밀번호|암호|รหัส|mật kh|kata sandi"
    r"|secret|token|key|psk|community|otp|seed|recovery|backup|ключ)[^\n|,;\t]{0,20}(?:[|,;\t\n\])<]|  )"
)
"""A cell that may be a header: a word for a credential with a separator of cells not far behind it."""


@dataclass(frozen=True, slots=True)
class CellOfSecrets:
    """A cell below a header that names credentials."""

    start: int
    end: int
    header: str
    password: bool
    has_account: bool
    """Another column of its table names users, accounts or places to log in."""
    value: str = field(repr=False)


def secret_cells(view: SecretView) -> Iterator[CellOfSecrets]:
    """Every cell below such a header, of every table whose first row is the row of headers."""
    given: set[tuple[int, int]] = set()  # a tuple on each line of a program is a row for both readers
    for table in _tables(view):
        named = [(column, found) for column in table.columns if (found := _named(column.header))]
        account = bool(named) and _has_account(table)
        for column, kind in named:
            for cell in _cells(view.text, column, password=kind == "login", account=account):
                if (cell.start, cell.end) not in given:
                    given.add((cell.start, cell.end))
                    yield cell


def _tables(view: SecretView) -> Iterator[DocumentTable]:
    """Tables with a word for a credential in their first row, and those in HTML and arrays."""
    text, done, named = view.text, 0, False
    for spans in _HEADER_CELL.find(view.data):
        named = True
        start = view.characters(*spans[""])[0]
        if start < done:
            continue
        begin = text.rfind("\n", 0, start) + 1
        if text[begin:start].lstrip(" \t")[:1] == "(":
            continue  # a tuple of a program, which is a row of an array
        table, done = table_at(text, begin)
        if table is None:
            # One line of prose can look like a row under another, but not under one that names accounts as well.
            table, done = table_at(text, begin, of_one_row=True)
            table = table if table is not None and _has_account(table) and _is_short(table) else None
        if table is not None:
            yield table
    if named:
        yield from tables_in_markup(text)


def _is_short(table: DocumentTable) -> bool:
    """Whether no header is as long as a phrase of a sentence."""
    return all(len(_words(column.header).split()) <= _WORDS_OF_A_HEADER for column in table.columns)


def _has_account(table: DocumentTable) -> bool:
    return any(_ACCOUNT.fullmatch(_words(column.header)) for column in table.columns)


def _cells(text: str, column: TableColumn, *, password: bool, account: bool) -> Iterator[CellOfSecrets]:
    cells = zip(column.starts, column.ends, strict=True)
    spans = [_with_signs(text, start, end) for start, end in cells if end - start <= _LONGEST_VALUE]
    plain = [text[start:end] for start, end in spans if is_plain_word(text[start:end])]
    # A column of states such as "changed" and "expired" repeats them; a column of weak passwords seldom does.
    weak = account and len(plain) >= _LEAST_PLAIN and len(set(plain)) == len(plain)
    if weak or len(plain) <= len(spans) / 2:
        for start, end in spans:
            yield CellOfSecrets(start, end, column.header, password, account, text[start:end])


def _with_signs(text: str, start: int, end: int) -> tuple[int, int]:
    """A cell with the signs at one of its ends that were taken for emphasis or quotation."""
    before, after = text[start - 1 : start], text[end : end + 1]
    if after in _SIGNS and after != before:
        end = next((at for at in range(end, len(text)) if text[at] not in _SIGNS), len(text))
    elif before in _SIGNS and after != before:
        start = next((at + 1 for at in range(start - 1, -1, -1) if text[at] not in _SIGNS), 0)
    return start, end


def is_plain_word(value: str) -> bool:
    """Whether a value is one word of a language, in any of its spellings."""
    return value.isalpha() and (value.islower() or value.isupper() or value.istitle())


def _named(header: str) -> str | None:
    """Whether a header names passwords or other secrets."""
    if not 0 < len(header) <= _LONGEST_HEADER or _NOT_IN_HEADERS.search(header):
        return None
    found = _HEADER.fullmatch(_words(_NOTE.sub("", header)))
    return found.lastgroup if found else None


def _words(header: str) -> str:
    return _BETWEEN_WORDS.sub(" ", _CAMEL.sub(" ", header)).strip().lower()
