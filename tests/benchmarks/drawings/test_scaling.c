// The view "scaling": which axis, where the threshold is crossed, and what it says without an axis.
#include "tests/benchmarks/drawings/fake_views.h"

// The planned scores are straight on the logarithmic axis: c - 0.2 log2(L / 4) is 0.5 at L = 4 * 2^((c - 0.5) / 0.2).
static void crossings_are_those_planned(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [32, 4, 16], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "scaling", &fake_options);
    CsvTable *scores = fake_table(folder, "scores"), *crossings = fake_table(folder, "crossings");
    assert_int_equal(csv_rows(scores), 6);
    static const double lengths[] = {4, 16, 32};
    for (size_t row = 0; row < 6; row++) {
        double mean = (row < 3 ? 1 : 0.7) - 0.2 * log2(lengths[row % 3] / 4);
        assert_close(fake_number(scores, row, "difficulty"), lengths[row % 3]);
        assert_close(fake_number(scores, row, "mean"), mean);
        assert_true(fake_number(scores, row, "low") < mean && mean < fake_number(scores, row, "high"));
    }
    assert_int_equal(csv_rows(crossings), 2);
    for (size_t row = 0; row < 2; row++) {
        double at = fake_number(crossings, row, "crossing");
        assert_close(at, row == 0 ? 4 * exp2(2.5) : 8);
        assert_close(fake_number(crossings, row, "crossing_beyond"), 0);
        assert_true(fake_number(crossings, row, "low") < at && at < fake_number(crossings, row, "high"));
    }
    char *script = fake_script(folder);
    support_assert_has(script, "DIFFICULTY = \"length\"\n");
    support_assert_has(script, "LOGARITHMIC = 1\n");
    support_assert_has(script, "THRESHOLD = 0.5\n");
    free(script);
    csv_destroy(scores);
    csv_destroy(crossings);
    free(folder);
    experiment_destroy(experiment);
}

static void crossings_beyond_the_ends_are_told(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 16], cell: [gru, lstm]}", 5, "");
    fake_all_runs(home, experiment, NULL);
    ViewOptions options = {.threshold = 0.8};
    char *folder = fake_draw(home, experiment, "scaling", &options);
    CsvTable *crossings = fake_table(folder, "crossings");
    assert_close(fake_number(crossings, 0, "crossing"), 8);
    assert_close(fake_number(crossings, 1, "crossing_beyond"), -1);    // 0.7 at length 4 already
    assert_close(fake_number(crossings, 1, "crossing"), 4);
    csv_destroy(crossings);
    free(folder);
    options.threshold = 0.2;
    folder = fake_draw(home, experiment, "scaling", &options);
    crossings = fake_table(folder, "crossings");
    assert_close(fake_number(crossings, 0, "crossing_beyond"), 1);
    assert_close(fake_number(crossings, 0, "high_beyond"), 1);
    assert_close(fake_number(crossings, 0, "crossing"), 16);
    csv_destroy(crossings);
    free(folder);
    experiment_destroy(experiment);
}

// The longest numeric axis of the environment is the difficulty; the other one makes two rows of panels. Zero needs a linear axis.
static void other_axes_make_panels(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru], stochasticity: [0.2, 0, 0.1]}", 2, "");
    fake_all_runs(home, experiment, NULL);
    char *folder = fake_draw(home, experiment, "scaling", &fake_options);
    char *script = fake_script(folder);
    support_assert_has(script, "DIFFICULTY = \"stochasticity\"\n");
    support_assert_has(script, "LOGARITHMIC = 0\n");
    support_assert_has(script, "PANEL_COUNT = 2\n");
    support_assert_has(script, "array PANEL_TITLE[2] = [\"length 4\", \"length 8\"]");
    free(script);
    free(folder);
    experiment_destroy(experiment);
}

static void without_a_numeric_axis_it_says_so(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [gru, lstm], agent.epsilon: [0.1, 0.2], length: [4]}", 2, "");
    fake_all_runs(home, experiment, NULL);
    Error error = {0};
    char *folder;
    assert_false(figure_draw_view(home->results, experiment, fake_view("scaling"), &fake_options, false, &folder, &error));
    support_assert_has(error.message, "varies no number of the environment");
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(crossings_are_those_planned),
        AT_HOME(crossings_beyond_the_ends_are_told),
        AT_HOME(other_axes_make_panels),
        AT_HOME(without_a_numeric_axis_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
