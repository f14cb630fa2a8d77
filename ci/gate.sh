#!/bin/sh
# Gates another repository on engram's claims: has a change of your cell, agent, environment or experiment made any claim worse?
#
# Copy this one file. Your repository holds a folder that mirrors engram's tree with your files only, say engram/algorithms/cells/mycell.c and
# engram/benchmarks/mine/maze.yaml, and in its top perhaps patches, engram/*.patch. The gate fetches engram, lays your files over it,
# applies the patches, builds, and asks `engram check --tier commit`. ci/README.md of engram has an example from beginning to end.
#
#     gate.sh            a pull request: trains only if the behaviour changed, then compares with the committed baseline
#     gate.sh nightly    fresh seeds for what is undecided, up to the budget
#     gate.sh baseline   judges the sources as they are and puts the record into the overlay, to be committed
#     gate.sh key        prints the key under which a CI service should keep the work folder: SHA-256 of engram's revision, the files of
#                        the overlay, the experiments and the scale
#
# Variables:
#     GATE_ENGRAM        where engram is: the URL of a git repository, or a folder; required
#     GATE_REVISION      its commit (all 40 digits: then nothing is fetched twice), tag or branch; default: HEAD, which moves
#     GATE_EXPERIMENTS   names, separated by spaces; a folder stands for all in it; required
#     GATE_OVERLAY       the folder with your files; default: engram
#     GATE_SCALE         smoke, ci or paper; default: ci
#     GATE_BASELINE      a record to compare with, for one experiment; default: results/reference/NAME-SCALE-verdicts.json of the overlay
#     GATE_BUDGET        time of a night for each of the experiments: 90s, 20m (the default), 2h
#     GATE_UNDECIDED     exit code of undecided claims: pass (0, the default), aside (3) or fail (1)
#     GATE_WORK          the only folder that is written to (but by `baseline`), to be kept between jobs; default: .gate
#     GATE_REPORTS       reports for people and CI services; default: $GATE_WORK/reports
#     GATE_JOBS          processes at a time; default: one for each CPU
#     GATE_KEEP          what stays in the work folder: all (the default), or records, without trained runs, which are large
#     GATE_DEPS          install missing Debian packages: yes (the default) or no
#     GATE_BUILD         a build folder of the same revision to begin with; default: none, all is compiled
#
# $GITHUB_STEP_SUMMARY, if set, receives the summaries. Exit code: 0 no claim is worse or contrary to what is expected; 1 one is; 2 it could
# not be found out; 3 undecided, with GATE_UNDECIDED=aside; 130 interrupted.
set -eu
LC_ALL=C
export LC_ALL

fail() {
    echo "gate: $*" >&2
    exit 2
}

# ---- what is asked -------------------------------------------------------------------------------------------------------------

mode=${1:-check}
case $mode in
check | nightly | baseline | key) ;;
-h | --help | help)
    sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p;}' "$0"
    exit 0
    ;;
*) fail "'$mode' is no mode; there are: nightly, baseline, key, and none for a pull request" ;;
esac
[ $# -le 1 ] || fail "one mode at a time; all else is said in variables: gate.sh --help"

overlay=${GATE_OVERLAY:-engram}
scale=${GATE_SCALE:-ci}
revision=${GATE_REVISION:-HEAD}
experiments=${GATE_EXPERIMENTS:-}
[ -n "$experiments" ] || fail "GATE_EXPERIMENTS is not set: which experiments are to be checked?"
[ -n "${GATE_ENGRAM:-}" ] || fail "GATE_ENGRAM is not set: where is engram, a URL or a folder?"
[ -d "$overlay" ] || fail "the overlay '$overlay' is not there; GATE_OVERLAY names the folder with your files"
case $scale in
smoke | ci | paper) ;;
*) fail "GATE_SCALE is '$scale', accepted: smoke, ci, paper" ;;
esac
case ${GATE_KEEP:-all} in
all | records) ;;
*) fail "GATE_KEEP is '$GATE_KEEP', accepted: all, records" ;;
esac
for tool in git sha256sum tar tee; do
    command -v "$tool" >/dev/null || fail "$tool is missing: install it first"
done

