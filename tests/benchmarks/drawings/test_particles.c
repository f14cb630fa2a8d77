// The drawing "particles": information before and after training against a number that varies.
#include "tests/benchmarks/drawings/fake_beliefs.h"

// Less the more of them there are, and more after training.
static double of_length(const SweepRun *run, int64_t step, double noise) {
    return 3 - 0.2 * log2(fake_length(run)) + (step ? 0.5 : 0) + 0.1 * ((double)run->seed - 2) + 0 * noise;
}
static double of_length_probe(const SweepRun *run, int64_t step, double noise) {
    return of_length(run, step, noise) - 0.4;
}
static double of_length_narrow(const SweepRun *run, int64_t step, double noise) {
    return of_length(run, step, noise) - 0.2;
}
static const FakeSeries number_log[] = {{"evaluation/discounted_return", belief_return, 0, 5, 100},
                                        {"mine-narrow/bank", of_length_narrow, 0, 50, 100}};
static const FakeSeries number_analysis[] = {{"mine/policy", of_length, 0, 50, 100},
                                             {"mine/bank", of_length, 0, 50, 100},
                                             {"probe/bank", of_length_probe, 0, 50, 100},
                                             {"probe/policy", of_length_probe, 0, 50, 100}};

static void means_over_runs_in_order_of_the_number(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment_varied(home, "{length: [256, 64, 4000, 1000], cell: [gru, brc]}", 3, "figure: {script: particles}\n");
    belief_runs(home, experiment, number_log, 2, number_analysis, 4);
    char *folder = belief_draw(home, experiment, 1, "particles");
    CsvTable *points = fake_table(folder, "points");
    assert_int_equal(csv_rows(points), 2 * (2 + 3) * 2 * 4);
    for (size_t row = 0; row < csv_rows(points); row++) {
        double x = fake_number(points, row, "x");
        static const double sorted[] = {64, 256, 1000, 4000};
        assert_close(x, sorted[row % 4]);
        double below = fake_has(points, row, "estimator", "probe")         ? 0.4
                       : fake_has(points, row, "estimator", "mine-narrow") ? 0.2
                                                                           : 0;
        double mean = 3 - 0.2 * log2(x) + (fake_has(points, row, "stage", "trained") ? 0.5 : 0) - below;
        assert_close(fake_number(points, row, "mean"), mean);
        assert_close(fake_number(points, row, "high") - mean, 4.302652729911275 * 0.1 / sqrt(3));    // t of 2 df, sd 0.1
        assert_close(fake_number(points, row, "runs"), 3);
    }
    csv_destroy(points);
    char *script = fake_script(folder);
    support_assert_has(script, "PLOT_COUNT = 4\n");
    support_assert_has(script, "array TITLE[4] = [\"GRU: current policy\", \"GRU: frozen bank\", ");
    support_assert_has(script, "LOGARITHMIC = 1\n");
    support_assert_has(script, "AXIS_NAME = \"length\"\n");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void single_runs_of_a_single_checkpoint(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru]}", 1, "figure: {script: particles}\n");
    static const FakeSeries once[] = {{"mine/bank", of_length, 0, 50, 0}};
    belief_runs(home, experiment, belief_log, 1, once, 1);
    char *folder = belief_draw(home, experiment, 1, "particles-single");
    CsvTable *points = fake_table(folder, "points");
    assert_int_equal(csv_rows(points), 2);
    assert_true(isnan(fake_number(points, 0, "low")));
    csv_destroy(points);
    free(folder);
    experiment_destroy(experiment);
}

static void every_estimate_is_undefined(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru]}", 2, "figure: {script: particles}\n");
    static const FakeSeries nowhere[] = {{"mine/bank", belief_undefined, 0, 50, 100}};
    belief_runs(home, experiment, belief_log, 1, nowhere, 1);
    free(belief_draw(home, experiment, 1, "particles-undefined"));
    experiment_destroy(experiment);
}

static void a_number_must_vary(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: particles}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, BELIEF_PLAIN);
    Error error = {0};
    size_t count;
    char **folders;
    assert_false(figure_draw(home->results, experiment, false, &count, &folders, &error));
    support_assert_has(error.message, "varies no number");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(means_over_runs_in_order_of_the_number),
        AT_HOME(single_runs_of_a_single_checkpoint),
        AT_HOME(every_estimate_is_undefined),
        AT_HOME(a_number_must_vary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
