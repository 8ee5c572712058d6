#!/usr/bin/env bash
# A real Kafka broker of one node, for tests and trials on this machine: scripts/services/kafka_broker.sh up|down|status
# It answers at 127.0.0.1 only, to anybody there, and keeps nothing safe. `make tools` gets the jars.
#
#   KAFKA_PORT        the port for clients (9092)
#   KAFKA_CONTROLLER  the port it talks to itself at (9093)
#   KAFKA_FOLDER      where its process id, log and data are (.kafka/broker of the project)
#   KAFKA_JARS        the jars of configs/deploy/kafka/broker/pom.xml (.tools/kafka-broker)
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/services/daemon.sh

port=${KAFKA_PORT:-9092}
controller=${KAFKA_CONTROLLER:-9093}
folder=${KAFKA_FOLDER:-$PWD/.kafka/broker}
jars=${KAFKA_JARS:-$PWD/.tools/kafka-broker}

up() {
  need_jars "$jars" kafka_2.13
  mkdir -p "$folder/tmp"
  sed -e "s|@PORT@|$port|g; s|@CONTROLLER@|$controller|g; s|@DATA@|$folder/data|g" \
    configs/deploy/kafka/broker/broker.properties >"$folder/broker.properties"
  if [ ! -e "$folder/data/meta.properties" ]; then
    java "-Djava.io.tmpdir=$folder/tmp" -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=error kafka.tools.StorageTool format --standalone \
      --cluster-id AAAAAAAAAAAAAAAAAAAAAQ --config "$folder/broker.properties" >"$folder/log" 2>&1
  fi
  start "$folder" "$port" java -Xmx512m "-Djava.io.tmpdir=$folder/tmp" -cp "$jars/*" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \
    kafka.Kafka "$folder/broker.properties"
}

case ${1-} in
  up) up ;;
  down) stop "$folder" ;;
  status) status "$folder" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