absolute() { (cd "$1" && pwd -P); }

overlay=$(absolute "$overlay")
engram=$GATE_ENGRAM
[ ! -d "$engram" ] || engram=$(absolute "$engram")

if [ "$mode" = key ]; then
    {
        echo "engram $revision"
        echo "scale $scale"
        for name in $experiments; do echo "experiment $name"; done
        cd "$overlay"
        find . \( -type f -o -type l \) -exec sha256sum {} + | sort
    } | sha256sum | cut -d ' ' -f 1
    exit 0
fi

# ---- places --------------------------------------------------------------------------------------------------------------------

# What a hook of the surrounding repository sets would lead git there.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_PREFIX
mkdir -p "${GATE_WORK:-.gate}"
work=$(absolute "${GATE_WORK:-.gate}")
mkdir -p "${GATE_REPORTS:-$work/reports}"
reports=$(absolute "${GATE_REPORTS:-$work/reports}")
baseline=${GATE_BASELINE:-}
if [ -n "$baseline" ]; then
    [ -f "$baseline" ] || fail "the baseline '$baseline' is not there"
    baseline=$(absolute "$(dirname "$baseline")")/$(basename "$baseline")
fi
tree=$work/engram results=$work/results
jobs=${GATE_JOBS:-$(nproc 2>/dev/null || echo 1)}
# The work folder is no part of the repository that it lies in.
[ -f "$work/.gitignore" ] || echo '*' >"$work/.gitignore"

seconds() { date +%s; }
git_here() { git -C "$tree" -c core.autocrlf=false -c core.hooksPath=/dev/null -c gc.auto=0 "$@"; }
# Puts the files of a folder into the index.
add_folder() {
    folder=$1
    shift
    (cd "$folder" && git --git-dir="$tree/.git" --work-tree=. -c core.autocrlf=false add "$@") 2>"$work/git.log" ||
        fail "the files of $folder cannot be taken: $(cat "$work/git.log")"
}

# ---- engram at its revision ------------------------------------------------------------------------------------------------------

# A commit that depends on its contents and its parent alone: the same sources have the same revision wherever the gate runs.
make_commit() {
    GIT_AUTHOR_NAME=gate GIT_AUTHOR_EMAIL=gate@invalid GIT_AUTHOR_DATE=2000-01-01T00:00:00Z \
        GIT_COMMITTER_NAME=gate GIT_COMMITTER_EMAIL=gate@invalid GIT_COMMITTER_DATE=2000-01-01T00:00:00Z \
        git_here commit-tree -m "engram as the gate builds it" "$@"
}

is_here() { git_here rev-parse --verify -q "$1^{commit}" 2>/dev/null; }

# An unpacked archive has no revisions: it is taken as it is.
take_folder() {
    [ "$revision" = HEAD ] || fail "$engram is no git repository, so it has no revision '$revision'"
    GIT_INDEX_FILE=$work/index
    export GIT_INDEX_FILE
    rm -f "$GIT_INDEX_FILE"
    add_folder "$engram" -A -- .
    base=$(make_commit "$(git_here write-tree)")
    unset GIT_INDEX_FILE
}

fetch_engram() {
    [ -d "$tree/.git" ] || git init -q "$tree"
    if [ -d "$engram" ] && ! git -C "$engram" rev-parse --git-dir >/dev/null 2>&1; then
        [ -f "$engram/Makefile" ] || fail "$engram holds no engram: there is no Makefile"
        take_folder
        return
    fi
    if printf %s "$revision" | grep -qxE '[0-9a-f]{40}' && base=$(is_here "$revision"); then return; fi
    if git_here fetch -q --depth 1 "$engram" "$revision" 2>"$work/git.log"; then
        base=$(is_here FETCH_HEAD)
        return
    fi
    git_here ls-remote -q "$engram" HEAD >/dev/null 2>"$work/git.log" || fail "$engram cannot be reached: $(tail -n 3 "$work/git.log")"
    # Servers may refuse a single commit, and digits that are not all 40.
    git_here fetch -q "$engram" '+refs/heads/*:refs/gate/heads/*' '+refs/tags/*:refs/gate/tags/*' 2>"$work/git.log" ||
        fail "$engram cannot be fetched: $(tail -n 3 "$work/git.log")"
    base=$(is_here "$revision") || base=$(is_here "refs/gate/heads/$revision") || base=$(is_here "refs/gate/tags/$revision") ||
        fail "$engram has no revision '$revision'"
}

