// The view "intervals": four aggregates per cell, and intervals only where there are runs enough.
#include "tests/benchmarks/drawings/fake_views.h"

static double planned(const char *metric, bool gru) {
    double easy = gru ? 1 : 0.7, hard = easy - 0.2;
    if (strcmp(metric, "gap") != 0) return (easy + hard) / 2;    // symmetric: median, IQM and mean agree
    // min(score, 1): of GRU on the easy task 0.96, 0.98, 1, 1, 1
    return gru ? 1 - ((0.96 + 0.98 + 3) / 5 + 0.8) / 2 : 0.4;
}

static void aggregates_are_those_planned(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "intervals", &fake_options);
    CsvTable *table = fake_table(folder, "intervals");
    assert_int_equal(csv_rows(table), 8);
    for (size_t row = 0; row < 8; row++) {
        bool gru = fake_has(table, row, "cell", "gru");
        double estimate = fake_number(table, row, "estimate");
        assert_close(estimate, planned(csv_text(table, row, csv_column(table, "metric")), gru));
        assert_true(fake_number(table, row, "low") < estimate && estimate < fake_number(table, row, "high"));
        assert_true(fake_number(table, row, "high") - fake_number(table, row, "low") < 0.25);
        assert_int_equal((int)fake_number(table, row, "row"), gru ? 2 : 1);
    }
    char *script = fake_script(folder);
    support_assert_has(script,
                       "percentile bootstrap over runs, stratified by task, 20000 replicates; too narrow below ten runs.");
    free(script);
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

static void few_runs_have_no_interval(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 4, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "intervals", &fake_options);
    CsvTable *table = fake_table(folder, "intervals");
    for (size_t row = 0; row < csv_rows(table); row++) {
        assert_true(isfinite(fake_number(table, row, "estimate")) && isnan(fake_number(table, row, "low")));
    }
    char *script = fake_script(folder);
    support_assert_has(script, "No intervals: they need at least 5 runs");
    free(script);
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {AT_HOME(aggregates_are_those_planned), AT_HOME(few_runs_have_no_interval)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
