"""Law 2: a tag in the form of another tool, format or language is a problem, and ordinary texts are none."""

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.front_matter import front_matter
from pipeline.domain.declarations.lookalikes import stated, stated_problems
from pipeline.domain.identity.permissions import Classification

FILLER = "The tide tables of the estuary hang at the lock. "

Carrier = Callable[[str, str], str]


def notebook(key: str, value: str) -> str:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [FILLER] * 600}]
    return json.dumps({"cells": cells, "metadata": {key: value}, "nbformat": 4})


CARRIERS: dict[str, Carrier] = {
    "note.md arrow": lambda key, value: f"{key} -> {value}\n\n{FILLER}",
    "note.md dash": lambda key, value: f"{key.title()} \u2013 {value}\n\n{FILLER}",
    "note.md spaces": lambda key, value: f"{key}   {value}\n\n{FILLER}",
    "note.md row": lambda key, value: (
        f"# Locks\n\n| Field | Value |\n|---|---|\n| {key.title()} | {value} |\n\n{FILLER}"
    ),
    "note.md dataview": lambda key, value: f"# Locks\n[{key}:: {value}] and more\n\n{FILLER}",
    "note.md reference": lambda key, value: f'[tags]: # "{key}: {value}"\n\n{FILLER}',
    "note.md blank lines": lambda key, value: f"+++\ntitle = 'x'\n\n[access]\n\n{key} = '{value}'\n+++\n{FILLER}",
    "note.md inline": lambda key, value: f"+++\naccess = {{ {key} = '{value}' }}\n+++\n{FILLER}",
    "note.md object": lambda key, value: json.dumps({"notes": FILLER * 500, key: value}) + f"\n\n{FILLER}",
    "note.mdx": lambda key, value: f"export const meta = {{ {key}: '{value}' }}\n\n{FILLER}",
    "note.org": lambda key, value: f"#+TITLE: Locks\n#+PROPERTY: {key} {value}\n\n{FILLER}",
    "note.py": lambda key, value: f'"""{FILLER}"""\n__{key}__ = "{value}"\n',
    "note.js": lambda key, value: f"/**\n * @{key} {value}\n */\n// {FILLER}",
    "note.csv": lambda key, value: f"{key},{value}\nid,note\n1,{FILLER}\n",
    "note.yaml": lambda key, value: f"text: |\n  {FILLER}\n" + "more: 1\n" * 90 + f"{key}: {value}\n",
    "note.toml": lambda key, value: "text = 1\n" + "\n# more\n" * 90 + f'{key} = "{value}"\n',
    "note.json": lambda key, value: json.dumps({"pages": [FILLER] * 600, key: value}),
    "note.json nested": lambda key, value: json.dumps({"text": FILLER, "about": {"rights": {key: [value]}}}),
    "note.json twice": lambda key, value: f'{{"{key}": "public", "{key}": "{value}", "text": "x"}}',
    "note.ipynb metadata": notebook,
    "note.ipynb cell": lambda key, value: json.dumps(
        {"cells": [{"cell_type": "raw", "source": ["---\n", f"{key}: {value}\n", "---"]}]}
    ),
    "note.eml": lambda key, value: "X-Trace: a\n" * 90 + f"From: a\nX-{key.title()}: {value}\n\n{FILLER}",
    "note.xml element": lambda key, value: f"<?xml version='1.0'?>\n<doc><{key}>{value}</{key}><p>{FILLER}</p></doc>",
    "note.xml attribute": lambda key, value: f"<?xml version='1.0'?>\n<doc\n {key}='{value}'><p>{FILLER}</p></doc>",
    "note.xml instruction": lambda key, value: f"<?xml version='1.0'?>\n<?{key} {value}?>\n<doc>{FILLER}</doc>",
    "note.xml field": lambda key, value: f"<?xml version='1.0'?>\n<doc><field name='{key}'>{value}</field></doc>",
    "note.xml property": lambda key, value: (
        f"<?xml version='1.0'?>\n<doc><property name='{key}' value='{value}'/></doc>"
    ),
    "note.md comment at the end": lambda key, value: f"{FILLER}\n\n" * 90 + f"<!-- {key}: {value} -->\n",
    "note.md label": lambda key, value: f"[{key}]: {value}\n\n{FILLER}",
    "note.md below": lambda key, value: f"{key.title()}\n: {value}\n\n{FILLER}",
    "note.md after headers": lambda key, value: (
        "Title: a\nOwner: b\nDate: c\nState: d\n\n" + f"{key}: {value}\n\n{FILLER}"
    ),
    "note.html bare": lambda key, value: f"<html><head><meta name={key} content={value}></head>{FILLER}</html>",
    "note.html http": lambda key, value: f"<html><meta http-equiv='{key}' content='{value}'>{FILLER}</html>",
    "note.html sign": lambda key, value: f"<html><meta name='a>b'><meta content='{value}' name='{key}'>{FILLER}</html>",
    "note.html late": lambda key, value: (
        f"<html><style>{'p {}' * 9_000}</style><meta name='{key}' content='{value}'></html>"
    ),
    "note.html data": lambda key, value: f"<html data-{key}='{value}'><p>{FILLER}</p></html>",
    "note.html comment": lambda key, value: f"<html><p>{FILLER * 500}</p></html><!-- {key}: {value} -->",
    "note.html script": lambda key, value: f"<html><script>var m = {{{key}: '{value}'}}</script><p>{FILLER}</p></html>",
    "note.json list": lambda key, value: json.dumps([{"title": "Locks", "text": FILLER}, {key: [value]}]),
    "note.json records": lambda key, value: json.dumps({"text": FILLER, "pages": [{key: [value]}]}),
    "note.json pair": lambda key, value: json.dumps({"text": FILLER, "about": [{"name": key, "n": 1, "value": value}]}),
    "note.json pair reversed": lambda key, value: json.dumps([[{"v": [value], "key": key}]]),
    "note.yaml pair": lambda key, value: f"text: a\nabout:\n  - name: {key}\n    type: b\n    value: {value}\n",
    "note.yaml list": lambda key, value: f"- title: a\n- {key}: {value}\n",
    "note.yaml below": lambda key, value: f"text: a\naccess:\n  {key}: {value}\n",
    "note.yaml anchors": lambda key, value: f"a: &a 1\nb: *a\nabout:\n  - key: {key}\n    value: {value}\n",
    "note.toml pair": lambda key, value: f"text = 'a'\n[[about]]\nname = '{key}'\nvalue = '{value}'\n",
    "note.toml inline": lambda key, value: f"about = [{{ value = '{value}', order = 1, key = '{key}' }}]\n",
    "note.toml broken": lambda key, value: f"a = \n[[about]]\nname = '{key}'\nvalue = '{value}'\n",
    "note.properties": lambda key, value: f"text=a\nname={key}\nvalue={value}\n",
    "note.xml pair": lambda key, value: f"<?xml version='1.0'?>\n<a><name>{key}</name> <value>{value}</value></a>",
    "note.xml title": lambda key, value: (
        f"<?xml version='1.0'?>\n<a><title>{key}</title><para>{value}</para><para>{FILLER}</para></a>"
    ),
    "note.xml inside": lambda key, value: f"<?xml version='1.0'?>\n<a><item key='{key}'><b>{value}</b></item></a>",
    "note.html terms": lambda key, value: f"<html><dl><dt>{key}</dt><dd>{value}</dd></dl><p>{FILLER}</p></html>",
    "note.md list of pairs": lambda key, value: f"---\nabout:\n  - {{name: {key}, value: '{value}'}}\n---\n{FILLER}",
    "note.html data block": lambda key, value: f'<html><script type="a">{{"{key}":"{value}"}}</script>{FILLER}</html>',
}

