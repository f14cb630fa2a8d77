#!/bin/sh
# Trains one short run of each cell with a program and compares the digests with the committed ones.
#
#   ci/digests.sh PROGRAM [CELL...]
#
# Variables: LAUNCH, words before PROGRAM where it trains ("env ENGRAM_KERNELS=scalar", "qemu-x86_64 -cpu Haswell"); SETTINGS,
# options that make the runs smaller ("--set episodes=2"): those are not committed, so they are compared with `engram verify` alone,
# which repeats every run without LAUNCH. Exit status 1 if a digest differs, 2 if something could not be done.
set -eu
program=$1
shift
reference=results/reference/belief/tmaze-smoke-digests.csv
[ $# -gt 0 ] || set -- $(sed -n 's/^tmaze-drqn-\([^-]*\)-.*/\1/p' "$reference")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

status=0
for cell in "$@"; do
    common="belief/tmaze --scale smoke --seeds 1..1 --set cell=$cell --jobs 1 --results $folder ${SETTINGS:-}"
    # shellcheck disable=SC2086    (lists of words)
    ${LAUNCH:-} "$program" run $common >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 2; }
    code=0
    # shellcheck disable=SC2086
    "$program" verify $common --csv >"$folder/verified" 2>"$folder/log" || code=$?
    if [ "$code" -ne 0 ]; then
        cat "$folder/log" >&2
        [ "$code" -eq 1 ] || exit 2
        status=1
        continue
    fi
    line=$(grep '^tmaze-' "$folder/verified")
    if [ -n "${SETTINGS:-}" ] || grep -qxF "$line" "$reference"; then
        echo "same: $line"
    else
        echo "differs from $reference: $line" >&2
        status=1
    fi
done
exit "$status"
