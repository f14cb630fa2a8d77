// The view "profiles": stairs from 1 to 0 with a step at every score.
#include "tests/benchmarks/drawings/fake_views.h"

static bool first_lstm(const SweepRun *run) {
    return run->seed == 1 && fake_is_cell(run, "lstm");
}

static void stairs_step_at_scores(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, first_lstm);
    char *folder = fake_draw(home, experiment, "profiles", &fake_options);
    CsvTable *table = fake_table(folder, "profiles");
    // GRU: its five scores twice and two ends; LSTM: the same, with the score 0 of the broken run.
    assert_int_equal(csv_rows(table), 24);
    static const double gru[] = {0, 0.96, 0.96, 0.98, 0.98, 1, 1, 1.02, 1.02, 1.04, 1.04, 1.04};
    static const double lstm[] = {0, 0, 0, 0.68, 0.68, 0.7, 0.7, 0.72, 0.72, 0.74, 0.74, 1.04};
    static const double share[] = {1, 1, 0.8, 0.8, 0.6, 0.6, 0.4, 0.4, 0.2, 0.2, 0, 0};
    for (size_t row = 0; row < 24; row++) {
        assert_true(fake_has(table, row, "cell", row < 12 ? "gru" : "lstm"));
        assert_close(fake_number(table, row, "score"), row < 12 ? gru[row] : lstm[row - 12]);
        double here = fake_number(table, row, "share");
        assert_close(here, share[row % 12]);
        assert_true(fake_number(table, row, "low") <= here && here <= fake_number(table, row, "high"));
    }
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {AT_HOME(stairs_step_at_scores)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
