#!/usr/bin/env bash
# Install what the tests need in addition to Python packages, where that is possible: `make test` calls this.
# scripts/test_tools.sh [chromium] [deploy] [airflow] [ocr] [office] [prism] [flink] [kafka] [broker]. A second run does nothing.
#
# It is possible as root on Debian and Ubuntu; elsewhere for what Go (prism), or Java and Maven (flink, kafka, broker)
# can fetch. It names each tool that it cannot install, and the tests that need one are left out. Under CI=true it is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive

# A program, not one of the functions below.
have() { for name in "$@"; do ! type -P "$name" >/dev/null || return 0; done; return 1; }

# debian WHO-NEEDS-IT PACKAGE...
debian() {
  local who=$1; shift
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "$who need these packages of your system: $*" >&2
    exit 1
  fi
  echo "== Install $* (apt-get)"
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

chromium() {
  have chromium chromium-browser google-chrome || debian "The tests of the pages" chromium fonts-dejavu-core
}

# Tools that read configs/deploy: systemd's and cron's own tools, Airflow and hadolint. The last two get a place of their
# own, because Airflow's requirements exclude some of ours.
deploy() {
  have systemd-analyze || debian "The tests of the systemd units" systemd
  have crontab || debian "The test of the crontab" cron
}

airflow() {
  local place=.tools/deploy
  if ! cmp -s scripts/deploy_tools.lock "$place/lock"; then
    scripts/setup.sh
    echo "== Install Airflow and hadolint (uv)"
    .venv/bin/uv venv --quiet --clear --python .venv/bin/python "$place"
    .venv/bin/uv pip install --quiet --python "$place/bin/python" --require-hashes -r scripts/deploy_tools.lock
    cp scripts/deploy_tools.lock "$place/lock"
  fi
}

[ $# -gt 0 ] || set -- chromium deploy airflow ocr office prism flink kafka broker
if [ $# -eq 1 ]; then
  case $1 in
    chromium | deploy | airflow) "$1" ;;
    *) scripts/tools.sh "$1" ;;
  esac
  exit
fi
for tool in "$@"; do
  # In a process of its own: a failed command ends it, and not this loop.
  "scripts/test_tools.sh" "$tool" && continue
  [ "${CI:-}" != true ] || exit 1
  echo "== Not installed: $tool. The tests that need it are left out, and named at the end."
done
