"""Beam's KafkaIO, which runs in Java, as a transform of a Python graph.

Invariants: no secret enters the graph; the options say in which file one stands. Keys and values stay bytes. The rows'
timestamps are when they were read, so a quiet topic holds up no window.
"""

import socket
from collections.abc import Mapping

from apache_beam.io.kafka import ReadFromKafka

from pipeline.domain.errors import ConfigError
from pipeline.settings.application import KafkaSettings


def read_topic(topic: str, options: Mapping[str, str], settings: KafkaSettings) -> ReadFromKafka:
    """Every record of a topic from the first it still has, as rows, without end.

    Raises `ConfigError` when the service that reads does not answer.
    """
    _require(settings.service)
    return ReadFromKafka(
        dict(options),
        [topic],
        with_metadata=True,
        timestamp_policy=ReadFromKafka.processing_time_policy,
        # A bundle ends when a topic was read for so long: that is what a runner must hold at once.
        consumer_polling_timeout=settings.poll_seconds,
        expansion_service=settings.service,
    )


def _require(service: str) -> None:
    host, _, port = service.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        raise ConfigError(
            f"The service that reads Kafka does not answer at {service}.",
            done="Nothing was started.",
            fix="Start it with `scripts/services/kafka_service.sh up`, or set `kafka.service`: docs/guides/kafka.md.",
        ) from None
