#!/bin/sh
# Prints the commit that the sources in the given folders come from, with "-dirty" when they differ from it (changed or untracked
# C files, or the Makefile), or "unknown" outside a checkout, say in an unpacked archive.
here=$(pwd -P)
code() { git -c safe.directory="$here" "$@" 2>/dev/null; }

# An archive unpacked inside somebody else's checkout must not report that one's commit.
[ "$(code rev-parse --show-toplevel)" = "$here" ] || { echo unknown; exit 0; }
commit=$(code rev-parse --verify HEAD) || { echo unknown; exit 0; }

patterns="Makefile"
for folder in "$@"; do
    patterns="$patterns $folder/*.c $folder/*.h"
done
set -f    # git expands the patterns, over all depths
if [ -n "$(code status --porcelain --untracked-files=all -- $patterns)" ]; then
    commit="$commit-dirty"
fi
echo "$commit"
