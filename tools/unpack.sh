#!/bin/sh
# Unpack Debian packages into a folder, with all that they need and the system lacks; nothing is installed:
# tools/unpack.sh FOLDER PACKAGES... where each argument of PACKAGES is a set that fits together ("a b c").
# Exit status 1, with one line that says why, where that is not possible.
set -eu

say() { echo "unpack: $*" >&2; }

folder=$1
shift
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    say "no apt-get here, so $* cannot be had by this script"
    exit 1
fi
if [ "$(id -u)" != 0 ]; then
    say "$* are for tests that need root, so they are fetched by root"
    exit 1
fi

fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
mkdir "$fetched/partial"
rm -rf "$folder"
mkdir -p "$folder"
export DEBIAN_FRONTEND=noninteractive
for packages in "$@"; do
    say "fetching $packages"
    # shellcheck disable=SC2086 # packages is a list of words
    if ! apt-get -q -y -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 -o APT::Sandbox::User=root \
        -o Dir::Cache::archives="$fetched" install --download-only --reinstall --no-install-recommends \
        $packages </dev/null >"$fetched/log" 2>&1; then
        tail -n 20 "$fetched/log" >&2
        say "apt-get could not fetch $packages"
        exit 1
    fi
done
for package in "$fetched"/*.deb; do
    dpkg -x "$package" "$folder"
done
# Where /lib is a link to /usr/lib, some packages still bring files under the short names.
for short in bin sbin lib; do
    if [ -d "$folder/$short" ]; then
        mkdir -p "$folder/usr/$short"
        cp -a "$folder/$short/." "$folder/usr/$short"
    fi
done
