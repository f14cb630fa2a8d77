#!/bin/bash
# Runs cmocka test programs side by side and reports them in the order given.
#
#   ci/run_tests.sh FOLDER JOBS SECONDS PROGRAM...
#
# FOLDER receives one log per program and `summary`; SECONDS is the limit for one program. What failed is shown in full. The last
# line is `N passed, N failed`; exit status 1 if any failed. A test that was announced and never finished (a crash, a time-out)
# has failed, and so has a program that ends with an error of its own (a leak found at exit).
set -u
folder=$1 jobs=$2 limit=$3
shift 3
logs=$folder/logs
rm -rf "$logs" "$folder/summary"
mkdir -p "$logs"
started=$EPOCHREALTIME

# In the background, at most $jobs at once; <number>.status appears when that program has ended, with its status and seconds.
run_one() {
    local number=$1 limit=$2 program=$3 begin=$EPOCHREALTIME status=0
    timeout --kill-after=5 "$limit" "$program" >"$number.log" 2>&1 </dev/null || status=$?
    echo "$status $(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begin }")" >"$number.status.new"
    mv "$number.status.new" "$number.status"
}
export -f run_one
number=0
for program in "$@"; do
    printf '%s\0' "$logs/$number" "$limit" "$program"
    number=$((number + 1))
done | xargs -0 -r -n 3 -P "$jobs" bash -c 'run_one "$@"' run_one 2>/dev/null &    # (bash reports crashes there; the log has them)
workers=$!
trap 'kill "$workers" 2>/dev/null; exit 130' INT TERM

# cmocka's output: each test has a line "[ RUN      ] name" and one with its outcome; "[==========] Running N test(s)." announces.
count_outcomes='
    match($0, /\[==========\] Running [0-9]+ test/) { split(substr($0, RSTART), word, " "); announced += word[3] }
    /\[ RUN      \] /              { running = 1; begun++ }
    /\[       OK \] / && running   { passed++; running = 0 }
    /\[  SKIPPED \] / && running   { skipped++; running = 0 }
    /\[  FAILED  \] / && running   { failed++; running = 0 }
    END {
        failed += running
        if (announced > begun) failed += announced - begun
        if (!failed && (status != 0 || announced == 0)) failed = 1
        print passed + 0, failed + 0, skipped + 0
    }'

passed=0 failed=0 skipped=0 number=0
for program in "$@"; do
    while [ ! -e "$logs/$number.status" ]; do
        kill -0 "$workers" 2>/dev/null || [ -e "$logs/$number.status" ] || { echo "254 0" >"$logs/$number.status"; }
        sleep 0.05
    done
    read -r status seconds <"$logs/$number.status"
    read -r ok bad omitted < <(awk -v status="$status" "$count_outcomes" "$logs/$number.log")
    name=${program#"$folder"/}
    printf '%-48s %4d passed %3d failed %6s s%s\n' "$name" "$ok" "$bad" "$seconds" "$( ((omitted > 0)) && echo "  ($omitted skipped)")"
    if ((bad > 0)); then
        echo "---- $program: all it said ----"
        cat "$logs/$number.log"
        case $status in
        124 | 137) echo "---- stopped after $limit s ----" ;;
        *) echo "---- exit status $status ----" ;;
        esac
    fi
    passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + omitted)) number=$((number + 1))
done
wait "$workers"

printf '%d test programs, %d tests skipped, %s s\n' "$number" "$skipped" "$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $started }")"
echo "$passed passed, $failed failed" | tee "$folder/summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
