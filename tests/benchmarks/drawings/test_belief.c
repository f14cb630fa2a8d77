// The drawing "belief": a panel for each set of histories that the runs have, and none for what they have not.
#include "tests/benchmarks/drawings/fake_beliefs.h"

static void five_cells_with_exploration(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment_varied(home, "{cell: [gru, lstm, mgu, brc, nbrc]}", 10, "figure: {script: belief}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_MEMORY);
    assert_true(figure_needs_analysis(experiment));
    char *folder = belief_draw(home, experiment, 1, "belief-exploring");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(belief_rows(curves, "series", "mine/exploring", "cell", "brc"), 5);
    assert_int_equal(belief_rows(curves, "series", "mine/bank-memory", "cell", "lstm"), 0);
    assert_int_equal(belief_rows(curves, "series", "mine/bank", "cell", "lstm-memory"), 5);
    csv_destroy(curves);
    char *script = fake_script(folder);
    support_assert_has(script, "VIEW_COUNT = 4\n");
    support_assert_has(script, "array SERIES[4] = [\"mine/policy\", \"mine/exploring\", \"mine/bank\", \"probe/bank\"]");
    support_assert_has(script, "array CEILING[4] = [\"entropy/policy\", \"entropy/exploring\", \"\", \"\"]");
    support_assert_has(script, "the exact belief: MINE estimates on held-out pairs (b, c, d) and a softmax probe's bound (e).");
    support_assert_has(script, "In (d, e) all cells and checkpoints share one frozen bank");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void plain_maze_has_four_panels(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment_varied(home, "{cell: [gru, lstm, mgu, brc, nbrc]}", 10, "figure: {script: belief}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_PLAIN);
    char *folder = belief_draw(home, experiment, 1, "belief-plain");
    char *script = fake_script(folder);
    support_assert_has(script, "PANEL_COUNT = 4\n");
    support_assert_has(script, "COLUMNS = 2\n");
    support_assert_has(script, "OPTIMUM_NAME = \"optimum\"\n");
    support_assert_has(script, "array HEIGHT_OF_ENTROPY[3] = [NaN, 2.75, 2.75]");
    support_assert_has(script, "array CONTROL[3] = [NaN, 0.9, NaN]");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

// As where beliefs are sets of particles: no entropy.
static void beliefs_without_entropy(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, brc]}", 4, "figure: {script: belief}\n");
    static const FakeSeries continuous[] = {{"mine/policy", belief_mine, 0, 25, 100},
                                            {"mine/exploring", belief_exploring, 0, 25, 100},
                                            {"mine/bank", belief_bank, 0, 25, 100},
                                            {"probe/bank", belief_probe, 0, 25, 100},
                                            {"mine/bank-observation", belief_observation, 0, 25, 0}};
    belief_runs(home, experiment, belief_log, 1, continuous, 5);
    char *folder = belief_draw(home, experiment, 1, "belief-continuous");
    char *script = fake_script(folder);
    support_assert_has(script, "DISCRETE = 0\n");
    support_assert_has(script, "a regression's Gaussian information");
    if (strstr(script, "H(b), plug-in")) fail_msg("%s", "an entropy that is not there");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void a_single_run_of_a_single_set(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 1, "figure: {script: belief}\n");
    static const FakeSeries bank[] = {{"mine/bank", belief_bank, 0, 100, 0}};
    belief_runs(home, experiment, belief_log, 1, bank, 1);
    char *folder = belief_draw(home, experiment, 1, "belief-single");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(belief_rows(curves, "series", "mine/bank", "cell", "gru"), 1);
    csv_destroy(curves);
    free(folder);
    experiment_destroy(experiment);
}

static void nothing_is_estimated(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: belief}\n");
    static const FakeSeries other[] = {{"entropy/policy", belief_entropy, 0, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, other, 1);
    char *folder = belief_draw(home, experiment, 1, "belief-none");
    char *script = fake_script(folder);
    support_assert_has(script, "VIEW_COUNT = 0\n");
    support_assert_has(script, "No run has an estimate of mutual information.");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void every_estimate_is_undefined(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: belief}\n");
    static const FakeSeries nowhere[] = {{"mine/policy", belief_undefined, 0, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, nowhere, 1);
    char *folder = belief_draw(home, experiment, 1, "belief-undefined");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(belief_rows(curves, "series", "mine/policy", "mean", "NaN"), 5);
    csv_destroy(curves);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(five_cells_with_exploration),  AT_HOME(plain_maze_has_four_panels), AT_HOME(beliefs_without_entropy),
        AT_HOME(a_single_run_of_a_single_set), AT_HOME(nothing_is_estimated),       AT_HOME(every_estimate_is_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
