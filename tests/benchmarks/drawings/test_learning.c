// The figure "learning": which runs share a curve, its means, colours and dashes, what is in the right column.
#include "tests/benchmarks/drawings/fake_learners.h"

// 1.2 at first; lower for a higher rate, and 0.01 from one seed to the next.
static double learned_loss(const SweepRun *run, int64_t step, double noise) {
    (void)noise;
    return 1.2 - 20 * learner_value(run, "agent.learning_rate") * (double)step / 100 + 0.01 * (double)run->seed;
}
static double steep_loss(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)noise, exp(-0.05 * (double)step);
}
static double learned_vaa(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)noise, 0.05 + 0.009 * (double)step;
}
static const FakeSeries learned[] = {{"validation/loss", learned_loss, 0, 10, 100},
                                     {"vaa/mean", learned_vaa, 0, 20, 100},
                                     {"validation/accuracy", learned_vaa, 0, 10, 100}};
static const FakeSeries steep[] = {{"validation/loss", steep_loss, 0, 10, 100},
                                   {"validation/accuracy", learned_vaa, 0, 10, 100}};

static const char copy[] = "{name: copy-first, length: 10}";

static void curves_are_means_of_seeds(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_learners(home, copy, "{cell: [gru, lstm], agent.learning_rate: [0.001, 0.01]}", 3, "learning");
    fake_learned(home, experiment, learned, 2, NULL);
    char *folder = belief_draw(home, experiment, 1, "learning");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(csv_rows(curves), 4 * (11 + 6));
    assert_int_equal(belief_rows(curves, "series", "validation/loss", "cell", "lstm-0.01"), 11);
    assert_int_equal(belief_rows(curves, "series", "vaa/mean", "cell", "gru-0.001"), 6);
    for (size_t row = 0; row < csv_rows(curves); row++) {
        if (!fake_has(curves, row, "series", "validation/loss") || !fake_has(curves, row, "cell", "gru-0.01")) continue;
        assert_close(fake_number(curves, row, "mean"), 1.22 - 0.002 * fake_number(curves, row, "episode"));
        assert_close(fake_number(curves, row, "seeds"), 3);
    }
    char *script = fake_script(folder);
    support_assert_has(script, "ROW_COUNT = 1\n");
    support_assert_has(script, "COLUMNS = 2\n");
    support_assert_has(script, "LOGARITHMIC = 0\n");
    support_assert_has(script, "array COLOUR_NAME[2] = [\"GRU\", \"LSTM\"]");
    support_assert_has(script, "array DASH_NAME[2] = [\"learning rate 0.001\", \"learning rate 0.01\"]");
    support_assert_has(script, "array LINE_DASH[4] = [1, 2, 1, 2]");
    support_assert_has(script, "array LINE_STYLE[4] = [1, 1, 2, 2]");
    support_assert_has(script, "array LEVEL[1] = [0.05]");
    support_assert_has(script, "array BASELINE[1] = [1]");
    support_assert_has(script, "means over 3 seeds per curve");
    support_assert_has(script, "0 of 12 runs broke down in training. Code");
    assert_true(support_exists(folder, "figure.svg") && support_exists(folder, "figure.png"));
    free(script);
    csv_destroy(curves);
    free(folder);
    experiment_destroy(experiment);
}

// Too many curves for one panel: each cell has a row, colours are what varies. The axis between makes rows as well.
static void many_curves_are_split_by_cell(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(
        home, copy, "{hidden: [8, 16], cell: [gru, lstm, mgu], agent.learning_rate: [0.001, 0.002, 0.003, 0.004, 0.005]}", 2,
        "learning");
    fake_learned(home, experiment, learned, 2, NULL);
    char *folder = belief_draw(home, experiment, 1, "learning-split"), *script = fake_script(folder);
    support_assert_has(script, "ROW_COUNT = 6\n");
    support_assert_has(script, "array ROW_TITLE[6] = [\"hidden 8, GRU\", \"hidden 8, LSTM\"");
    support_assert_has(script, "LINE_COUNT = 30\n");
    support_assert_has(script, "COLOUR_COUNT = 5\n");
    support_assert_has(script, "DASH_COUNT = 0\n");
    CsvTable *curves = fake_table(folder, "curves");
    assert_int_equal(belief_rows(curves, "panel", "hidden-16-mgu", "cell", "0.005"), 11 + 6);
    csv_destroy(curves);
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static bool second_seed_of_chrono(const SweepRun *run) {
    return run->seed == 2 && strcmp(run->values[0], "chrono") == 0;
}

// Named values, another cell nowhere; accuracy where there is no VAA; losses over a wide range; a run that broke down.
static void accuracy_stands_in_for_vaa(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_learners(home, "{name: copy-memory, length: 10}", "{initialisation: [forget, chrono]}", 2, "learning");
    fake_learned(home, experiment, steep, 2, second_seed_of_chrono);
    char *folder = belief_draw(home, experiment, 1, "learning-accuracy"), *script = fake_script(folder);
    support_assert_has(script, "LOGARITHMIC = 1\n");
    support_assert_has(script, "RIGHT = \"validation/accuracy\"\n");
    support_assert_has(script, "LOSS_NAME = \"validation loss (nats)\"\n");
    support_assert_has(script, "array COLOUR_NAME[2] = [\"forget\", \"chrono\"]");
    support_assert_has(script, "means over 1 to 2 seeds per curve");
    support_assert_has(script, "1 of 4 runs broke down in training: they are left out.");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void nothing_varies(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(home, copy, "{cell: [mgu]}", 1, "learning");
    fake_learned(home, experiment, learned, 1, NULL);
    char *folder = belief_draw(home, experiment, 1, "learning-one"), *script = fake_script(folder);
    support_assert_has(script, "COLUMNS = 1\n");
    support_assert_has(script, "array COLOUR_NAME[1] = [\"MGU\"]");
    support_assert_has(script, "means over 1 seed;");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void runs_without_a_loss(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_learners(home, copy, "{cell: [gru, lstm]}", 1, "learning");
    fake_learned(home, experiment, learned + 1, 1, NULL);    // no loss
    char *message = learner_refusal(home, experiment);
    support_assert_has(message, "has no series 'validation/loss'");
    free(message);
    experiment_destroy(experiment);

    // Agents that act: their return stands where the loss of others does.
    experiment = fake_experiment(home, 1, "figure: {script: learning}\n");
    fake_all_runs(home, experiment, NULL);
    size_t count = 0;
    char **folders = NULL;
    Error error;
    if (!figure_draw(home->results, experiment, false, &count, &folders, &error)) fail_msg("%s", error.message);
    size_t size;
    char *text = support_read(folders[0], "figure.gp", &size);
    support_assert_has(text, "evaluation/discounted_return");
    support_assert_has(text, "optimum");
    free(text);
    figure_folders_free(count, folders);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(curves_are_means_of_seeds),  AT_HOME(many_curves_are_split_by_cell),
        AT_HOME(accuracy_stands_in_for_vaa), AT_HOME(nothing_varies),
        AT_HOME(runs_without_a_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
