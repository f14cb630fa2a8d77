// ci/gate.sh from an empty repository: a new cell, a tiny experiment, and engram from this checkout as it is now. The tests share one work
// folder and follow one another, as the pull requests of a project do. The program is built from the compiled files of the one under
// test, where those are the usual ones; what compiles everything is long, so only in `make test-full`.
#include <libgen.h>

#include "tests/ci/shell.h"

static char *folder;

// ---- the project ---------------------------------------------------------------------------------------------------------------

// What git knows or would add, as one commit.
#define MAKE_ORIGIN                                                                                                            \
    "mkdir $F/origin && git -c safe.directory=\"$PWD\" ls-files -z --cached --others --exclude-standard | "                    \
    "while IFS= read -r -d '' f; do [ ! -f \"$f\" ] || printf '%s\\0' \"$f\"; done | xargs -0 cp --parents -t $F/origin && "   \
    "cd $F/origin && git init -q && git add -A && git -c user.name=n -c user.email=e commit -q -m origin"
// The minimal gated unit without its fused form, under another name.
#define MAKE_CELL                                                                                                              \
    "cd $F && git init -q project && cd project && mkdir -p ci engram/algorithms/cells engram/benchmarks/mine && "             \
    "cp ../origin/ci/gate.sh ci && C=../origin/algorithms/cells && D=engram/algorithms/cells && "                              \
    "sed -e '/^static const FusedCell/,/^};/d' -e '/fused/d' -e 's/cell_mgu/cell_mycell/; s/\"mgu\"/\"mycell\"/' "             \
    "$C/mgu.c > $D/mycell.c && sed 's/cell_mgu,/cell_mgu, cell_mycell,/' $C/list.h > $D/list.h && "                            \
    "sed 's/&cell_mgu,/\\&cell_mgu, \\&cell_mycell,/; s/\"mgu\",/\"mgu\", \"mycell\",/' $C/cells.c > $D/cells.c"

static const char experiment[] =
    "title: A cell of one's own\nsource: ours\nquestion: does the gate work?\n"
    "base:\n"
    "  environment: {name: tmaze, length: 4}\n"
    "  agent: {name: drqn, episodes: 10, evaluation_episodes: 5, batch: 8, gradient_steps: 2}\n"
    "  network: {layers: 1, hidden: 8, cell: mycell}\n"
    "  histories: {pairs: 20}\n"
    "seeds: 1..3\nscales: {smoke: {note: tiny}, ci: {note: tiny}, paper: {note: tiny}}\n"
    "evidence: {seeds_from: 101, looks: [2, 3]}\n"
    "claims:\n"
    "  - {id: low, text: The loss is not huge, source: ours, kind: at_most, threshold: 100, expect: pass, fewest: 2,\n"
    "     gate_margin: 50, a: {series: training/loss, at: last}}\n";

static void run(const char *command) {
    char output[SHELL_OUTPUT], *line = memory_format("bash -c \"$(cat <<'E'\nF='%s'; %s\nE\n)\"", folder, command);
    int status = shell_run(folder, line, output);
    free(line);
    if (status != 0) fail_msg("%s: exit status %d\n%s", command, status, output);
}

static int make_project(void **state) {
    *state = folder = support_folder();
    char output[SHELL_OUTPUT];
    if (shell_run(folder, "test \"$(git -c safe.directory=\"$PWD\" rev-parse --show-toplevel)\" = \"$(pwd -P)\"", output) != 0)
        return 0;    // an unpacked archive: nobody says which files belong to it
    run(MAKE_ORIGIN);
    run(MAKE_CELL);
    char *project = memory_format("%s/project", folder);
    support_write(project, "engram/benchmarks/mine/maze.yaml", experiment);
    free(project);
    return 0;
}

// The build under test, if it was compiled as the gate compiles; otherwise, and outside of a checkout, the test is skipped.
static char *borrowed_build(void) {
    if (!support_exists(folder, "project") || !getenv("ENGRAM")) skip();
    char *program = realpath(getenv("ENGRAM"), NULL);
    assert_non_null(program);
    char *build = memory_format("%s", dirname(program)), *flags = support_read(build, "flags.stamp", NULL);
    bool usual = strncmp(flags, "gcc -O3 -g -Wall", strlen("gcc -O3 -g -Wall")) == 0 && !strstr(flags, "-fsanitize") &&
                 !strstr(flags, "--coverage");
    free(flags);
    free(program);
    if (usual) return build;
    free(build);
    skip();
    return NULL;
}

