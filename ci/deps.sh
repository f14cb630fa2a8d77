#!/bin/sh
# Installs the Debian packages that are missing, and only those.
#
#   ci/deps.sh [--quiet] [run|test|full|lint|coverage|bench]
#
# run: to build and use engram; test (the default): also to test it, Python included; full: also for the long tests (a second compiler, other machines);
# lint, coverage, bench (PyTorch and oneDNN to compare with): also for those. --quiet says nothing when all packages are there.
set -eu

quiet=no
if [ "${1:-}" = --quiet ]; then
    quiet=yes
    shift
fi
group=${1:-test}

run="build-essential pkg-config libgsl-dev libhdf5-dev libopenblas-dev gnuplot-nox libyaml-dev libssl-dev libcsv-dev libjansson-dev libxml2-dev zlib1g-dev ca-certificates git"
test="$run libcmocka-dev python3-numpy"
case $group in
run) packages=$run ;;
test) packages=$test ;;
full) packages="$test clang qemu-user" ;;
lint) packages="$test clang clang-tidy clang-format cppcheck" ;;
coverage) packages="$test gcovr" ;;
bench) packages="$run python3-torch libdnnl-dev" ;;
*)
    echo "ci/deps.sh: no group '$group'; there are: run, test, full, lint, coverage, bench" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    if [ "$quiet" = no ]; then
        echo "This is not a Debian system: install what these Debian packages hold by its own means:" >&2
        echo "  $packages" >&2
        exit 1
    fi
    exit 0    # the build says what it lacks
fi

missing=
for package in $packages; do
    case $(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null) in
    *installed*) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -z "$missing" ]; then
    [ "$quiet" = yes ] || echo "All Debian packages for '$group' are installed; nothing to do."
    exit 0
fi

echo "Missing Debian packages for '$group':$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "Installing them needs root, and there is no sudo. As root, run:" >&2
        echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "Installing them with: $as_root apt-get install -y --no-install-recommends$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086    (a list of words)
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
echo "Installed:$missing"
