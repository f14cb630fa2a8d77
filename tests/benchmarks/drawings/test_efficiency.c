// The view "efficiency": interquartile means along training, bands inside each other, runs of different length.
#include "tests/benchmarks/drawings/fake_views.h"

static bool first_two_lstm(const SweepRun *run) {
    return run->seed <= 2 && fake_is_cell(run, "lstm");
}

static void curves_are_those_planned(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4], cell: [gru, lstm]}", 8, "");
    fake_all_runs(home, experiment, first_two_lstm);
    char *folder = fake_draw(home, experiment, "efficiency", &fake_options);
    CsvTable *table = fake_table(folder, "efficiency");
    assert_int_equal(csv_rows(table), 22);
    for (size_t row = 0; row < 22; row++) {
        double episode = fake_number(table, row, "episode"), iqm = fake_number(table, row, "iqm");
        assert_close(episode, 10 * (double)(row % 11));
        // Of 8 scores the middle four: GRU has seeds 3..6; LSTM 0, 0, 0.7, .. 0.8: the seeds 3 to 6 as well.
        double planned = (row < 11 ? 1 : 0.7) + 0.02 * 1.5;
        assert_close(iqm, planned * fmin(episode, 50) / 50);
        assert_true(fake_number(table, row, "low") <= iqm && iqm <= fake_number(table, row, "high"));
        assert_true(fake_number(table, row, "low_everywhere") <= iqm && iqm <= fake_number(table, row, "high_everywhere"));
    }
    char *script = fake_script(folder);
    support_assert_has(script, "2 of 16 runs broke down in training: they count with the score 0.");
    free(script);
    csv_destroy(table);
    free(folder);
    experiment_destroy(experiment);
}

// Runs evaluated at other episodes are read at those of the one that ends first, with their last evaluation until then.
static void the_shortest_run_sets_the_episodes(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, lstm]}", 1, "");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    static const FakeSeries sparse[] = {{"evaluation/discounted_return", fake_return, 0, 25, 75}};
    fake_run(home, &sweep->runs[0], fake_returns, 1);
    fake_run(home, &sweep->runs[1], sparse, 1);
    char *folder = fake_draw(home, experiment, "efficiency", &fake_options);
    CsvTable *table = fake_table(folder, "efficiency");
    assert_int_equal(csv_rows(table), 8);
    double final = fake_score(&sweep->runs[0]);
    assert_close(fake_number(table, 1, "episode"), 25);
    assert_close(fake_number(table, 1, "iqm"), final * 0.4);    // of episode 20
    assert_close(fake_number(table, 3, "episode"), 75);
    assert_close(fake_number(table, 3, "iqm"), final);
    assert_close(fake_number(table, 5, "iqm"), fake_score(&sweep->runs[1]) * 0.5);
    assert_true(isnan(fake_number(table, 5, "low")));
    csv_destroy(table);
    free(folder);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {AT_HOME(curves_are_those_planned), AT_HOME(the_shortest_run_sets_the_episodes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
