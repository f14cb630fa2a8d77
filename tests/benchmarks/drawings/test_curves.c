// The view "curves": every run and the means, a panel for each task; broken runs enter as random.
#include "tests/benchmarks/drawings/fake_views.h"

static bool third_lstm_of_8(const SweepRun *run) {
    return run->seed == 3 && fake_length(run) > 7 && fake_is_cell(run, "lstm");
}

static size_t rows_of(const CsvTable *table, const char *panel, const char *cell) {
    size_t count = 0;
    for (size_t row = 0; row < csv_rows(table); row++)
        count += fake_has(table, row, "panel", panel) && fake_has(table, row, "cell", cell);
    return count;
}

static void broken_runs_enter_as_random(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 3, "");
    fake_all_runs(home, experiment, third_lstm_of_8);
    char *folder = fake_draw(home, experiment, "curves", &fake_options);
    support_assert_has(folder, "/figures/test/maze/curves-ci");
    CsvTable *runs = fake_table(folder, "runs"), *curves = fake_table(folder, "curves");
    assert_int_equal(rows_of(runs, "length-4", "gru"), 33);
    assert_int_equal(rows_of(runs, "length-8", "lstm"), 33);
    assert_int_equal(rows_of(curves, "length-8", "lstm"), 11);
    // At the last episode: two planned runs and the random one.
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    const SweepRun *run = &sweep->runs[9];    // length 8, lstm, seed 1
    assert_true(fake_is_cell(run, "lstm") && run->seed == 1);
    ReturnScale scale;
    assert_true(scoring_scale(run->config, &scale, &error));
    double sum = fake_return(run, 100, 0) + fake_return(run + 1, 100, 0) + scale.low;
    size_t last = csv_rows(curves) - 1;
    assert_close(fake_number(curves, last, "mean"), sum / 3);
    assert_close(fake_number(curves, last, "seeds"), 3);
    size_t random = 0;
    for (size_t row = 0; row < csv_rows(runs); row++) {
        if (fake_number(runs, row, "seed") == 3 && fabs(fake_number(runs, row, "value") - scale.low) < 1e-7) random++;
    }
    assert_int_equal(random, 12);    // all 11 of the broken run, and the beginning of GRU's
    char *script = fake_script(folder);
    support_assert_has(script, "means over 3 seeds per cell and task");
    support_assert_has(script, "1 of 12 runs broke down in training: they enter with the return of uniformly random actions.");
    support_assert_has(script, "array PANEL_TITLE[2] = [\"length 4\", \"length 8\"]");
    free(script);
    csv_destroy(runs);
    csv_destroy(curves);
    sweep_destroy(sweep);
    free(folder);
    experiment_destroy(experiment);
}

static void one_task_is_one_panel(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "curves", &fake_options);
    char *script = fake_script(folder);
    support_assert_has(script, "PANEL_COUNT = 1\n");
    support_assert_has(script, "means over 2 seeds per cell;");
    support_assert_has(script, "0 of 4 runs broke down in training. Code");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void missing_runs_are_refused_unless_partial(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, "");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < 3; i++) fake_run(home, &sweep->runs[i], fake_returns, 1);
    char *folder;
    assert_false(figure_draw_view(home->results, experiment, fake_view("curves"), &fake_options, false, &folder, &error));
    support_assert_has(error.message, "1 of 4 runs");
    assert_null(folder);
    if (!figure_draw_view(home->results, experiment, fake_view("curves"), &fake_options, true, &folder, &error)) {
        fail_msg("%s", error.message);
    }
    char *script = fake_script(folder);
    support_assert_has(script, "GRU 2, LSTM 1");
    support_assert_has(script, "1 not finished and left out");
    free(script);
    free(folder);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(broken_runs_enter_as_random),
        AT_HOME(one_task_is_one_panel),
        AT_HOME(missing_runs_are_refused_unless_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