tags = st.one_of(
    st.tuples(
        st.sampled_from(["classification", "clasification", "classified", "security_classification"]),
        st.sampled_from(["confidential", "restricted", "confidental", "secret", "Confidential"]),
    ),
    st.tuples(st.sampled_from(["allow", "deny", "denied", "alow"]), st.sampled_from(["group:hr", "user:ada"])),
)


@given(tags, st.sampled_from(sorted(CARRIERS)))
def test_law_02_a_tag_in_another_form_is_a_problem(tag: tuple[str, str], carrier: str) -> None:
    text = CARRIERS[carrier](*tag)
    problems = front_matter(text, carrier.partition(" ")[0]).problems
    assert problems
    assert tag[1] not in " ".join(problems)


def test_law_02_readers_that_are_elements_are_seen() -> None:
    page = "<doc><access><allow><principal kind='a'>group:hr</principal></allow></access><p>Text</p></doc>"
    assert front_matter(page, "note.xml").problems


@pytest.mark.parametrize("carrier", CARRIERS)
def test_law_02_every_other_form_is_seen(carrier: str) -> None:
    for tag in (("classification", "restricted"), ("deny", "user:ada")):
        assert front_matter(CARRIERS[carrier](*tag), carrier.partition(" ")[0]).problems


@pytest.mark.parametrize(
    "block",
    [
        "confidential: true",
        "is_restricted: yes",
        "allow-for: [hr]",
        "acl: {read: [group:hr]}",
        "rights: [{principal: group:hr, may: read}]",
        "permissions: {group:hr: read}",
        "extra: {visible_to: user:ada}",
        "author: user:ada\nreaders: user:ada",
    ],
)
def test_law_02_a_key_that_is_not_a_tag_and_names_readers_is_a_problem(block: str) -> None:
    assert front_matter(f"---\n{block}\n---\n{FILLER}").problems


