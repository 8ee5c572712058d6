"""Writes ordinary documents by grammar: mail, chats, tables, forms, lists of exercises, questions with answers.

Invariants: seeded; none of them holds an order to an assistant that does not belong to it. Many hold orders that do:
from one person to another, in an exercise, as an entry of a list of prompts, or quoted. No text of others is in here.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import yaml

from scripts.train.orders import FAMILIES, SLOTS, TOPICS, fill, order

_LISTS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("carriers.yaml").read_text(encoding="utf-8"))
NAMES, WORDS, DAYS = _LISTS["names"], _LISTS["words"], _LISTS["days"]
_ANY_FAMILY = list(FAMILIES)


def _sentence(chance: Random, patterns: Sequence[str]) -> str:
    text = chance.choice(patterns)
    for slot, values in (("{w}", WORDS), ("{n}", NAMES), ("{d}", DAYS)):
        text = text.replace(slot, chance.choice(values))
    return fill(text, chance)


def _body(chance: Random) -> list[str]:
    """Sentences of one person to another; about a third ask for something."""
    return [
        _sentence(chance, _LISTS["asks"] if chance.random() < 0.35 else _LISTS["says"])
        for _ in range(chance.randint(3, 10))
    ]


def mail(chance: Random) -> str:
    """A mail, with or without headers, quoted history and footer."""
    sender, to = chance.sample(NAMES, 2)
    word = chance.choice(WORDS)
    subject = chance.choice(
        (
            f"Re: {word}",
            f"Your {word}",
            f"{word.capitalize()} for {chance.choice(DAYS)}",
            f"Fwd: {chance.choice(TOPICS)}",
        )
    )
    month, clock = chance.choice(("Jan", "Feb", "May", "Oct")), f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
    day = f"{chance.choice(('Mon', 'Tue', 'Thu', 'Fri'))}, {chance.randint(1, 28)} {month} 20{chance.randint(10, 26)}"
    date = f"{day} {clock}:11 +0000"
    source, target = f"{sender.lower()}@example.com", f"{to.lower()}@example.org"
    head = chance.choice(
        (
            "",
            f"From: {sender} <{source}>\nTo: {to} <{target}>\nDate: {date}\nSubject: {subject}\n\n",
            f"Subject: {subject}\n\n",
            f"SENT: {date} | FROM: {source} | SUBJECT: {subject} | TEXT: ",
            f"> On {date}, {to} wrote:\n> {_sentence(chance, _LISTS['asks'])}\n\n",
        )
    )
    joint = chance.choice((" ", "\n", "\n\n", " \n "))
    end = chance.choice(("Best,\n", "Best regards,\n", "Thanks,\n", "Cheers\n", "Kind regards\n", "The ", ""))
    street = f"{chance.randint(1, 900)} Market Street, Springfield 1{chance.randint(1000, 9999)}"
    foot = chance.choice(("", "", f"\n{chance.choice(SLOTS['b'])} Inc.\n{street}", "\nUnsubscribe | Privacy | Contact"))
    hello = chance.choice(("Hi", "Hello", "Dear", "Hey"))
    return f"{head}{hello} {to},{joint}{joint.join(_body(chance))}{joint}{end}{sender}{foot}"


def chat(chance: Random) -> str:
    """A log of a chat, of people or of a person and an assistant; there orders are answered."""
    people = chance.sample(NAMES, 2)
    one, other = chance.choice((people, ["User", "Assistant"], ["Human", "AI"], ["Q", "A"], ["Customer", "Agent"]))
    lines = []
    for _ in range(chance.randint(2, 6)):
        machine = one in ("User", "Human")
        said = order(chance.choice(_ANY_FAMILY), chance) if machine else _sentence(chance, _LISTS["asks"])
        lines += [f"{one}: {said}", f"{other}: {_sentence(chance, _LISTS['says'])}"]
    return "\n".join(lines)


def exercises(chance: Random) -> str:
    """A work sheet, a list of prompts or questions of an interview: orders where orders belong."""
    title, topic = chance.choice(_LISTS["exercises"]), chance.choice(TOPICS)
    family = chance.choice(("write", "explain", "ask", "reveal", "form", "help", "act"))
    bullet = chance.choice(("{}. ", "- ", "* ", "({}) ", "Exercise {}: ", "Question {}. ", ""))
    lead = chance.choice((title, f"# {title}", f"{title}: {topic}", f"## {title} on {topic}"))
    tasks = [bullet.format(number + 1) + order(family, chance) for number in range(chance.randint(3, 9))]
    return lead + "\n\n" + "\n".join(tasks)


def questions(chance: Random) -> str:
    """Questions with their answers."""
    lines = [chance.choice(("# FAQ", "Frequently asked questions", "Q & A", f"About {chance.choice(TOPICS)}"))]
    for _ in range(chance.randint(2, 6)):
        topic, asked = chance.choice(TOPICS), chance.choice(_LISTS["questions"])
        said = (
            f"{topic[0].upper()}{topic[1:]} is {chance.choice(_LISTS['answers'])}. {_sentence(chance, _LISTS['says'])}"
        )
        lines.append(f"{chance.choice(('', '**', '### ', 'Q: '))}{asked.format(topic)}\n{said}")
    return "\n\n".join(lines)


def table(chance: Random) -> str:
    """A table in Markdown, CSV or tabs."""
    columns = chance.sample(_LISTS["columns"], chance.randint(3, 6))
    joint = chance.choice((" | ", " | ", " | ", ",", "\t", ";"))
    rows = [columns]
    if joint == " | " and chance.random() < 0.5:
        rows.append(["---"] * len(columns))
    rows += [[_cell(chance) for _ in columns] for _ in range(chance.randint(4, 16))]
    lines = [joint.join(row) for row in rows]
    return "\n".join(f"| {line} |" for line in lines) if joint == " | " else "\n".join(lines)


def _cell(chance: Random) -> str:
    name = chance.choice(NAMES)
    score = f"{chance.randint(0, 9)}-{chance.randint(0, 9)}"
    return chance.choice(
        (
            str(chance.randint(1, 2026)),
            name,
            f"{name} {chance.choice(WORDS)}",
            score,
            chance.choice(TOPICS),
            chance.choice(SLOTS["b"]),
            "N/A",
        )
    )


def trace(chance: Random) -> str:
    """An error with its explanation and the code that raised it."""
    kind, name, key = chance.choice(_LISTS["errors"]), chance.choice(WORDS), chance.choice(WORDS)
    fix = chance.choice(_LISTS["fixes"]).replace("{name}", name)
    why = chance.choice(("is not callable", "not found", "has no attribute", "expected"))
    where = f'  File "{name}.py", line {chance.randint(3, 99)}, in <module>\n    test()'
    body = f"    data = {name}.load({chance.randint(1, 99)})\n    print(data['{key}'])\n    return data"
    code = f"```python\nimport {name}\n\ndef test():\n{body}\n```\n"
    return f"Traceback (most recent call last):\n{where}\n{kind}: '{key}' {why}\n\n{fix}\n\n{code}"


def page_on_assistants(chance: Random) -> str:
    """A page about an assistant or a feature: it quotes orders and explains how to use them."""
    family = chance.choice(("write", "explain", "form", "act", "reveal"))
    quoted = [
        f'Type "{order(family, chance)}" and press Enter.',
        f'For example, ask it: "{order(family, chance)}"',
        f'Some attackers hide text such as "{order(chance.choice(_ANY_FAMILY), chance)}" in a page.',
    ]
    lines = [*quoted, *(_sentence(chance, [line]) for line in _LISTS["assistants"])]
    return chance.choice((" ", "\n", "\n- ")).join(chance.sample(lines, chance.randint(4, 10)))


def guide(chance: Random) -> str:
    """Rules and steps for people: many verbs of an order to an assistant, and another addressee."""
    bullet = chance.choice(("- ", "* ", "{}. ", "", "", "[ ] "))
    steps = []
    for number in range(chance.randint(4, 14)):
        kind = _LISTS["guidelines"] if chance.random() < 0.75 else _LISTS["says"]
        steps.append(bullet.format(number + 1) + _sentence(chance, kind))
    joint = chance.choice(("\n", "\n", "\n\n", " ")) if bullet == "" else "\n"
    return chance.choice(("# {}\n\n", "{}\n\n", "## {}\n", "")).format(chance.choice(_LISTS["guides"])) + joint.join(
        steps
    )


def article(chance: Random) -> str:
    """Prose on one subject."""
    topic = chance.choice(TOPICS)
    lines = []
    for _ in range(chance.randint(5, 16)):
        pattern = chance.choice(_LISTS["facts"]).replace("{T}", topic[0].upper() + topic[1:])
        lines.append(fill(pattern.replace("{t}", topic), chance))
    return chance.choice((" ", " ", "\n", "\n\n")).join(lines)


def record(chance: Random) -> str:
    """Lines of a label and a value: a form, a registration, a curriculum vitae, a tool's output."""
    joint = chance.choice((": ", ": ", " = ", "\t"))
    return "\n".join(
        f"{chance.choice(WORDS).capitalize()} {chance.choice(_LISTS['labels'])}{joint}{_value(chance)}"
        for _ in range(chance.randint(5, 16))
    )


def _value(chance: Random) -> str:
    date = f"2024-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"
    address = f"https://example.org/{chance.choice(WORDS)}"
    return chance.choice(
        (chance.choice(NAMES), str(chance.randint(1, 99_999)), "ok", chance.choice(TOPICS), date, address)
    )


def review(chance: Random) -> str:
    """A customer's opinion of a product, a hotel or a film."""
    for_whom = ("wife", "son", "boss", "dog")
    lines = [
        chance.choice(_LISTS["reviews"]).replace("{n}", chance.choice(for_whom)) for _ in range(chance.randint(3, 10))
    ]
    return " ".join(fill(line, chance) for line in lines)


CARRIERS: tuple[Callable[[Random], str], ...] = (
    *(
        mail,
        mail,
        mail,
        guide,
        guide,
        guide,
        chat,
        exercises,
        questions,
        table,
        trace,
        page_on_assistants,
        article,
        record,
        review,
    ),
)
HOSTS: tuple[Callable[[Random], str], ...] = (mail, mail, guide, table, trace, article, record, review, questions)
"""Those an order is put into. In a chat or a list of exercises it looks like the others."""
