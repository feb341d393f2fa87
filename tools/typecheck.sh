#!/bin/sh
# mypy over the package, the examples, the tests and the tools, each under its import name; places are printed as paths of the repository.
set -eu

root=$PWD
bin=$root/.venv/bin
"$bin/python" tools/package_tree.py .venv/tree
folders=$(cd .venv/tree/isakmp && find . -maxdepth 1 -type l -exec test -d {} \; -print | sed 's,^\./,,' | paste -sd'|')

cd .venv/tree
status=0
"$bin/mypy" --config-file "$root/pyproject.toml" --cache-dir "$root/.mypy_cache" -p isakmp -p examples -p tests -p tools \
    >mypy.txt || status=$?
sed -E "s,^isakmp/($folders)/,\1/," mypy.txt
exit "$status"
