#!/bin/sh
# Imports go down only: cli > benchmarks > figures > analysis > algorithms > envs > core. Prints each line that breaks this.
set -eu
rooms="core envs algorithms analysis figures benchmarks cli"
above=$rooms
status=0
for room in $rooms; do
    above=${above#"$room"}
    above=${above# }
    [ -n "$above" ] || break
    pattern="^ *# *include \"($(echo "$above" | tr ' ' '|'))/"
    if grep -rnE --include='*.c' --include='*.h' "$pattern" "$room"; then
        echo "^ $room includes from above itself" >&2
        status=1
    fi
done
exit "$status"
