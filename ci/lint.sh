#!/bin/bash
# ci/lint.sh SOURCE...: layout (clang-format), direction of imports, cppcheck, clang-tidy. Exit status 1 if any has a finding.
set -u
jobs=${JOBS:-$(nproc)}
status=0
mapfile -t headers < <(find core envs algorithms analysis figures benchmarks cli tests -name '*.h' | sort)

echo "clang-format: $(($# + ${#headers[@]})) files"
printf '%s\0' "$@" "${headers[@]}" | xargs -0 -r clang-format --dry-run -Werror || status=1

echo "imports"
ci/imports.sh || status=1

echo "cppcheck"
cppcheck --std=c17 --enable=warning,performance,portability --inline-suppr --suppressions-list=ci/cppcheck.txt --error-exitcode=1 \
    --quiet -j "$jobs" -I. -D__GNUC__ -D__x86_64__ --template='{file}:{line}:{column}: {id}: {message}' "$@" || status=1

echo "clang-tidy: $# files"
read -ra packages < <(sed -n 's/^PACKAGES := //p' Makefile)
flags="-std=c17 -D_GNU_SOURCE -UNDEBUG -I. $(pkg-config --cflags "${packages[@]}" | sed 's/-I/-isystem /g')"
tidy_one() {
    local march=x86-64 said
    case $2 in
    *_v3.c) march=x86-64-v3 ;;
    *_v4.c) march=x86-64-v4 ;;
    esac
    # shellcheck disable=SC2086    (a list of words)
    said=$(clang-tidy --quiet "$2" -- $1 -march=$march 2>&1)
    local status=$?
    # In one piece, so that the findings of two files do not mix; without "3 warnings generated".
    grep -vE '^([0-9]+ warnings? (generated|treated as errors?).*)?$' <<<"$said"
    return $status
}
export -f tidy_one
printf '%s\0' "$@" | xargs -0 -r -I{} -P "$jobs" bash -c 'tidy_one "$@"' tidy_one "$flags" {} || status=1

if [ "$status" -eq 0 ]; then echo "lint: no findings"; else echo "lint: findings above"; fi
exit "$status"
