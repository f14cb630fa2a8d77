// The drawing "irrelevant": both parts of the belief, a column for each combination and cell, a row for each set and the probe.
#include "tests/benchmarks/drawings/fake_beliefs.h"

// Estimators beside MINE and the probe stand in the log: what reads them does not ask where they are from.
static const FakeSeries parts_log[] = {
    {"evaluation/discounted_return", belief_return, 0, 5, 100},      {"mine-narrow/policy", belief_mine, 0, 25, 100},
    {"mine-narrow/policy-irrelevant", belief_forgotten, 0, 25, 100}, {"mine-wide/policy", belief_mine, 0, 25, 100},
    {"mine-wide/policy-irrelevant", belief_forgotten, 0, 25, 100},   {"mine-narrow/bank", belief_bank, 0, 25, 100},
    {"mine-narrow/bank-irrelevant", belief_forgotten, 0, 25, 100},
};
static const FakeSeries parts_analysis[] = {
    {"mine/policy", belief_mine, 0, 25, 100},
    {"mine/policy-irrelevant", belief_forgotten, 0, 25, 100},
    {"mine/bank", belief_bank, 0, 25, 100},
    {"mine/bank-irrelevant", belief_forgotten, 0, 25, 100},
    {"probe/bank", belief_probe, 0, 25, 100},
    {"probe/bank-irrelevant", belief_forgotten, 0, 25, 100},
    {"mine/bank-observation", belief_observation, 0, 25, 0},
    {"mine/bank-observation-irrelevant", belief_observation, 0, 25, 0},
};

static void both_parts_of_two_tasks(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment_varied(home, "{length: [9, 10], cell: [gru]}", 5, "figure: {script: irrelevant}\n");
    belief_runs(home, experiment, parts_log, 7, parts_analysis, 8);
    char *folder = belief_draw(home, experiment, 1, "irrelevant");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(belief_rows(curves, "panel", "length-10", "series", "mine/bank-irrelevant"), 5);
    assert_int_equal(belief_rows(curves, "panel", "length-9", "series", "mine-wide/policy-irrelevant"), 5);
    csv_destroy(curves);
    char *script = fake_script(folder);
    support_assert_has(script, "COLUMNS = 2\nROWS = 4\n");
    support_assert_has(script, "array ROW_TITLE[3] = [\"MI, current policy\", \"MI, frozen bank\", \"probe, frozen bank\"]");
    support_assert_has(script, "array VARIANT[3] = [\"MINE\", \"MINE, narrow\", \"MINE, wide\"]");
    support_assert_has(script, "array CONTROL_IRRELEVANT[2] = [0.9, 0.9]");
    support_assert_has(script, "5 seeds per cell and task");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void the_relevant_part_alone_of_one_task(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 1, "figure: {script: irrelevant}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_PLAIN);
    char *folder = belief_draw(home, experiment, 1, "irrelevant-single");
    char *script = fake_script(folder);
    support_assert_has(script, "LINE_COUNT = 3\n");
    support_assert_has(script, "VARIANT_COUNT = 0\n");
    support_assert_has(script, "array CONTROL_IRRELEVANT[1] = [NaN]");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void every_estimate_is_undefined(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: irrelevant}\n");
    static const FakeSeries nowhere[] = {{"mine/policy-irrelevant", belief_undefined, 0, 25, 100},
                                         {"mine/policy", belief_undefined, 0, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, nowhere, 2);
    free(belief_draw(home, experiment, 1, "irrelevant-undefined"));
    experiment_destroy(experiment);
}

static void nothing_to_draw_is_said(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: irrelevant}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, 1);
    Error error = {0};
    size_t count;
    char **folders;
    assert_false(figure_draw(home->results, experiment, false, &count, &folders, &error));
    support_assert_has(error.message, "irrelevant: no run of test/maze at scale ci has an estimate");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(both_parts_of_two_tasks),
        AT_HOME(the_relevant_part_alone_of_one_task),
        AT_HOME(every_estimate_is_undefined),
        AT_HOME(nothing_to_draw_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