// The gate in the project, in an environment with nothing else in it. `settings`: more variables, and the mode behind the script.
static int gate(const char *settings, const char *mode, char output[SHELL_OUTPUT]) {
    char *build = borrowed_build();
    char *command =
        memory_format("cd $F/project && env -i PATH=\"$PATH\" HOME=$F GITHUB_STEP_SUMMARY=$F/summary GATE_ENGRAM=../origin "
                      "GATE_EXPERIMENTS=mine/maze GATE_SCALE=smoke GATE_DEPS=no GATE_BUILD='%s' %s sh ci/gate.sh %s",
                      build, settings, mode);
    int status = shell_run(folder, command, output);
    free(command);
    free(build);
    return status;
}

static void expect(int status, const char *settings, const char *mode, const char *part) {
    char output[SHELL_OUTPUT];
    int found = gate(settings, mode, output);
    if (found != status) fail_msg("exit status %d, expected %d\n%s", found, status, output);
    support_assert_has(output, part);
}

static void edit(const char *command) {
    if (!support_exists(folder, "project")) skip();
    char *line = memory_format("cd $F/project && { %s; }", command);
    run(line);
    free(line);
}

static char *read_project(const char *name) {
    char *project = memory_format("%s/project", folder), *text = support_read(project, name, NULL);
    free(project);
    return text;
}

// ---- from the first pull request on ------------------------------------------------------------------------------------------------

static void the_first_run_builds_and_judges(void **state) {
    (void)state;
    expect(0, "", "", "mine/maze at scale smoke: no baseline to compare with");
    char *text = read_project(".gate/reports/mine/maze/smoke.txt"), *junit = read_project(".gate/reports/mine/maze/smoke.xml");
    char *summary = support_read(folder, "summary", NULL);
    support_assert_has(text, "3 of 3 runs done");
    support_assert_has(junit, "<testsuite name=\"mine/maze\" tests=\"1\" failures=\"0\"");
    support_assert_has(summary, "### mine/maze at scale smoke: all claims as expected");
    free(text);
    free(junit);
    free(summary);
    edit("[ -z \"$(git status --porcelain | grep -v '?? ci/' | grep -v '?? engram/')\" ]");    // nothing else was touched
}

static void unchanged_sources_are_not_trained_again(void **state) {
    (void)state;
    expect(0, "", "", "mine/maze at scale smoke: reused: behaviour ");
    char *text = read_project(".gate/reports/mine/maze/smoke.txt");
    assert_null(strstr(text, "runs done"));
    free(text);
}

static void a_baseline_is_put_into_the_overlay(void **state) {
    (void)state;
    expect(0, "", "baseline", "/engram/results/reference/mine/maze-smoke-verdicts.json; commit it");
    char *record = read_project("engram/results/reference/mine/maze-smoke-verdicts.json");
    support_assert_has(record, "\"claims_digest\"");
    free(record);
}

// With nothing but the committed baseline, as in a new job without a cache: short runs tell that nothing changed.
static void a_comment_changes_nothing(void **state) {
    (void)state;
    edit("echo '// one more' >> engram/algorithms/cells/mycell.c && rm -rf .gate/results");
    expect(0, "", "", "reused: behaviour ");
    edit("[ ! -e .gate/results/runs ]");
}

static void a_patch_that_changes_the_behaviour_is_reported(void **state) {
    (void)state;
    edit("mkdir a b && cp engram/algorithms/cells/mycell.c a && sed 's/BIAS, 0)/BIAS, 0.125)/' a/mycell.c > b/mycell.c && "
         "{ diff -u a/mycell.c b/mycell.c | sed 's|^\\([-+][-+]*\\) \\([ab]\\)/mycell.c.*|\\1 \\2/algorithms/cells/mycell.c|' "
         "> engram/bias.patch; } ; rm -r a b && grep -q '^+++ b/algorithms' engram/bias.patch");
    expect(0, "", "", "mine/maze at scale smoke: behaviour changed; the gate found nothing worse");
    char *summary = support_read(folder, "summary", NULL);
    support_assert_has(summary, "behaviour changed; the gate found nothing worse.");
    support_assert_has(summary, "| low | ");
    free(summary);
    char *text = read_project(".gate/reports/mine/maze/smoke.txt");
    support_assert_has(text, "compared with the runs of ");
    free(text);
}

static void a_night_adds_fresh_seeds(void **state) {
    (void)state;
    expect(0, "GATE_BUDGET=60s GATE_KEEP=records", "nightly", "mine/maze at scale smoke: evidence from fresh seeds");
    edit("[ -f .gate/reports/mine/maze/smoke-verdicts.json ] && [ ! -e .gate/results/runs ] && "
         "[ -f .gate/results/verdicts/evidence/mine/maze-smoke.json ]");
}

// ---- what cannot be done -------------------------------------------------------------------------------------------------------------

