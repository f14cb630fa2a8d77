#!/bin/sh
# Line coverage of the sources: ci/coverage.sh OBJECTS OUT FOLDER... writes OUT/coverage.html and prints the table.
set -eu
objects=$1 out=$2
shift 2
filters=
for folder in "$@"; do
    filters="$filters --filter $folder/"
done
# shellcheck disable=SC2086    (a list of words)
gcovr --root . $filters --html-details "$out/coverage.html" --txt "$out/coverage.txt" --sort-uncovered "$objects"
cat "$out/coverage.txt"
echo "Line by line: $out/coverage.html"
