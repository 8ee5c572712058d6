"""A Kafka topic as a source: its address, and the configuration of its consumer.

Invariants: pure. An address holds no secret and no option but the name of a file of options. A secret never enters a
graph: a consumer gets the name of the file and reads the secret there. The file names its brokers, so that
registering a source cannot send the secrets to other brokers.
"""

import re
from typing import NamedTuple

from pipeline.domain.errors import UsageError

FOLDER = "kafka"
"""Of the home's `configs`: holds the files of options, `NAME.properties`."""

_ADDRESS = re.compile(
    r"kafka://(?P<brokers>[A-Za-z0-9._-]+:\d{1,5}(?:,[A-Za-z0-9._-]+:\d{1,5})*)"
    r"/(?P<topic>[A-Za-z0-9._-]{1,249})(?:\?options=(?P<options>[A-Za-z0-9][A-Za-z0-9_-]{0,62}))?"
)
_PROPERTY = re.compile(r"\s*(?P<key>[A-Za-z][A-Za-z0-9._-]*)\s*[=:]\s*(?P<value>.*?)\s*")
_SERVERS = "bootstrap.servers"

_FIXED = {
    "enable.auto.commit": "false",  # the ledger knows what was decided; offsets of a group would be a second truth
    "auto.offset.reset": "earliest",
    "isolation.level": "read_committed",  # what a producer took back is no document
    "allow.auto.create.topics": "false",
}
_BOUNDS = {"fetch.max.bytes": "8388608", "max.partition.fetch.bytes": "2097152", "max.poll.records": "500"}
"""What a consumer holds in memory at most; a larger record still comes, alone."""

MOST_AHEAD = "8388608"
"""Bytes of a partition that may be read and not landed."""


class Topic(NamedTuple):
    """What the address of a source says."""

    brokers: tuple[str, ...]
    name: str
    options: str | None
    """Name of the file of options, without folder and suffix."""


def topic_of(uri: str) -> Topic:
    """The topic an address names. Raises `UsageError` where it is none."""
    found = _ADDRESS.fullmatch(uri)
    if found is None or found["topic"] in (".", ".."):
        raise UsageError(
            "That is no address of a Kafka topic.",
            fix="Write kafka://HOST:PORT/TOPIC, with more brokers separated by commas. Options such as TLS and "
            "passwords stand in configs/kafka/NAME.properties of the home; name the file with ?options=NAME.",
        )
    return Topic(tuple(found["brokers"].split(",")), found["topic"], found["options"])


def pace_options(folder: str) -> dict[str, str]:
    """What holds a consumer back while landing is behind; see configs/deploy/kafka/Pace.java."""
    return {"interceptor.classes": "Pace", "corpusgate.pace.folder": folder, "corpusgate.pace.bytes": MOST_AHEAD}


def consumer_options(topic: Topic, properties: str | None, file: str) -> dict[str, str]:
    """What a consumer of a topic is told; `properties` is the content of its file of options, which is at `file`.

    Values of the file stay in it: the consumer is told to read them there. Raises `UsageError` where the file cannot
    be used.
    """
    options = {_SERVERS: ",".join(topic.brokers), **_BOUNDS, **_FIXED}
    if properties is None:
        return options
    given = _properties(properties, file)
    if set(given.get(_SERVERS, "").replace(" ", "").split(",")) != set(topic.brokers):
        raise _unusable(file, f"it must name the brokers of the source as {_SERVERS}: its secrets are for them alone")
    if fixed := sorted(_FIXED.keys() & given.keys()):
        raise _unusable(file, f"it sets {', '.join(fixed)}, which Corpusgate sets itself")
    if set(file) & set(":{}"):
        raise _unusable(file, "a colon or brace in its path cannot be told to a consumer")
    folder = file.rpartition("/")[0]
    options |= {
        "config.providers": "file",
        "config.providers.file.class": "org.apache.kafka.common.config.provider.FileConfigProvider",
        "config.providers.file.param.allowed.paths": folder,
    }
    return options | {key: f"${{file:{file}:{key}}}" for key in given if key != _SERVERS}


def _properties(content: str, file: str) -> dict[str, str]:
    given = {}
    for line in content.splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "!")):
            continue
        found = _PROPERTY.fullmatch(line)
        if found is None or line.endswith("\\"):
            raise _unusable(file, "each line must be `key=value`, on one line")
        given[found["key"]] = found["value"]
    return given


def _unusable(file: str, why: str) -> UsageError:
    name = file.rpartition("/")[2]
    return UsageError(f"The file of options {name} cannot be used: {why}.", fix=f"Correct configs/{FOLDER}/{name}.")
