#!/bin/sh
# Make the virtual environment .venv with everything that requirements/lock.txt pins, and this checkout in it.
# Usage: tools/setup.sh PYTHON, in the root of the checkout.
set -eu

python=$1

say() { echo "setup: $*" >&2; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "$python is missing or older than Python 3.11; name a newer one: make PYTHON=/path/to/python3.x"
    exit 1
fi
# Debian keeps the part of Python that makes virtual environments in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null && ! tools/packages.sh python3-venv; then
    say "$python cannot make virtual environments; install the package python3-venv"
    exit 1
fi

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

pip() { PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip "$@" </dev/null; }

say "installing the locked packages into .venv (a minute or so when it is new)"
pip install --quiet --require-hashes --requirement requirements/lock.txt
pip install --quiet --no-deps --no-build-isolation --editable .
.venv/bin/python tools/package_tree.py .venv/tree
