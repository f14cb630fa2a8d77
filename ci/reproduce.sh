#!/bin/sh
# The T-Maze experiment at ci scale: training, figure, claims.
#
#   ci/reproduce.sh PROGRAM JOBS [EXPERIMENT [SCALE]]
#
# A run that was interrupted goes on where it stopped. Claims that stay undecided (status 3 of `engram check`) are not a failure.
set -eu
program=$1 jobs=$2 experiment=${3:-belief/tmaze} scale=${4:-ci}
begin=$(date +%s)
reports=results/reports/$experiment
mkdir -p "$reports"
table=$reports/$scale-check.txt

echo "== training: $program run $experiment --scale $scale --jobs $jobs"
"$program" run "$experiment" --scale "$scale" --jobs "$jobs"

echo "== estimates: $program analyse $experiment --scale $scale --jobs $jobs"
"$program" analyse "$experiment" --scale "$scale" --jobs "$jobs"

echo "== figure: $program figure $experiment --scale $scale"
"$program" figure "$experiment" --scale "$scale"

echo "== claims: $program check $experiment --scale $scale"
status=0
"$program" check "$experiment" --scale "$scale" >"$table" || status=$?
cat "$table"
"$program" figure "$experiment/claims" --scale "$scale" || echo "no forest plot"

echo
echo "Wall time: $(($(date +%s) - begin)) s."
echo "Figure:    $(find results/figures -path "*${experiment##*/}*" -name '*.svg' 2>/dev/null | sort | tr '\n' ' ')(PDF and PNG beside it)"
echo "Claims:    $table"
case $status in
0) ;;
3)
    echo "Some claims are undecided with this many seeds (the table names them): that is a result, not a failure."
    status=0
    ;;
*) echo "engram check ended with status $status." ;;
esac
exit "$status"
