"""Addresses of topics, and what their consumers are told."""

import pytest

from pipeline.domain.documents.kafka import Topic, consumer_options, topic_of
from pipeline.domain.errors import UsageError

FILE = "/srv/home/configs/kafka/team.properties"
TOPIC = Topic(("one.example:9092", "two.example:9092"), "news", "team")
PROPERTIES = """
# Of the team that owns the topic.
bootstrap.servers = two.example:9092, one.example:9092
security.protocol=SASL_SSL
sasl.jaas.config = org.example.Login required password="such = secret";
"""


def test_an_address_names_brokers_topic_and_options() -> None:
    assert topic_of("kafka://one.example:9092,two.example:9092/news?options=team") == TOPIC
    assert topic_of("kafka://127.0.0.1:9092/feed.jsonl") == Topic(("127.0.0.1:9092",), "feed.jsonl", None)


@pytest.mark.parametrize(
    "uri",
    [
        "kafka://broker:9092",
        "kafka://broker/topic",
        "kafka://broker:9092/",
        "kafka://broker:9092/..",
        "kafka://user:password@broker:9092/topic",
        "kafka://broker:9092/topic?options=../keys",
        "kafka://broker:9092/topic?sasl.password=x",
        "kafka://broker:9092/topic/more",
        "kafka://broker:9092/topic\n",
    ],
)
def test_what_is_no_address_is_refused(uri: str) -> None:
    with pytest.raises(UsageError, match="no address of a Kafka topic"):
        topic_of(uri)


def test_a_consumer_reads_from_the_first_record_and_only_what_was_committed() -> None:
    options = consumer_options(TOPIC._replace(options=None), None, "")
    assert options["bootstrap.servers"] == "one.example:9092,two.example:9092"
    assert options["auto.offset.reset"] == "earliest"
    assert options["isolation.level"] == "read_committed"
    assert options["enable.auto.commit"] == "false"
    assert options["allow.auto.create.topics"] == "false"


def test_secrets_stay_in_their_file() -> None:
    options = consumer_options(TOPIC, PROPERTIES, FILE)
    assert options["sasl.jaas.config"] == f"${{file:{FILE}:sasl.jaas.config}}"
    assert options["security.protocol"] == f"${{file:{FILE}:security.protocol}}"
    assert options["config.providers.file.param.allowed.paths"] == "/srv/home/configs/kafka"
    assert "secret" not in repr(options)


def test_a_file_of_options_is_for_its_brokers_alone() -> None:
    elsewhere = TOPIC._replace(brokers=("collector.example:9092",))
    for topic, properties in ((elsewhere, PROPERTIES), (TOPIC, "security.protocol=SSL")):
        with pytest.raises(UsageError, match="its secrets are for them alone"):
            consumer_options(topic, properties, FILE)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("enable.auto.commit=true", "which Corpusgate sets itself"),
        ("ssl.truststore.password=one\\", "on one line"),
        ("just words", "key=value"),
    ],
)
def test_a_file_of_options_that_cannot_be_used_is_refused_without_its_content(line: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        consumer_options(TOPIC, f"{PROPERTIES}{line}\n", FILE)
    assert "secret" not in str(refused.value)
    assert "words" not in str(refused.value)
