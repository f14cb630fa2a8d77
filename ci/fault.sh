#!/bin/bash
# A copy of this tree with one fault in it, to be built and run like the tree itself: ci/fault.sh PATCH FOLDER (which must not exist yet).
# See tests/faults/README.md.
set -eu
patch=$(realpath "$1") folder=$2
here=$(pwd -P)
mkdir -p "$(dirname "$folder")"
mkdir "$folder"
# What git knows or would add, as it is now: changes that are not committed belong to the tree.
git -c safe.directory="$here" ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done |
    xargs -0 cp --parents --preserve=mode,timestamps -t "$folder"
cd "$folder"
# A folder inside a checkout would make git look for the paths from that one's top.
GIT_CEILING_DIRECTORIES=$(dirname "$(pwd -P)") git apply "$patch"
