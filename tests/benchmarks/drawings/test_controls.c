// The drawing "controls": final returns of every agent on every task, in plain words.
#include "tests/benchmarks/drawings/fake_beliefs.h"

#include "benchmarks/drawings/caption.h"

static bool first_brc_of_8(const SweepRun *run) {
    return run->seed == 1 && fake_length(run) > 7 && fake_is_cell(run, "brc");
}

static void agents_are_rows_and_tasks_are_panels(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(
        home, "{stochasticity: [0, 0.2], cell: [gru, brc], network.hidden: [8, 16]}", 10, "figure: {script: controls}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, 0);
    assert_false(figure_needs_analysis(experiment));
    char *folder = belief_draw(home, experiment, 1, "controls");
    CsvTable *points = fake_table(folder, "points"), *means = fake_table(folder, "means");
    assert_int_equal(csv_rows(points), 80);
    assert_int_equal(csv_rows(means), 8);
    assert_int_equal(belief_rows(points, "panel", "stochasticity-0.2", "agent", "recurrent (BRC), hidden 16"), 10);
    csv_destroy(points);
    csv_destroy(means);
    char *script = fake_script(folder);
    support_assert_has(script, "array PANEL_TITLE[2] = [\"stochasticity 0\", \"stochasticity 0.2\"]");
    support_assert_has(script, "10 seeds per agent and task");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void broken_runs_count_as_random(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment_varied(home, "{length: [4, 8], cell: [gru, brc]}", 3, "figure: {script: controls}\n");
    fake_all_runs(home, experiment, first_brc_of_8);
    char *folder = belief_draw(home, experiment, 1, "controls-broken");
    CsvTable *points = fake_table(folder, "points"), *means = fake_table(folder, "means");
    size_t broken = 0;
    double sum = 0, random = 0;
    for (size_t row = 0; row < csv_rows(points); row++) {
        bool hard = fake_has(points, row, "panel", "length-8") && fake_has(points, row, "agent", "recurrent (BRC)");
        if (hard) sum += fake_number(points, row, "return");
        if (!fake_has(points, row, "status", "broken")) continue;
        broken++;
        random = fake_number(points, row, "return");
    }
    assert_int_equal(broken, 1);
    Error error = {0};
    ReturnScale scale;
    Sweep *sweep = sweep_expand(experiment, &error);
    assert_true(scoring_scale(sweep->runs[11].config, &scale, &error));    // length 8, brc
    assert_close(random, scale.low);
    size_t last = csv_rows(means) - 1;
    assert_close(fake_number(means, last, "mean"), sum / 3);
    assert_close(fake_number(means, last, "broken"), 1);
    sweep_destroy(sweep);
    csv_destroy(points);
    csv_destroy(means);
    char *script = fake_script(folder);
    support_assert_has(script, "1 of 12 runs broke down in training: they count with the return of uniformly random actions.");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void agents_have_plain_words(void **state) {
    (void)state;
    static const char *const words[][4] = {
        {"feedforward", "nothing", "4", "memoryless"},    {"feedforward", "frames", "4", "4 frames"},
        {"feedforward", "belief", "4", "fed the belief"}, {"feedforward", "state", "4", "fed the state"},
        {"gru", "nothing", "4", "recurrent (GRU)"},       {"gru", "belief", "4", "GRU, fed the belief"},
        {"gru", "frames", "2", "GRU, 2 frames"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        char *text = caption_agent(words[i][0], words[i][1], words[i][2]);
        assert_string_equal(text, words[i][3]);
        free(text);
    }
}

static void a_single_run(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 1, "figure: {script: controls}\n");
    belief_runs(home, experiment, belief_log, 1, belief_analysis, 0);
    char *folder = belief_draw(home, experiment, 1, "controls-single");
    CsvTable *means = fake_table(folder, "means");
    assert_true(isnan(fake_number(means, 0, "low")));
    csv_destroy(means);
    free(folder);
    experiment_destroy(experiment);
}

static void undefined_returns_count_as_random(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru]}", 2, "figure: {script: controls}\n");
    static const FakeSeries nowhere[] = {{"evaluation/discounted_return", belief_undefined, 0, 5, 100}};
    belief_runs(home, experiment, nowhere, 1, belief_analysis, 0);
    char *folder = belief_draw(home, experiment, 1, "controls-undefined");
    CsvTable *means = fake_table(folder, "means");
    assert_close(fake_number(means, 0, "broken"), 2);
    csv_destroy(means);
    free(folder);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(agents_are_rows_and_tasks_are_panels), AT_HOME(broken_runs_count_as_random),
        cmocka_unit_test(agents_have_plain_words),     AT_HOME(a_single_run),
        AT_HOME(undefined_returns_count_as_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