static void mistakes_end_with_two_and_a_message(void **state) {
    (void)state;
    expect(2, "GATE_EXPERIMENTS=mine/mazes", "", "there is no experiment 'mine/mazes'; there are: belief/");
    expect(2, "GATE_EXPERIMENTS=", "", "GATE_EXPERIMENTS is not set");
    expect(2, "GATE_ENGRAM=", "", "GATE_ENGRAM is not set");
    expect(2, "GATE_REVISION=no-such-branch", "", "has no revision 'no-such-branch'");
    expect(2, "GATE_ENGRAM=/no/such/engram.git", "", "/no/such/engram.git cannot be reached");
    expect(2, "GATE_OVERLAY=missing", "", "the overlay 'missing' is not there");
    expect(2, "GATE_BASELINE=missing.json", "", "the baseline 'missing.json' is not there");
    expect(2, "GATE_SCALE=large", "", "accepted: smoke, ci, paper");
    expect(2, "", "weekly", "'weekly' is no mode");
    edit("sed -i 's/^-  *weights_fill/-    nothing_like_it/; s/^ *-.*BIAS, 0).*/-no such line/' engram/bias.patch");
    expect(2, "", "", "bias.patch does not apply to engram HEAD with your files");
    edit("rm engram/bias.patch && echo 'int broken(' >> engram/algorithms/cells/mycell.c");
    expect(2, "", "", "mycell.c");
    expect(2, "", "", "engram with your files does not build");
    edit("sed -i '$d' engram/algorithms/cells/mycell.c && echo '{' > engram/results/reference/mine/maze-smoke-verdicts.json");
    expect(2, "", "", "cannot be read as a record of verdicts");
}

static void the_key_is_that_of_the_sources(void **state) {
    (void)state;
    if (!support_exists(folder, "project")) skip();
    char output[SHELL_OUTPUT];
    const char *command =
        "cd $F/project && export GATE_ENGRAM=x GATE_EXPERIMENTS=mine/maze GATE_REVISION=v1 && k() { sh ci/gate.sh key; } && "
        "a=$(k) && b=$(k) && echo x >> engram/note && c=$(k) && rm engram/note && d=$(GATE_REVISION=v2 k) && "
        "e=$(GATE_SCALE=paper k) && g=$(GATE_EXPERIMENTS=mine k) && h=$(k) && "
        "[ ${#a} -eq 64 ] && [ $a = $b ] && [ $a = $h ] && [ $(printf '%s\\n' $a $c $d $e $g | sort -u | wc -l) -eq 5 ]";
    int status = shell_run(folder, command, output);
    if (status != 0) fail_msg("%s", output);
}

static void help_is_the_head_of_the_script(void **state) {
    (void)state;
    char output[SHELL_OUTPUT];
    assert_int_equal(shell_run(folder, "sh ci/gate.sh --help", output), 0);
    support_assert_has(output, "GATE_EXPERIMENTS");
    assert_null(strstr(output, "set -eu"));
    assert_int_equal(shell_run(folder, "sh ci/gate.sh key nightly", output), 2);
}

// ---- from nothing --------------------------------------------------------------------------------------------------------------------

static void everything_is_compiled(void **state) {
    (void)state;
    if (!getenv("ENGRAM_TEST_FULL") || !support_exists(folder, "project")) skip();
    char output[SHELL_OUTPUT];
    const char *command =
        "cd $F/project && rm -rf engram/results engram/*.patch && "
        "env -i PATH=\"$PATH\" HOME=$F GATE_WORK=$F/work GATE_ENGRAM=file://$F/origin GATE_EXPERIMENTS=mine/maze "
        "GATE_SCALE=smoke GATE_REVISION=$(git -C ../origin rev-parse HEAD) GATE_DEPS=no sh ci/gate.sh";
    int status = shell_run(folder, command, output);
    if (status != 0) fail_msg("exit status %d\n%s", status, output);
    support_assert_has(output, "mine/maze at scale smoke: no baseline to compare with");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(help_is_the_head_of_the_script),
        cmocka_unit_test(the_first_run_builds_and_judges),
        cmocka_unit_test(unchanged_sources_are_not_trained_again),
        cmocka_unit_test(a_baseline_is_put_into_the_overlay),
        cmocka_unit_test(a_comment_changes_nothing),
        cmocka_unit_test(a_patch_that_changes_the_behaviour_is_reported),
        cmocka_unit_test(a_night_adds_fresh_seeds),
        cmocka_unit_test(mistakes_end_with_two_and_a_message),
        cmocka_unit_test(the_key_is_that_of_the_sources),
        cmocka_unit_test(everything_is_compiled),
    };
    return cmocka_run_group_tests_name("gate", tests, make_project, support_tear_down);
}
