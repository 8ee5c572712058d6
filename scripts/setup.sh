#!/bin/sh
# Makes .venv hold exactly what requirements.lock says, and Corpusgate itself in editable form, with the embedding model
# derived from the locked one (nothing is downloaded for that).
# Needs python3 (3.11 or newer) with venv and pip; uv comes out of the lock like everything else.
# A second run does nothing unless the lock, pyproject.toml or TORCH changed. `make setup` calls this.
#
#   TORCH=cpu   take the CPU build of PyTorch (about 4 GB less on Linux). It comes from PyTorch's own index, and it
#               is the one package the hashes of the lock do not cover. The choice is remembered in .venv.
#   TORCH=lock  go back to exactly what the lock says, which is the default.
#   PYTHON=...  the interpreter to build .venv from.
set -eu
cd "$(dirname "$0")/.."

lock=requirements.lock
venv=.venv
python=${PYTHON:-python3}
torch=${TORCH:-$(cat "$venv/.torch" 2>/dev/null || echo lock)}

say() { printf '== %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
# Prints the blocks of the lock (a requirement with its hashes) whose name matches, or with a leading "!" does not.
locked() { awk -v want="$1" '/^[a-z0-9]/ { hit = $0 ~ ("^(" substr(want, 2) ")") } { if ((substr(want, 1, 1) == "!") != hit) print }' "$lock"; }

case $torch in lock | cpu) ;; *) fail "TORCH is '$torch': use TORCH=cpu, TORCH=lock, or leave it out." ;; esac

stamp="$torch $(cat "$lock" pyproject.toml "$0" | cksum)"
if [ "$(cat "$venv/.installed" 2>/dev/null)" = "$stamp" ] && [ -x "$venv/bin/corpusgate" ]; then
    exit 0
fi

if [ ! -x "$venv/bin/python" ]; then
    command -v "$python" >/dev/null || fail "there is no $python. Install Python 3.11 or newer, or say PYTHON=/path/to/python make setup."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old, 3.11 or newer is needed. Say PYTHON=/path/to/python make setup."
    say "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv" || { rm -rf "$venv"; fail "$python has no venv module. On Debian and Ubuntu: apt-get install python3-venv"; }
fi
rm -f "$venv/.installed"

uv_version=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' "$lock")
if [ "$("$venv/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    say "Fetching uv $uv_version"
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    locked "=uv==" >"$venv/.wanted"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$venv/.wanted"
fi
uv() { VIRTUAL_ENV="$PWD/$venv" "$venv/bin/uv" "$@"; }

if [ "$torch" = cpu ]; then
    version=$(sed -n 's/^torch==\([^ ]*\).*/\1/p' "$lock")
    say "Installing the CPU build of PyTorch $version"
    uv pip install --no-deps --torch-backend=cpu "torch==$version" ||
        fail "PyTorch's own package index did not answer. TORCH=lock make setup takes the build of the lock."
    locked "!torch==|triton==|nvidia-|cuda-" >"$venv/.wanted"
else
    cp "$lock" "$venv/.wanted"
fi
say "Installing $(grep -c '^[a-z0-9]' "$venv/.wanted") locked packages (hashes checked)"
if [ "$torch" != "$(cat "$venv/.torch" 2>/dev/null || echo "$torch")" ]; then
    again="--reinstall-package torch" # 2.0+cpu would pass for 2.0
fi
if [ ! -t 2 ]; then
    quiet=--quiet # no list of every package in a build log
fi
# shellcheck disable=SC2086
# Compiled now, or the first run of every command would spend half a minute on it (and every run, where
# PYTHONDONTWRITEBYTECODE is set).
uv pip install --require-hashes --no-deps --compile-bytecode ${quiet-} ${again-} -r "$venv/.wanted"
say "Installing Corpusgate (editable)"
uv pip install --quiet --no-deps --no-build-isolation --editable .
# Child processes never write compiled code, so what only they import would be compiled at every start.
"$venv/bin/python" -m compileall -q pipeline transforms
say "Deriving the embedding model"
"$venv/bin/corpusgate" models derive --installation --json >/dev/null

echo "$torch" >"$venv/.torch"
echo "$stamp" >"$venv/.installed"
say "Done: $venv/bin/corpusgate"
