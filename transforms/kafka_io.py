"""Beam's KafkaIO, which runs in Java, as a transform of a Python graph.

Only what every KafkaIO since 2.62 understands is told to it: Beam's own `ReadFromKafka` names settings that a service
of an earlier version refuses.

Invariants: no secret enters the graph; the options say in which file one stands. Keys and values stay bytes.
"""

import socket
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from apache_beam.transforms.external import ExternalTransform, NamedTupleBasedPayloadBuilder

from pipeline.domain.errors import ConfigError

_URN = "beam:transform:org.apache.beam:kafka_read_with_metadata:v1"
_BYTES = "org.apache.kafka.common.serialization.ByteArrayDeserializer"


class _Payload(NamedTuple):
    consumer_config: Mapping[str, str]
    topics: list[str]
    key_deserializer: str
    value_deserializer: str
    commit_offset_in_finalize: bool
    timestamp_policy: str
    consumer_polling_timeout: int
    redistribute: bool
    redistribute_num_keys: np.int32
    allow_duplicates: bool


def read_topic(topic: str, options: Mapping[str, str], service: str, poll_seconds: int) -> ExternalTransform:
    """Every record of a topic from the first it still has, as rows, without end.

    The rows' timestamps are when they were read: a topic that is quiet holds up no window. Raises `ConfigError` when
    the service does not answer.
    """
    _require(service)
    payload = _Payload(
        consumer_config=options,
        topics=[topic],
        key_deserializer=_BYTES,
        value_deserializer=_BYTES,
        commit_offset_in_finalize=False,
        timestamp_policy="ProcessingTime",
        consumer_polling_timeout=poll_seconds,
        redistribute=False,
        redistribute_num_keys=np.int32(0),
        allow_duplicates=False,
    )
    return ExternalTransform(_URN, NamedTupleBasedPayloadBuilder(payload), service)


def _require(service: str) -> None:
    host, _, port = service.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        raise ConfigError(
            f"The service that reads Kafka does not answer at {service}.",
            done="Nothing was started.",
            fix="Start it with `scripts/kafka_service.sh up`, or set `kafka.service`. See docs/kafka.md.",
        ) from None
