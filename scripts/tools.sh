#!/usr/bin/env bash
# Install what is not a Python package: `make tools`, or scripts/tools.sh [ocr] [office] [prism] [flink] [kafka]. Engines go to .tools.
#
# office LibreOffice, which draws Office files: packages of Debian or Ubuntu, 400 MB. Only where it is named.
# ocr    Language data with which pictures are read: packages of Debian or Ubuntu. LANGUAGES="eng deu" chooses.
# prism  runs streams on one machine. Built from Go's module proxy, so it needs Go 1.21 or newer.
# flink  Flink and Beam's job server, as jars. Fetched by Maven, so it needs Java 17 or newer and Maven.
# kafka  Beam's KafkaIO, as jars, for sources that are Kafka topics. Needs a JDK, 17 or newer, and Maven.
# broker A Kafka broker, as jars, for tests. Only where it is named.
#
# On Debian and Ubuntu, as root, what they need is installed too. A second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/local/go/bin
beam=v2.77.0

need() { # PROGRAM PACKAGE WHAT-FOR
  ! command -v "$1" >/dev/null || return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "There is no $1, which $3 needs. Install your system's package '$2', then run this again." >&2
    exit 1
  fi
  echo "== Install $2 (apt-get)"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

prism() {
  [ "$(cat .tools/prism/version 2>/dev/null)" != "$beam" ] || return 0
  need go golang-go Prism
  echo "== Build Prism $beam (go install, some minutes)"
  mkdir -p .tools/prism
  GOBIN=$PWD/.tools/prism go install "github.com/apache/beam/sdks/v2/go/cmd/prism@$beam"
  echo "$beam" >.tools/prism/version
}

# FOLDER POM: the jars that a POM names, all of them or none. jars.sha256 next to the POM says what they must be: Maven
# compares a jar only with what the repository it came from says of it.
fetch() {
  local LC_ALL=C list=$PWD/${2%pom.xml}jars.sha256
  rm -rf "$1" "$1.part"
  mvn -q -B -ntp -Dstyle.color=never -f "$2" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$PWD/$1.part"
  (cd "$1.part" && sha256sum -- *.jar) >"$1.part/jars.sha256"
  if ! cmp -s "$list" "$1.part/jars.sha256"; then
    echo "Maven fetched other jars than ${2%pom.xml}jars.sha256 lists (<). Nothing was installed:" >&2
    diff "$list" "$1.part/jars.sha256" | grep '^[<>]' | head -20 >&2
    echo "If you changed the POM on purpose, review $1.part and copy its jars.sha256 next to the POM." >&2
    exit 1
  fi
  cp "$2" "$1.part/pom.xml"
  mv "$1.part" "$1"
}

flink() {
  ! cmp -s configs/deploy/flink/pom.xml .tools/flink/pom.xml || return 0
  need java openjdk-17-jre-headless Flink
  need mvn maven "fetching Flink"
  echo "== Fetch Flink and Beam's job server (Maven, 152 MB)"
  fetch .tools/flink configs/deploy/flink/pom.xml
}

jars() { # FOLDER POM WHAT: fetch what a POM names, unless it is there
  ! cmp -s "$2" "$1/pom.xml" || return 0
  need javac openjdk-17-jdk-headless Kafka
  need mvn maven "fetching Kafka's jars"
  echo "== Fetch $3 (Maven)"
  fetch "$1" "$2"
}

kafka() { jars .tools/kafka-io configs/deploy/kafka/io/pom.xml "Beam's KafkaIO, 138 MB"; }

broker() { jars .tools/kafka-broker configs/deploy/kafka/broker/pom.xml "a Kafka broker, 43 MB"; }

ocr() {
  local language packages=()
  for language in ${LANGUAGES:-eng}; do
    compgen -G "/usr/share/tesseract-ocr/*/tessdata/$language.traineddata" >/dev/null ||
      packages+=("tesseract-ocr-${language//_/-}")
  done
  [ ${#packages[@]} -gt 0 ] || return 0
  debian OCR "${packages[@]}"
}

# The packages whose names end in -nogui lack a part that texts with comments need.
office() {
  [ ! -f /usr/lib/libreoffice/share/config/soffice.cfg/modules/swriter/ui/annotation.ui ] ||
    [ ! -f /usr/lib/libreoffice/program/libsmlo.so ] || [ ! -f /usr/lib/libreoffice/program/libsdlo.so ] || return 0
  debian "Drawing Office files" libreoffice-writer libreoffice-impress libreoffice-math
}

debian() { # WHO-NEEDS-IT PACKAGE...
  local who=$1; shift
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "$who needs these packages of your system: $*" >&2
    exit 1
  fi
  echo "== Install $* (apt-get)"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

[ $# -gt 0 ] || set -- prism flink kafka ocr
for tool in "$@"; do
  case $tool in
    ocr | office | prism | flink | kafka | broker) "$tool" ;;
    *) echo "Unknown: $tool. Say ocr, office, prism, flink, kafka or broker." >&2 && exit 2 ;;
  esac
done
