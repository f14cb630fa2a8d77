// The view "scatter": one point for each run, the checkpoint, Spearman's rho in each panel.
#include "tests/benchmarks/drawings/fake_beliefs.h"

#include "analysis/correlation.h"

static void a_run_is_a_point(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, lstm, mgu, brc, nbrc]}", 10, "");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_EXPLORING);
    char *folder = fake_draw(home, experiment, "scatter", &fake_options);
    CsvTable *points = fake_table(folder, "points");
    assert_int_equal(csv_rows(points), 150);
    double information[50], value[50];
    int n = 0;
    for (size_t row = 0; row < csv_rows(points); row++) {
        assert_close(fake_number(points, row, "episode"), 100);
        if (!fake_has(points, row, "set", "bank")) continue;
        information[n] = fake_number(points, row, "information");
        value[n++] = fake_number(points, row, "return");
    }
    assert_int_equal(n, 50);
    double rho = spearman(information, value, n);
    Interval z = estimate_interval(spearman_estimate(rho, n), 0.95);
    char *expected = memory_format("\"ρ = %.2f [%.2f, %.2f], n = 50\"]", rho, tanh(z.low), tanh(z.high));
    char *script = fake_script(folder);
    support_assert_has(script, expected);
    support_assert_has(script, "array TITLE[3] = [\"current policy\", \"exploring\", \"frozen bank\"]");
    support_assert_has(script, "One point for each run after 100 training episodes, 10 seeds per cell");
    support_assert_has(script, "as recalled");
    free(expected);
    free(script);
    csv_destroy(points);
    free(folder);
    experiment_destroy(experiment);
}

static void tasks_are_rows_and_the_step_is_chosen(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, brc]}", 3, "");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_PLAIN);
    char *folder = fake_draw(home, experiment, "scatter", &(ViewOptions){.threshold = NAN, .step = 50});
    CsvTable *points = fake_table(folder, "points");
    assert_int_equal(csv_rows(points), 24);
    assert_int_equal(belief_rows(points, "panel", "length-8", "episode", "50"), 12);
    csv_destroy(points);
    char *script = fake_script(folder);
    support_assert_has(script, "COLUMNS = 2\n");
    support_assert_has(script, "\"length 8: frozen bank\"");
    free(script);
    free(folder);
    Error error = {0};
    assert_false(figure_draw_view(home->results, experiment, fake_view("scatter"), &(ViewOptions){.threshold = NAN, .step = 60},
                                  false, &folder, &error));
    support_assert_has(error.message,
                       "--step 60: not every run has mine/policy and evaluation/discounted_return there; the last "
                       "checkpoint that all have is 100");
    experiment_destroy(experiment);
}

static void one_run_has_no_correlation(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 1, "");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, 2);
    char *folder = fake_draw(home, experiment, "scatter", &fake_options);
    char *script = fake_script(folder);
    support_assert_has(script, "array RHO[1] = [\"ρ undefined, n = 1\"]");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void undefined_estimates_are_drawn_as_nothing(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, brc]}", 5, "");
    static const FakeSeries nowhere[] = {{"mine/policy", belief_undefined, 0, 25, 100}};
    belief_runs(home, experiment, belief_log, 1, nowhere, 1);
    char *folder = fake_draw(home, experiment, "scatter", &fake_options);
    char *script = fake_script(folder);
    support_assert_has(script, "array RHO[1] = [\"ρ undefined, n = 10\"]");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void without_estimates_there_is_no_picture(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, 1);    // entropy only
    Error error = {0};
    char *folder;
    assert_false(figure_draw_view(home->results, experiment, fake_view("scatter"), &fake_options, false, &folder, &error));
    support_assert_has(error.message, "scatter: no run of test/maze at scale ci has an estimate of mutual information");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(a_run_is_a_point),
        AT_HOME(tasks_are_rows_and_the_step_is_chosen),
        AT_HOME(one_run_has_no_correlation),
        AT_HOME(undefined_estimates_are_drawn_as_nothing),
        AT_HOME(without_estimates_there_is_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