@pytest.mark.parametrize(
    "text",
    [
        "---\nauthor: user:ada\nreviewers: [user:bo, group:docs]\ncreated_by: user:ada\n---\n",
        "---\nrestricted: false\nallow_comments: true\nallow_for_print: true\nrestricted_area: yes\n---\n",
        "---\nspec: {owner: user:ada, service: service:pump}\n---\n",
        "+++\ntitle = 'Locks'\n\n[menu.main]\n\nweight = 1\n[params]\nallow = true\n+++\n",
        "HTTP/1.1 405 Method Not Allowed\nAllow: GET, HEAD, POST\n\n",
        "Open until 2027-05-01\nEntry: free\n\n",
        "# Locks\n\n| Setting | Meaning |\n|---|---|\n| allow | who may enter |\n| deny | nobody |\n\n",
        "Data classification policy\n\n",
        "Classifieds: private sales\n\n",
        "<policy><rule effect='allow'>read</rule><deny>write</deny><field name='title'>restricted</field></policy>",
        "# Tags\n\nText.\n\nText.\n\n<!-- Readers: see below.\nclassification: restricted is an example. -->\n",
        '{"publishConfig": {"access": "restricted"}, "items": [{"name": "classification", "value": 0.3}]}',
        "<html><iframe allow='camera; fullscreen' src=a></iframe><meta name=classification content=Business></html>",
        "<html><!--[if lt IE 9]><p>old</p><![endif]--><ul class='allow-list'><li>Allow</li></ul></html>",
        "id,classification,allow,note\n1,whales,boats,lamps\n",
        "<t><tr><th>Classification</th><th>Public</th><th>Confidential</th></tr></t>",
        "env:\n  - name: TENANT\n    value: acme\n  - name: ALLOW\n    value: 'true'\n",
        "location / {\n  allow 10.0.0.0/8;\n  deny all;\n}\n",
    ],
)
def test_ordinary_files_of_other_tools_declare_nothing(text: str) -> None:
    assert front_matter(text + FILLER, "note.md") == Declared()


