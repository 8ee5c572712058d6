"""A header that names credentials is context for its whole column, wherever it stands and however long it is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forms import action, passwords

from pipeline.detectors.secrets.columns import secret_cells
from pipeline.detectors.secrets.views import plain
from pipeline.domain.documents.documents import Action

HEADERS = (
    *("password", "Password", "login_password", "dbPassword", "Root password", "PWD", "Passwort", "WLAN-Kennwort"),
    *("Mot de passe", "contraseña", "Senha", "wachtwoord", "Hasło", "Пароль", "密码", "パスワード", "비밀번호"),
    *("password (old)", "initial password"),
)
KEYS = ("api key", "client_secret", "access token", "SNMP community")
OTHERS = ("system", "user", "note", "since", "place", "owner")


def quoted(rows: list[list[str]]) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows) + "\n"


def markdown(rows: list[list[str]]) -> str:
    head, *body = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join((head, "|" + "---|" * len(rows[0]), *body)) + "\n"


def grid(rows: list[list[str]]) -> str:
    rule = "+" + "-----+" * len(rows[0])
    return "\n".join((rule, *(f"| {' | '.join(row)} |\n{rule}" for row in rows)))


def aligned(rows: list[list[str]]) -> str:
    return "\n".join("   ".join(cell.ljust(24) for cell in row).rstrip() for row in rows) + "\n"


def html(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [f"<tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>"]
    lines += [f"<tr>\n{''.join(f'<td><code>{cell}</code></td>' for cell in row)}\n</tr>" for row in body]
    return '<table class="plain">\n' + "\n".join(lines) + "\n</table>"


def tuples(rows: list[list[str]]) -> str:
    return "ROWS = [\n" + "".join(f"    ({', '.join(map(repr, row))}),\n" for row in rows) + "]\n"


def columns_and_rows(rows: list[list[str]]) -> str:
    return json.dumps({"columns": rows[0], "rows": rows[1:]}, ensure_ascii=False)


FORMATS = {
    "comma": lambda rows: "\n".join(map(",".join, rows)) + "\n",
    "semicolon": lambda rows: "\n".join(map(";".join, rows)),
    "tab": lambda rows: "\n".join(map("\t".join, rows)) + "\n",
    "quoted": quoted,
    "Markdown": markdown,
    "grid": grid,
    "blanks": aligned,
    "HTML": html,
    "arrays": lambda rows: json.dumps(rows, ensure_ascii=False),
    "tuples": tuples,
    "columns and rows": columns_and_rows,
}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(HEADERS + KEYS),
    st.lists(passwords(), min_size=2, max_size=9),
    st.data(),
)
def test_every_cell_below_the_header_counts(form: str, header: str, values: list[str], data: st.DataObject) -> None:
    values = [f"{value}Zq4wX9rT2" if header in KEYS else value for value in values]
    before = data.draw(st.integers(0, len(OTHERS) - 1))
    names = [*OTHERS[:before], header, *OTHERS[before:]]
    rows = [[value if name == header else f"cell{line}" for name in names] for line, value in enumerate(values)]
    text = f"The accounts of this year.\n\n{FORMATS[form]([names, *rows])}\nThat is all.\n"
    assert [cell.value for cell in secret_cells(plain(text))] == values
    assert action(text) is not Action.ADMIT


def test_a_column_counts_to_the_end_of_a_long_table() -> None:
    rows = [f"s{number},k7Qx{number:05}!mW,u" for number in range(20_000)]
    text = "system,password,user\n" + "\n".join(rows)
    assert len(list(secret_cells(plain(text)))) == len(rows)


def test_one_row_counts_below_headers_that_name_accounts_too() -> None:
    text = "url,username,password,totp\nhttps://acme.test,ann,k7Qx4mWz9Lp,\n"
    assert [cell.value for cell in secret_cells(plain(text))] == ["k7Qx4mWz9Lp"]
    prose = "the host, the note and the password\nthe cat, the dog and k7Qx4mWz9Lp\n"
    assert list(secret_cells(plain(prose))) == []


def test_a_label_in_a_row_of_html_names_the_cell_next_to_it() -> None:
    text = "<table><tr><td>User</td><td>ann</td></tr><tr><td>Password</td><td>k7Qx4mWz9Lp</td></tr></table>"
    assert "k7Qx4mWz9Lp" in [cell.value for cell in secret_cells(plain(text))]


def test_weak_passwords_of_words_count_next_to_accounts() -> None:
    assert action("user;password\nann;sunflower\nbo;butterfly\ncy;dragonfly\n") is not Action.ADMIT


@pytest.mark.parametrize(
    "text",
    [
        "field,type,password\na,text,required\nb,number,optional\n",
        "user,password\nann,********\nbo,********\n",
        "user,password\nann,${ANN_PASSWORD}\nbo,${BO_PASSWORD}\n",
        "user;Passwort;Rolle\nann;geändert;x\nbo;abgelaufen;y\n",
        "user,password last set,days\nann,2026-01-01,12\nbo,2026-02-01,13\n",
        "word,token,count\nthe,12,4\nhouse,14,5\n",
        "| Name | Secret | Where |\n|---|---|---|\n| db | db-credentials | vault |\n| mq | mq-credentials | vault |\n",
        "| Table | Primary key |\n|---|---|\n| people | person_id |\n| orders | order_id |\n",
        'call(\n    "https://acme.test/access_token",\n    text="access_token=urlencoded",\n)\n',
        "<table><tr><th>Option</th><th>Secret</th></tr><tr><td>name</td><td>no</td></tr></table>",
        'FIELDS = [("name", "label"), ("password", "Password"), ("token", "Token")]',
        "int derive(const char *pass,\n    int passlen,\n    KEY_INFO_P8 *info,\n    int b8);\n",
        "The password, the token and the key\nare kept, as always, in the vault, and nowhere else.\n",
    ],
)
def test_a_table_without_a_secret_keeps_nothing_out(text: str) -> None:
    assert action(text) is Action.ADMIT
