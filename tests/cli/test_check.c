// engram check --tier commit and --budget, as a CI job calls them: what is reused, what blocks, and that asking again changes nothing.
#include "tests/benchmarks/tiny_experiment.h"
#include "tests/ci/shell.h"

#include <jansson.h>

#define CLAIM(id, rest)                                                                                                        \
    "  - {id: " id                                                                                                             \
    ", text: t, source: s, kind: at_least, expect: pass, fewest: 2, a: {series: training/loss, at: last}, " rest "}\n"
static const char claims[] = "claims:\n" CLAIM("low", "threshold: -100, gate_margin: 0.001");

static const char *program(void) {
    const char *engram = getenv("ENGRAM");
    if (!engram) skip();
    return engram;
}

// $F: the home; $R: results.
static int check(const TinyHome *home, const char *arguments, char output[SHELL_OUTPUT]) {
    char *command =
        memory_format("R='%s'; ENGRAM_HOME=$F '%s' check %s --results $R --jobs 1", home->results, program(), arguments);
    int status = shell_run(home->folder, command, output);
    free(command);
    return status;
}

static void expect(const TinyHome *home, int status, const char *arguments, const char *part) {
    char output[SHELL_OUTPUT];
    int found = check(home, arguments, output);
    if (found != status) fail_msg("check %s: exit status %d, expected %d\n%s", arguments, found, status, output);
    support_assert_has(output, part);
}

static void begin(const TinyHome *home, const char *text) {
    program();
    experiment_destroy(tiny_experiment(home, "maze", "gru", 10, text));
}

// The last record becomes the committed one, with changes: another behaviour, and values that are higher by `more`, and a little more
// for each seed.
static void commit(const TinyHome *home, double more, double each) {
    char *last = support_path(home->results, "verdicts/test/maze-ci.json");
    char *committed = support_path(home->folder, "results/reference/test/maze-ci-verdicts.json");
    char *command = memory_format("mkdir -p '%s/results/reference/test'", home->folder);
    assert_int_equal(system(command), 0);
    json_t *record = json_load_file(last, 0, NULL);
    assert_non_null(record);
    if (more != 0) json_object_set_new(record, "behaviour", json_string("another"));
    json_t *claim = json_array_get(json_object_get(record, "claims"), 0),
           *arm = json_array_get(json_object_get(claim, "arms"), 0);
    for (size_t i = 0; i < json_array_size(arm); i++) {
        json_t *row = json_array_get(arm, i);
        double value = json_real_value(json_object_get(row, "value")),
               seed = (double)json_integer_value(json_object_get(row, "seed"));
        json_object_set_new(row, "value", json_real(value + more + each * seed));
    }
    assert_int_equal(json_dump_file(record, committed, JSON_REAL_PRECISION(17)), 0);
    json_decref(record);
    free(last);
    free(committed);
    free(command);
}

static size_t run_files(const TinyHome *home) {
    char output[SHELL_OUTPUT], *command = memory_format("ls '%s/runs' 2>/dev/null | grep -c 'h5$'", home->results);
    shell_run(home->folder, command, output);
    free(command);
    return (size_t)atoi(output);
}

static void forget_results(const TinyHome *home) {
    char *command = memory_format("rm -rf '%s'/*", home->results);
    assert_int_equal(system(command), 0);
    free(command);
}

#define COMMIT "test/maze --tier commit "

// ---- nothing changed -----------------------------------------------------------------------------------------------------------------------

static void unchanged_behaviour_is_not_judged_again(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline to compare with");
    assert_int_equal(run_files(home), 4);
    expect(home, 0, COMMIT, "reused: behaviour ");
    commit(home, 0, 0);
    forget_results(home);
    expect(home, 0, COMMIT "--junit $F/j.xml --markdown $F/m.md", "reused: behaviour ");
    assert_int_equal(run_files(home), 0);    // the committed record was enough: only short runs were trained
    char *markdown = support_read(home->folder, "m.md", NULL);
    support_assert_has(markdown, "reused: behaviour ");
    free(markdown);
    assert_true(support_exists(home->results, "verdicts/test/maze-ci.json"));
}

static void new_thresholds_are_judged_from_the_runs_that_are_there(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, 0, 0);
    experiment_destroy(tiny_experiment(home, "maze", "gru", 10, "claims:\n" CLAIM("low", "threshold: 50, gate_margin: 0.001")));
    char output[SHELL_OUTPUT];
    assert_int_equal(check(home, COMMIT, output), 1);    // it fails now
    support_assert_has(output, "behaviour unchanged, judged anew; the gate found nothing worse");
    support_assert_has(output, "the same");
    assert_null(strstr(output, "of 4 runs done,"));
}

// ---- something changed ---------------------------------------------------------------------------------------------------------------------

static void a_change_that_is_not_worse_passes(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, -1, 0.001);    // the stored runs were lower
    expect(home, 0, COMMIT, "the gate found nothing worse");
    forget_results(home);
    expect(home, 0, COMMIT "--markdown $F/m.md", "behaviour changed; the gate found nothing worse");
    char *markdown = support_read(home->folder, "m.md", NULL);
    support_assert_has(markdown, "| not worse |");
    free(markdown);
}

