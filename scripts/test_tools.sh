#!/usr/bin/env bash
# Install what the tests need beside Python packages: a Chromium for the tests of the pages. Debian and Ubuntu, as root.
set -euo pipefail

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
  exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "There is no Chromium. The tests of the pages need one: install your system's package 'chromium'." >&2
  exit 1
fi
echo "== Install Chromium (apt-get)"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
