#!/bin/sh
# Install Debian packages where that is possible: tools/packages.sh PACKAGE...
# Exit status 1, with one line that says why, where it is not.
set -u

say() { echo "packages: $*" >&2; }

if ! command -v apt-get >/dev/null; then
    say "no apt-get here, so $* cannot be installed by this script"
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    say "installing $* needs root, or sudo without a password"
    exit 1
fi

apt() {
    # shellcheck disable=SC2086 # as_root is no word or several
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

say "installing $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt update && apt install --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "apt-get could not install $*"
    exit 1
fi