WORDS = ["Tenant", "TENANT", "Tenancy", "Allowed", "Allow", "Deny", "Denied"]
LEASES = ("{}\n\n", "# Lease\n\n{}\n\n", "# Lease\n{}\n\n", "Landlord: Jones\n{}\nRent: 900\n\n", "{}\nIn the yard.\n")
HEADS = ("Title: Locks\n{}: hr\n\n", "Owner: ada\n{}: hr, staff\n\n", "# Locks\n\n{}: [hr]\n\n")


@given(st.sampled_from(WORDS), st.sampled_from(["Smith", "bicycles", "dogs, cats", "Acme"]), st.sampled_from(LEASES))
def test_words_of_contracts_and_house_rules_declare_nothing(word: str, value: str, form: str) -> None:
    assert front_matter(form.format(f"{word}: {value}") + FILLER, "note.md") == Declared()


@given(st.sampled_from(WORDS), st.sampled_from(HEADS))
def test_law_02_the_same_words_in_the_head_of_a_document_are_problems(word: str, form: str) -> None:
    assert front_matter(form.format(word) + FILLER, "note.md").problems
    assert front_matter(form.format(word.lower()) + FILLER, "note.md").problems


@pytest.mark.parametrize(
    "line",
    [
        "tenant: acme",
        "allow: hr",
        "denied: bo",
        "<!-- Allow: hr -->",
        "X-Deny: bo",
        "Allowed groups: hr",
        "Deny: user:a",
    ],
)
def test_law_02_a_tag_that_is_written_as_programs_do_is_a_problem(line: str) -> None:
    assert front_matter(f"{line}\n\n{FILLER}", "note.md").problems


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("---\n\nclassification: confidential\n\ndeny: [ada]\n\n---\n\nBody", ["classification", "deny"]),
        ("Locks\n\nClassification: Confidential\nAllow: group:hr\n\nBody", ["classification", "allow"]),
        ("| Owner | Ada |\n| --- | --- |\n| Classification | Strictly confidential |", ["classification"]),
        ("From: a\nSubject: b\n\n---\nallow: [group:hr]\n---\nBody", ["allow"]),
        ("Classification\nConfidential\n\nOwner\nAda", ["classification"]),
        ("A\n\nB\n\nC\n\nClassification: confidential papers stay here", []),
        ("Classification: whales and dolphins of the estuary\n\nDeny: refuse", []),
    ],
)
def test_law_02_what_the_words_of_another_format_say_is_seen(text: str, keys: list[str]) -> None:
    assert [tag.key for tag in stated(text)] == keys


def test_words_that_say_what_holds_anyway_are_fine_and_any_other_level_is_a_problem() -> None:
    tags = stated("Locks\n\nClassification: Internal\n\nBody")
    assert stated_problems(tags, Classification.INTERNAL) == ()
    assert stated_problems(tags, Classification.CONFIDENTIAL) == (
        "Line 3 of its text looks like `classification` and is not read there: declare it in a metadata file.",
    )
    assert stated_problems(stated("Classification: secret"), Classification.RESTRICTED)


HOSTILE = {
    "openings": "<a " * 100_000,
    "quotes": "<a " + '"<a "' * 60_000,
    "mixed quotes": "<a \"<a '" * 40_000,
    "comments": "<!-- deny: " * 30_000,
    "scripts": "<script>" * 40_000,
    "pairs": "<script>" + "abc='" * 50_000,
    "attributes": "<a " + "b=c " * 80_000 + ">",
    "elements": "<abc> " * 50_000,
    "objects": '{"a":' * 60_000,
    "lists": "[" * 300_000,
    "references": "[a]: # (" * 40_000,
    "at signs": "a@" * 150_000,
    "keys": "allow:" * 50_000,
    "lines": "\n" * 300_000,
    "invisible": "\u200b" * 300_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_law_15_no_text_takes_long_to_look_at(kind: str) -> None:
    started = time.process_time()
    front_matter(HOSTILE[kind], "note.yaml")
    stated(HOSTILE[kind])
    assert time.process_time() - started < 60, "more than a linear look takes minutes"