static void what_is_worse_blocks_however_often_it_is_asked(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, 10, 0.1);
    for (int i = 0; i < 3; i++) {
        if (i == 2) forget_results(home);
        expect(home, 1, COMMIT "--junit $F/j.xml --markdown $F/m.md", "WORSE than the baseline, confirmed on fresh seeds");
        char *junit = support_read(home->folder, "j.xml", NULL), *markdown = support_read(home->folder, "m.md", NULL);
        support_assert_has(junit, "<testsuite name=\"test/maze against the baseline\" tests=\"1\" failures=\"1\"");
        support_assert_has(markdown, "**Worse than the baseline.** Compared with the runs of ");
        free(junit);
        free(markdown);
        assert_true(support_exists(home->results, "verdicts/worse/test/maze-ci.json"));
        assert_int_equal(run_files(home), 8);    // four of them with fresh seeds
    }
}

// Without a committed record the last one is the baseline, until something else was found to be no worse.
static void what_is_worse_than_the_last_time_does_not_become_the_last_time(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, 10, 0.1);
    char *move = memory_format("mv '%s/results/reference/test/maze-ci-verdicts.json' '%s/verdicts/test/maze-ci.json'",
                               home->folder, home->results);
    assert_int_equal(system(move), 0);
    free(move);
    expect(home, 1, COMMIT, "WORSE");
    expect(home, 1, COMMIT, "WORSE");
}

static void what_is_worse_on_the_fixed_seeds_only_passes(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, 0.01, 0.0001);    // certain in pairs, and nothing beside the spread between seeds
    expect(home, 0, COMMIT, "the gate found something worse, but not again on fresh seeds");
    expect(home, 0, COMMIT, "the gate found something worse, but not again on fresh seeds");
}

// ---- records that are no records -------------------------------------------------------------------------------------------------------------

static void a_broken_baseline_is_no_open_gate(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    commit(home, 0, 0);
    support_write(home->results, "verdicts/test/maze-ci.json", "{");    // only kept for speed
    expect(home, 0, COMMIT, "reused");
    support_write(home->folder, "results/reference/test/maze-ci-verdicts.json", "{\"format\": 1");
    expect(home, 2, COMMIT, "maze-ci-verdicts.json cannot be read as a record of verdicts");
    expect(home, 2, COMMIT "--baseline $F/none.json", "none.json cannot be read");
    support_write(home->folder, "other.json", "{\"format\": 1, \"experiment\": \"test/other\", \"scale\": \"ci\"}");
    expect(home, 2, COMMIT "--baseline $F/other.json", "is the record of test/other");
}

static void a_named_baseline_is_enough(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    expect(home, 0, COMMIT, "no baseline");
    char *copy = memory_format("cp '%s/verdicts/test/maze-ci.json' '%s/kept.json'", home->results, home->folder);
    assert_int_equal(system(copy), 0);
    free(copy);
    forget_results(home);
    expect(home, 0, COMMIT "--baseline $F/kept.json", "reused");
    assert_int_equal(run_files(home), 0);
}

// ---- several, and a night --------------------------------------------------------------------------------------------------------------------

static void several_experiments_share_the_reports(void **state) {
    TinyHome *home = *state;
    begin(home, claims);
    experiment_destroy(tiny_experiment(home, "other", "lstm", 10, claims));
    expect(home, 0, "test --tier commit --junit $F/j.xml --markdown $F/m.md --csv", "test/other:low,");
    char *junit = support_read(home->folder, "j.xml", NULL), *markdown = support_read(home->folder, "m.md", NULL);
    support_assert_has(junit, "<testsuite name=\"test/maze\"");
    support_assert_has(junit, "<testsuite name=\"test/other\"");
    support_assert_has(markdown, "### test/maze at scale ci");
    support_assert_has(markdown, "### test/other at scale ci");
    free(junit);
    free(markdown);
}

static void a_night_leaves_evidence(void **state) {
    TinyHome *home = *state;
    begin(home, "claims:\n" CLAIM("low", "threshold: -100") CLAIM("near", "threshold: 0.1"));
    expect(home, 3, "test/maze --budget 60s", "look 2 of 2, 3 seeds");
    assert_true(support_exists(home->results, "verdicts/evidence/test/maze-ci.json"));
    assert_true(support_exists(home->results, "verdicts/allocation.csv"));
    expect(home, 0, "test/maze --budget 60s --undecided pass", "look 2 of 2, 3 seeds, 0 new runs: looked");
    expect(home, 1, "test/maze --budget 60s --undecided fail", "evidence from fresh seeds");
    expect(home, 2, "test/maze --budget soon", "expected a time above 0");
    expect(home, 2, "test/maze --budget 60s --tier commit", "--budget is a tier of its own");
}

#define ON_RUNS(test) cmocka_unit_test_setup_teardown(test, tiny_set_up, tiny_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_RUNS(unchanged_behaviour_is_not_judged_again),
        ON_RUNS(new_thresholds_are_judged_from_the_runs_that_are_there),
        ON_RUNS(a_change_that_is_not_worse_passes),
        ON_RUNS(what_is_worse_blocks_however_often_it_is_asked),
        ON_RUNS(what_is_worse_than_the_last_time_does_not_become_the_last_time),
        ON_RUNS(what_is_worse_on_the_fixed_seeds_only_passes),
        ON_RUNS(a_broken_baseline_is_no_open_gate),
        ON_RUNS(a_named_baseline_is_enough),
        ON_RUNS(several_experiments_share_the_reports),
        ON_RUNS(a_night_leaves_evidence),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
