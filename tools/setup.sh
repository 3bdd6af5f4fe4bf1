#!/bin/sh
# Makes .venv with the pinned versions of requirements.lock; does nothing when that is done.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
stamp="$VENV/.stamp-$(cat requirements.lock pyproject.toml | cksum | tr -s ' ' '-')"

say() { echo "setup: $*" >&2; }
fail() { for line in "$@"; do say "$line"; done; exit 1; }

if [ -f "$stamp" ]; then
    "$VENV/bin/python" -c '' 2>/dev/null && exit 0
    [ -w "$VENV" ] || fail "The Python in $VENV cannot be run by this account." \
        "Another account made it: use your own copy of the project, or remove $VENV there."
    rm -f "$stamp"  # the Python it was made with has gone
fi
[ -w . ] || fail "This account cannot write to $(pwd)." \
    "Use your own copy of the project, or run this as the account that owns it."

# Prints a Python that the wheels exist for, the system's own first.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        program=$(command -v "$name") || continue
        "$program" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' \
            2>/dev/null && { echo "$program"; return 0; }
    done
    return 0
}

# A venv of an ended Python, or one whose making was interrupted, is made again from nothing.
make_venv() {
    "$VENV/bin/python" -c '' 2>/dev/null && [ -f "$VENV/pyvenv.cfg" ] && return 0
    rm -rf "$VENV"
    "$@"
}

with_uv() {
    python=$(find_python)
    make_venv uv venv --quiet --python "${python:->=3.11,<3.15}" "$VENV" &&
        uv pip sync --quiet --compile-bytecode --python "$VENV/bin/python" requirements.lock &&
        uv pip install --quiet --python "$VENV/bin/python" --no-build-isolation --no-deps -e .
}

with_pip() {
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.11 or newer is needed and was not found." \
        "On Debian 12 run, as root: apt-get install python3 python3-venv" \
        "or install uv (https://docs.astral.sh/uv/), which brings a Python of its own."
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
        "The Python at $python cannot make virtual environments." \
        "On Debian 12 run, as root: apt-get install python3-venv" \
        "or install uv (https://docs.astral.sh/uv/)."
    "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || rm -rf "$VENV"
    make_venv "$python" -m venv "$VENV"
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check -r requirements.lock
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check \
        --no-build-isolation --no-deps -e .
}

say "installing pinned versions into $VENV (once; a minute or two)"
rm -f "$VENV"/.stamp-*
if command -v uv >/dev/null 2>&1; then
    with_uv || { say "uv did not succeed; trying venv and pip instead"; with_pip; }
else
    with_pip
fi
# Some environments forbid Python to keep compiled files; every process would compile all anew.
"$VENV/bin/python" -m compileall -q proactive triggers notifiers web migrations || true
touch "$stamp"
say "done"
