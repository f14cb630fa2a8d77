// The view "scores": every run as a point with its place, means with t intervals, what broke down.
#include "tests/benchmarks/drawings/fake_views.h"

#include "analysis/statistics.h"

static bool fifth_gru_of_4(const SweepRun *run) {
    return run->seed == 5 && fake_length(run) < 5 && fake_is_cell(run, "gru");
}

static void points_stand_apart_in_their_strip(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, fifth_gru_of_4);
    char *folder = fake_draw(home, experiment, "scores", &fake_options);
    CsvTable *points = fake_table(folder, "points");
    assert_int_equal(csv_rows(points), 20);
    int broken = 0;
    for (size_t row = 0; row < csv_rows(points); row++) {
        double place = fake_has(points, row, "cell", "gru") ? 1 : 2, x = fake_number(points, row, "x");
        assert_true(fabs(x - place) < 0.5);
        for (size_t other = row - row % 5; other < row; other++) assert_true(fabs(x - fake_number(points, other, "x")) > 0.1);
        broken += fake_has(points, row, "status", "broken");
        if (fake_has(points, row, "status", "broken")) assert_true(fake_number(points, row, "score") == 0);
    }
    assert_int_equal(broken, 1);
    csv_destroy(points);
    free(folder);
    experiment_destroy(experiment);
}

// The golden quantile: t_{0.975}(4) = 2.7764451.
static void means_have_t_intervals(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, fifth_gru_of_4);
    char *folder = fake_draw(home, experiment, "scores", &fake_options);
    CsvTable *means = fake_table(folder, "means");
    assert_int_equal(csv_rows(means), 6);    // two cells, on two tasks and over them
    bool seen[2] = {false, false};
    for (size_t row = 0; row < csv_rows(means); row++) {
        double mean = fake_number(means, row, "mean"),
               half = (fake_number(means, row, "high") - fake_number(means, row, "low")) / 2;
        if (fake_has(means, row, "cell", "gru") && fake_has(means, row, "panel", "length-4")) {
            assert_close(mean, (0.96 + 0.98 + 1.00 + 1.02 + 0) / 5);
            assert_int_equal((int)fake_number(means, row, "broken"), 1);
        }
        if (fake_has(means, row, "cell", "lstm") && fake_has(means, row, "panel", "length-8")) {
            assert_close(mean, 0.5);
            assert_close(half, 2.7764451051977987 * 0.02 * sqrt(2.5) / sqrt(5));    // sd of 1..5 is sqrt 2.5
            seen[0] = true;
        }
        if (fake_has(means, row, "cell", "lstm") && fake_has(means, row, "panel", "all tasks")) {
            assert_close(mean, 0.6);
            assert_int_equal((int)fake_number(means, row, "runs"), 10);
            // Two equal strata: se = sqrt(2) / 2 of one's, 8 degrees of freedom.
            assert_close(half, 2.3060041352041676 * 0.02 * sqrt(2.5) / sqrt(5) / sqrt(2));
            seen[1] = true;
        }
    }
    assert_true(seen[0] && seen[1]);
    char *script = fake_script(folder);
    support_assert_has(script, "1 of 20 runs broke down in training: they count with the score 0.");
    support_assert_has(script, "5 runs per cell and task");
    free(script);
    csv_destroy(means);
    free(folder);
    experiment_destroy(experiment);
}

static void a_single_run_has_no_interval(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 1, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "scores", &fake_options);
    CsvTable *means = fake_table(folder, "means");
    assert_int_equal(csv_rows(means), 2);
    assert_true(isnan(fake_number(means, 0, "low")) && isnan(fake_number(means, 0, "high")));
    csv_destroy(means);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(points_stand_apart_in_their_strip),
        AT_HOME(means_have_t_intervals),
        AT_HOME(a_single_run_has_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
