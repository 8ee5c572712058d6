#!/usr/bin/env bash
# Beam's KafkaIO, which runs in Java, for streams with Kafka sources: scripts/services/kafka_service.sh up|down|status
# It answers at 127.0.0.1 only, at the port that `kafka.service` of corpusgate.yaml names. `make tools` gets the jars.
#
#   KAFKA_PORT    the port (8471)
#   KAFKA_FOLDER  where its process id and log are (.kafka/service of the project)
#   KAFKA_JARS    the jars of configs/deploy/kafka/io/pom.xml (.tools/kafka-io)
#   KAFKA_MEMORY  of the Java process (512m)
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/services/daemon.sh

port=${KAFKA_PORT:-8471}
folder=${KAFKA_FOLDER:-$PWD/.kafka/service}
jars=${KAFKA_JARS:-$PWD/.tools/kafka-io}

up() {
  need_jars "$jars" beam-sdks-java-io-kafka
  mkdir -p "$folder/classes" "$folder/tmp"
  javac -nowarn -cp "$jars/*" -d "$folder/classes" configs/deploy/kafka/*.java
  start "$folder" "$port" java "-Xmx${KAFKA_MEMORY:-512m}" "-Djava.io.tmpdir=$folder/tmp" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    -javaagent:"$(echo "$jars"/jamm-*.jar)" -cp "$folder/classes:$jars/*" KafkaService "$port"
}

case ${1-} in
  up) up ;;
  down) stop "$folder" ;;
  status) status "$folder" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
