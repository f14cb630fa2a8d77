// The figure "warp": losses against the warp with the range of their seeds, or the accuracy beyond the warps trained on.
#include "tests/benchmarks/drawings/fake_learners.h"

// Its value at the last step counts: warp / 10, and 0.1 from one seed to the next.
static double warped_loss(const SweepRun *run, int64_t step, double noise) {
    (void)noise;
    return learner_value(run, "task.warp") / 10 + 0.1 * (double)run->seed + (100 - (double)step);
}
static double lengthened(const SweepRun *run, int64_t step, double noise) {
    return (void)noise, 1 - 0.1 * (double)step - 0.01 * (double)run->seed;
}
static const FakeSeries losses[] = {{"test/loss", warped_loss, 50, 50, 100}};
static const FakeSeries accuracies[] = {{"lengthened/accuracy", lengthened, 1, 1, 5}};

static const char warp[] = "{name: warp, length: 40, warp: 4}";

static void losses_are_drawn_against_the_warp(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(
        home, warp, "{mode: [warped, padded], variable: [false, true], warp: [10, 2, 5], cell: [elman, gru]}", 3, "warp");
    fake_learned(home, experiment, losses, 1, NULL);
    char *folder = belief_draw(home, experiment, 1, "warp"), *script = fake_script(folder);
    CsvTable *table = fake_table(folder, "losses");
    assert_int_equal(csv_rows(table), 4 * 3 * 2);
    assert_int_equal(belief_rows(table, "panel", "variable padding", "cell", "gru"), 3);
    for (size_t row = 0; row < csv_rows(table); row++) {
        double x = fake_number(table, row, "warp");
        assert_close(x, (double[]){2, 5, 10}[row % 3]);    // lines go from left to right
        assert_close(fake_number(table, row, "mean"), x / 10 + 0.2);
        assert_close(fake_number(table, row, "low"), x / 10 + 0.1);
        assert_close(fake_number(table, row, "high"), x / 10 + 0.3);
        assert_close(fake_number(table, row, "seeds"), 3);
    }
    support_assert_has(script, "array PANEL_TITLE[4] = [\"uniform warping\", \"variable warping\", \"uniform padding\", "
                               "\"variable padding\"]");
    support_assert_has(script, "array WARP[3] = [2, 5, 10]");
    support_assert_has(script, "bands: from the least to the greatest of them");
    assert_true(support_exists(folder, "figure.svg") && support_exists(folder, "figure.png"));
    csv_destroy(table);
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static bool first_seed_of_elman(const SweepRun *run) {
    return run->seed == 1 && fake_is_cell(run, "elman");
}

static void accuracies_are_drawn_against_the_factor(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(home, warp, "{cell: [elman, gru]}", 3, "warp");
    fake_learned(home, experiment, accuracies, 1, first_seed_of_elman);
    char *folder = belief_draw(home, experiment, 1, "warp-lengthened"), *script = fake_script(folder);
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(csv_rows(curves), 2 * 5);
    for (size_t row = 0; row < csv_rows(curves); row++) {
        double seed = fake_has(curves, row, "cell", "elman") ? 2.5 : 2;
        assert_close(fake_number(curves, row, "mean"), 1 - 0.1 * fake_number(curves, row, "episode") - 0.01 * seed);
    }
    support_assert_has(script, "PANEL_COUNT = 1\n");
    support_assert_has(script, "X_MAX = 5\n");
    support_assert_has(script, "95 % intervals over seeds");
    support_assert_has(script, "1 of 6 runs broke down in training");
    assert_true(support_exists(folder, "figure.svg"));
    csv_destroy(curves);
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void runs_without_the_series_are_refused(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(home, warp, "{cell: [elman, gru]}", 1, "warp");
    fake_learned(home, experiment, losses, 1, NULL);
    char *message = learner_refusal(home, experiment);
    support_assert_has(message, "has no series 'lengthened/accuracy'");
    free(message);
    experiment_destroy(experiment);

    experiment = fake_learners(home, warp, "{warp: [2, 3]}", 1, "warp");
    fake_learned(home, experiment, accuracies, 1, NULL);
    message = learner_refusal(home, experiment);
    support_assert_has(message, "has no series 'test/loss'");
    free(message);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(losses_are_drawn_against_the_warp),
        AT_HOME(accuracies_are_drawn_against_the_factor),
        AT_HOME(runs_without_the_series_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
