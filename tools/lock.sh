#!/bin/sh
# Writes requirements.lock anew from pyproject.toml (with its dev group); needs uv.
set -eu
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
    echo "make lock needs uv (https://docs.astral.sh/uv/): install it, then run make lock again." >&2
    exit 1
fi

# --universal: one file for every supported Python. No index and no hash goes in, so that the
# file also installs from a mirror.
uv pip compile --quiet --universal --python-version 3.11 --group dev \
    --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
    --output-file requirements.lock "$@" pyproject.toml tools/build-requirements.in
echo "requirements.lock: $(grep -c '==' requirements.lock) packages"