# ---- your files over it ----------------------------------------------------------------------------------------------------------

record_in_tree() { echo "results/reference/$1-$scale-verdicts.json"; }

# For a pull request and a baseline every experiment has its own reports: folders are opened.
expand_experiments() {
    known=$(git_here ls-files benchmarks/ | sed -n 's|^benchmarks/\(.*\)\.yaml$|\1|p')
    expanded=
    for name in $experiments; do
        name=${name%/}
        found=
        for one in $known; do
            case $one in
            "$name" | "$name"/*) found="$found $one" ;;
            esac
        done
        [ -n "$found" ] || fail "there is no experiment '$name'; there are: $(echo "$known" | tr '\n' ' ')"
        [ "$mode" != nightly ] || found=" $name"    # one budget for all in it
        expanded=$expanded$found
    done
    experiments=${expanded# }
    case $experiments in
    *" "*) [ -z "$baseline" ] || fail "GATE_BASELINE is the record of one experiment, and there are: $experiments" ;;
    esac
}

# In an index of its own, so that in the tree only files change that differ: the next build compiles these.
lay_overlay() {
    GIT_INDEX_FILE=$work/index
    export GIT_INDEX_FILE
    rm -f "$GIT_INDEX_FILE"
    git_here read-tree "$base"
    add_folder "$overlay" -f --ignore-removal -- . ':(exclude,glob)*.patch'
    for patch in "$overlay"/*.patch; do
        [ -f "$patch" ] || continue
        git_here apply --cached --whitespace=nowarn "$patch" 2>"$work/git.log" ||
            fail "$(basename "$patch") does not apply to engram $revision with your files: $(cat "$work/git.log")"
    done
    expand_experiments
    if [ "$mode" = baseline ]; then    # what is judged anew is not compared with what it was
        for name in $experiments; do git_here update-index --force-remove "$(record_in_tree "$name")"; done
    fi
    commit=$(make_commit -p "$base" "$(git_here write-tree)")
    unset GIT_INDEX_FILE
}

check_out() { git_here checkout -q -f --detach "$1" 2>"$work/git.log" || fail "the sources cannot be laid out: $(cat "$work/git.log")"; }

# ---- building --------------------------------------------------------------------------------------------------------------------

install_packages() {
    [ "${GATE_DEPS:-yes}" = yes ] || return 0
    (cd "$tree" && ci/deps.sh --quiet run) >"$work/deps.log" 2>&1 || {
        tail -n 20 "$work/deps.log" >&2
        fail "the packages that engram needs are not there, see above; GATE_DEPS=no leaves them alone"
    }
}

# Compiled files of another compiler or other libraries are of no use.
build_tools() {
    cc --version 2>/dev/null | head -n 1
    pkg-config --modversion openblas gsl hdf5-serial 2>/dev/null || echo "no libraries"
}

borrow_build() {
    check_out "$base"    # what differs from it gets a later time than the compiled files
    mkdir -p "$tree/build"
    # Stamps first: what is older than they are is compiled again.
    (cd "$GATE_BUILD" && tar cf - ./*.stamp core envs algorithms analysis figures benchmarks cli) | (cd "$tree/build" && tar xmf -)
    build_tools >"$tree/build/tools"
}

build() {
    command -v make >/dev/null || fail "make is missing: install it first"
    if [ -d "$tree/build" ] && [ "$(build_tools)" != "$(cat "$tree/build/tools" 2>/dev/null)" ]; then rm -rf "$tree/build"; fi
    [ -d "$tree/build" ] || [ -z "${GATE_BUILD:-}" ] || borrow_build
    check_out "$commit"
    mkdir -p "$tree/build"
    build_tools >"$tree/build/tools"
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$tree" --no-print-directory "-j$jobs" all >"$work/build.log" 2>&1 || {
        grep -v '^cc  ' "$work/build.log" | tail -n 20 >&2
        fail "engram with your files does not build, see above; all of it: $work/build.log"
    }
}

# ---- checking --------------------------------------------------------------------------------------------------------------------

# The worse of two exit codes.
worse() {
    for one in 2 130 1 3; do
        if [ "$1" -eq "$one" ] || [ "$2" -eq "$one" ]; then
            echo "$one"
            return
        fi
    done
    echo 0
}

# What the check found, as its own text says.
outcome() {
    sed -n 's/^engram check: \(no first look at .*\)/\1/p; /^reused: /p; /^behaviour [cu]/p; /^no baseline/p; /^evidence from/p' "$1" |
        head -n 1
}

summarise() {
    [ -n "${GITHUB_STEP_SUMMARY:-}" ] || return 0
    if [ -s "$1.md" ]; then
        cat "$1.md"
    else
        printf '### %s: could not be checked\n\n```\n' "$2"
        tail -n 20 "$1.txt"
        printf '```\n\n'
    fi >>"$GITHUB_STEP_SUMMARY"
}

keep_record() {
    for kind in "" worse/ evidence/; do
        record=$results/verdicts/$kind$1-$scale.json
        # Only what this check wrote.
        if [ -f "$record" ] && [ -n "$(find "$record" -newer "$work/begun")" ]; then cp "$record" "$2-verdicts.json"; fi
    done
}

check_one() {
    name=$1 report=$reports/$1/$scale
    mkdir -p "$(dirname "$report")"
    rm -f "$report.txt" "$report.xml" "$report.md" "$report-verdicts.json"
    set -- check "$name" --scale "$scale" --jobs "$jobs" --results "$results" --undecided "${GATE_UNDECIDED:-pass}" \
        --junit "$report.xml" --markdown "$report.md"
    case $mode in
    nightly) set -- "$@" --budget "${GATE_BUDGET:-20m}" ;;
    *) set -- "$@" --tier commit ;;
    esac
    [ "$mode" != check ] || [ -z "$baseline" ] || set -- "$@" --baseline "$baseline"
    echo "== engram check $name"
    : >"$work/begun"
    {
        code=0
        (cd "$tree" && build/engram "$@") 2>&1 || code=$?
        echo "$code" >"$work/code"
    } | tee "$report.txt"
    code=$(cat "$work/code")
    keep_record "$name" "$report"
    summarise "$report" "$name"
    case $code in
    0 | 1 | 2 | 3 | 130) ;;
    *)
        echo "gate: engram check ended with $code: it crashed or was killed" >&2
        code=2
        ;;
    esac
    status=$(worse "$status" "$code")
    said=$(outcome "$report.txt")
    ! grep -q '^no claims at this scale' "$report.txt" || said="$said; it has no claims at this scale, so nothing was judged"
    lines="$lines
$name at scale $scale: ${said:-not checked}; exit code $code; reports: $report.*"
}

# ---- all of it -------------------------------------------------------------------------------------------------------------------

begin=$(seconds)
fetch_engram
lay_overlay
fetched=$(seconds)
# deps.sh is engram's own: it must be laid out before. A borrowed build wants its own order.
[ -n "${GATE_BUILD:-}" ] || check_out "$commit"
install_packages
build
built=$(seconds)
mkdir -p "$results"
status=0 lines=
for name in $experiments; do
    [ "$mode" != baseline ] || rm -f "$results/verdicts/$name-$scale.json"
    check_one "$name"
    if [ "$mode" = baseline ] && [ -f "$reports/$name/$scale-verdicts.json" ]; then
        target=$overlay/$(record_in_tree "$name")
        mkdir -p "$(dirname "$target")"
        cp "$reports/$name/$scale-verdicts.json" "$target"
        lines="$lines
  baseline: $target; commit it"
    fi
done
[ "${GATE_KEEP:-all}" = all ] || rm -rf "$results/runs" "$results/analysis"
echo
echo "gate: engram $(git_here rev-parse --short=12 "$base") with $overlay, as $(git_here rev-parse --short=12 "$commit");" \
    "$((fetched - begin)) s to fetch, $((built - fetched)) s to build, $(($(seconds) - built)) s to check$lines"
exit "$status"
