// Which runs belong together, under which names.
#include "tests/benchmarks/drawings/fake_views.h"

#include "benchmarks/drawings/caption.h"

static bool second_gru_of_8(const SweepRun *run) {
    return run->seed == 2 && fake_length(run) > 7 && fake_is_cell(run, "gru");
}

static void runs_that_differ_in_cell_and_seed_share_a_panel(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [lstm, gru], length: [8, 4], stochasticity: [0.1]}", 3, "");
    fake_all_runs(home, experiment, second_gru_of_8);
    Error error = {0};
    Gathering *gathering = gather_runs(home->results, experiment, false, &error);
    Panels *panels = panels_create(gathering, &error);
    if (!panels) fail_msg("%s", error.message);
    assert_int_equal(panels->count, 2);    // in the file's order; what has one value is not named
    assert_string_equal(panels->panel[0].rest, "length-8");
    assert_string_equal(panels->panel[0].title, "length 8");
    assert_string_equal(panels->panel[1].rest, "length-4");
    for (size_t k = 0; k < 2; k++) {
        const Panel *panel = &panels->panel[k];
        assert_int_equal(panel->cell_count, 2);
        assert_int_equal(panel->runs, 6);
        assert_string_equal(panel->cells[0].name, "lstm");
        assert_int_equal(panel->cells[0].run_count, 3);
        for (size_t i = 0; i < panel->cells[0].run_count; i++) {
            const SweepRun *run = gathering->runs[panel->cells[0].runs[i]].run;
            assert_true(fake_is_cell(run, "lstm") && fake_length(run) == (k == 0 ? 8 : 4));
            assert_int_equal(panel->cells[0].seeds[i], (int64_t)i + 1);
        }
        assert_true(panel->scale.low < panel->scale.high);
        assert_false(panel->scale.bound);    // the T-Maze's optimum is known
    }
    const Panel *hard = &panels->panel[0];
    assert_int_equal(hard->failed, 1);
    assert_int_equal(hard->cells[1].run_count, 2);
    assert_int_equal(hard->cells[1].failed_count, 1);
    assert_true(second_gru_of_8(gathering->runs[hard->cells[1].failed[0]].run));
    assert_true(hard->scale.high < panels->panel[1].scale.high);
    panels_destroy(panels);
    gather_free(gathering);
    experiment_destroy(experiment);
}

static void captions_name_what_is_left_out(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{cell: [lstm, gru], length: [8, 4]}", 3, "");
    fake_all_runs(home, experiment, second_gru_of_8);
    Error error = {0};
    Gathering *gathering = gather_runs(home->results, experiment, false, &error);
    Panels *panels = panels_create(gathering, &error);
    char *all = caption_text(panels->panel, 2, "Shown.", "policy");
    support_assert_has(all,
                       "Fake runs on the T-Maze (test/maze): ci scale: nothing was trained. Shown. 1 of 12 runs broke down in "
                       "training: policy. Code revision ");
    char *one = caption_text(&panels->panel[1], 1, "Shown.", "policy");
    support_assert_has(one, "(test/maze, length-4)");
    support_assert_has(one, "0 of 6 runs broke down in training. Code revision ");
    char *without = caption_curves(panels->panel, 1, "Specific.", NULL),
         *with = caption_curves(panels->panel, 1, "Specific.", "policy");
    support_assert_has(without, "means over the seeds of each cell (LSTM 3, GRU 2);");
    support_assert_has(with, "means over 3 seeds per cell;");
    free(all);
    free(one);
    free(without);
    free(with);
    panels_destroy(panels);
    gather_free(gathering);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(runs_that_differ_in_cell_and_seed_share_a_panel),
        AT_HOME(captions_name_what_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
