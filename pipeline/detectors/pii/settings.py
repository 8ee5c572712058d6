"""`configs/detectors/pii.yaml` as frozen settings.

Invariants: unknown keys are errors; nothing is detected that the file does not list; the same file gives the same
settings, so its bytes stand for them in the detector's digest.
"""

from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from pipeline.domain.errors import ConfigError
from pipeline.domain.findings.findings import Severity
from pipeline.domain.frozen import Frozen
from pipeline.settings.yaml_text import read_yaml_text


class PiiRule(Frozen):
    """One recogniser: what it looks for and how far its shape can be trusted without words around it."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    entity: str = Field(pattern=r"^[A-Z0-9_]+$")
    severity: Severity
    presidio: str | None = None
    """Name of the presidio recogniser that brings patterns and checksum."""
    patterns: tuple[str, ...] = ()
    """Own patterns, where presidio has none or looser ones. Case matters."""
    checksum: str | None = None
    """Name of the python-stdnum module that validates a match, such as `fr.nir`."""
    alone: float = Field(default=0.0, ge=0, le=1)
    """Confidence of a match without context; below `threshold` it is not reported."""
    alone_from: float = 0.0
    """Presidio's own score a pattern needs for `alone` to count."""
    near: float = Field(default=0.85, ge=0, le=1)
    """Confidence when a context word stands near."""
    context: tuple[str, ...] = ()
    """Words that make a match likely. Matched as whole words."""
    described: tuple[str, ...] = ()
    """Words shortly before a match that say it is another thing; a context word wins over them."""
    network: Literal["public", "local"] | None = None
    """Of network addresses: only those that name one machine of the Internet, or only those of local networks."""
    in_code: bool = False
    """Whether a match on a technical line counts without context."""
    standalone: bool = True
    """Whether a text that is nothing but the match counts as context."""


class Labels(Frozen):
    """Identifiers without a checkable shape, known only by the label in front of them."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    entity: str = Field(pattern=r"^[A-Z0-9_]+$")
    severity: Severity
    words: tuple[str, ...] = Field(min_length=1)
    beside: tuple[str, ...] = ()
    """Words of which one must stand in the text around; none if the label says enough by itself."""


class ColumnKind(Frozen):
    """A kind of value that a header or a label announces."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    entity: str = Field(pattern=r"^[A-Z0-9_]+$")
    severity: Severity
    shape: Literal[
        "email", "phone", "date", "address", "name", "account", "card", "code", "long_code", "plate", "money", "words"
    ]
    """How its values are written."""
    words: tuple[str, ...] = Field(min_length=1)
    """Headers that mean it in any table."""
    weak: tuple[str, ...] = ()
    """Headers that mean it only in a table whose other columns are about people."""
    about_people: bool = False
    """Whether all its headers mean it only in such a table."""


class ThingKind(Frozen):
    """A kind of things whose tables have columns that are named or written like personal data."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    headers: tuple[str, ...] = Field(min_length=1)
    """Headers that only tables about such things have, as whole headers or as words in them."""
    entities: tuple[str, ...] = Field(min_length=1)
    """What such a table does not hold, unless another column is about people."""


class FactKind(Frozen):
    """What prose states about a person, by its phrases."""

    says: str
    """The word for it in the finding about the document."""
    phrases: tuple[str, ...] = Field(min_length=1)
    """In any case; `*` stands for any letters at an end of a word, `#` for a small number."""
    money: bool = False
    """Whether an amount of money must follow in the sentence."""
    weak: bool = False
    """Whether it counts only together with another fact about the same person."""


class Names(Frozen):
    """How names are weighed."""

    threshold: float
    full: float
    """A given name with a surname."""
    model: float
    """Read as a person by the model."""
    single: float
    """A given name alone."""
    announced: float
    """After a title or a label."""
    near_identifier: float
    """Gained next to an e-mail address, number or other identifier."""
    dense: float
    """Gained where names stand close together, as in a list of people."""
    dense_per_1000: float
    """Names per thousand characters from which on they count as dense."""
    titles: tuple[str, ...]
    labels: tuple[str, ...]
    cues: tuple[str, ...]
    verbs: tuple[str, ...]
    """What people do and things seldom."""
    not_handles: tuple[str, ...]
    """Words after an at sign that are code."""
    not_names: tuple[str, ...]
    """Words that make the capitalised words before them a place, a firm or a thing."""
    place_prefixes: tuple[str, ...]
    """Words that begin a place rather than a name."""
    places: tuple[str, ...]
    """Given names that alone rather mean a place, a month or a product."""


class PiiSettings(Frozen):
    """The whole file."""

    version: int
    threshold: float = Field(ge=0, le=1)
    context_before: int = Field(ge=0, le=400)
    context_after: int = Field(ge=0, le=400)
    context_sets: dict[str, tuple[str, ...]]
    value_shape: str
    rules: tuple[PiiRule, ...]
    labels: tuple[Labels, ...]
    phone_regions: tuple[str, ...]
    phone_context: tuple[str, ...]
    phone_described: tuple[str, ...] = ()
    """Words shortly before a number that say it is another thing; a word for a telephone wins over them."""
    birth_context: tuple[str, ...]
    columns: tuple[ColumnKind, ...] = ()
    """None in a copy of the file that a home made before columns were read."""
    column_fillers: tuple[str, ...] = ()
    """Words in a header that say whose value it is, or which of several."""
    other_columns: tuple[str, ...] = ()
    """Headers of columns that hold no personal data."""
    things: tuple[ThingKind, ...] = ()
    """Kinds of things whose tables look like tables of people."""
    facts: tuple[FactKind, ...] = ()
    """What prose states about people; none in an older copy of the file."""
    street_words: tuple[str, ...]
    address_context: tuple[str, ...]
    names: Names

    def words(self, rule: PiiRule) -> tuple[str, ...]:
        """The context words of `rule`, with `@name` replaced by the words of that set."""
        found: list[str] = []
        for word in rule.context:
            found.extend(self.context_sets[word[1:]] if word.startswith("@") else [word])
        return tuple(dict.fromkeys(found))


def load(path: Path) -> PiiSettings:
    """The settings in `path`, or a `ConfigError` that names the file and the place."""
    try:
        return PiiSettings.model_validate(read_yaml_text(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{path} is not valid at {place}: {first['msg']}.", fix="Correct that entry.") from None
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {type(error).__name__}.", fix="Restore the file.") from None
