// Scores of all runs: as planned, broken runs at 0, and what is refused.
#include "tests/benchmarks/drawings/fake_views.h"

#include "benchmarks/drawings/scoreboard.h"

static bool sixth_lstm_of_8(const SweepRun *run) {
    return run->seed == 6 && fake_length(run) > 7 && fake_is_cell(run, "lstm");
}

static Scoreboard *board_of(const FakeHome *home, const Experiment *experiment, bool partial, Error *error) {
    Gathering *gathering = gather_runs(home->results, experiment, partial, error);
    if (!gathering) fail_msg("%s", error->message);
    Panels *panels = panels_create(gathering, error);
    if (!panels) fail_msg("%s", error->message);
    return scoreboard_create(panels, error);
}

static void close_board(Scoreboard *board) {
    Panels *panels = (Panels *)board->panels;
    Gathering *gathering = panels->gathering;
    scoreboard_destroy(board);
    panels_destroy(panels);
    gather_free(gathering);
}

static void scores_are_those_planned(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 6, "");
    fake_all_runs(home, experiment, sixth_lstm_of_8);
    Error error = {0};
    Scoreboard *board = board_of(home, experiment, false, &error);
    if (!board) fail_msg("%s", error.message);
    assert_int_equal(board->cell_count, 2);
    assert_int_equal(board->fewest, 6);
    const BoardCell *lstm = &board->cells[1];
    assert_string_equal(lstm->name, "lstm");
    assert_int_equal(lstm->scores.tasks, 2);
    assert_int_equal(lstm->broken, 1);
    assert_int_equal(scoreboard_broken(lstm, 0), 0);
    assert_int_equal(scoreboard_broken(lstm, 1), 1);
    assert_int_equal(scoreboard_first(lstm, 1), 6);
    for (int i = 0; i < 11; i++) {
        assert_int_equal(lstm->run[i].seed, i % 6 + 1);
        assert_close(lstm->run[i].score, (i < 6 ? 0.7 : 0.5) + 0.02 * (i % 6 - 2));
        assert_true(lstm->value[i] == lstm->run[i].score);
        assert_int_equal(lstm->run[i].steps, 11);
        assert_close(lstm->run[i].curve[0], 0);
        assert_close(lstm->run[i].curve[5], lstm->run[i].score);
    }
    assert_true(lstm->run[11].broken && lstm->run[11].score == 0 && lstm->run[11].steps == 0);
    assert_true(lstm->run[11].value == board->panels->panel[1].scale.low);
    assert_close(scoreboard_lowest(board), 0);
    assert_close(scoreboard_highest(board), 1.06);
    close_board(board);
    experiment_destroy(experiment);
}

static double infinite(const SweepRun *run, int64_t step, double noise) {
    (void)run, (void)noise;
    return step < 90 ? 1 : (double)INFINITY;
}

static void returns_that_are_not_finite_count_as_broken(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, "");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    static const FakeSeries wild[] = {{"evaluation/discounted_return", infinite, 0, 10, 100}};
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], i == 0 ? wild : fake_returns, 1);
    Scoreboard *board = board_of(home, experiment, false, &error);
    assert_int_equal(board->cells[0].broken, 1);
    assert_true(board->cells[0].run[0].broken && board->cells[0].run[0].score == 0);
    assert_true(board->cells[0].run[0].curve[10] == 0);
    char *caption = scoreboard_caption_scores(board, scoreboard_final);
    support_assert_has(caption, "2 runs per cell; 1 more with returns that are not finite have the score 0.");
    free(caption);
    close_board(board);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static bool is_lstm(const SweepRun *run) {
    return fake_is_cell(run, "lstm");
}

static void a_cell_that_broke_down_everywhere_has_scores(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, "");
    fake_all_runs(home, experiment, is_lstm);
    Error error = {0};
    Scoreboard *board = board_of(home, experiment, false, &error);
    assert_int_equal(board->cells[1].broken, 3);
    assert_true(scores_mean(&board->cells[1].scores) == 0);
    close_board(board);
    experiment_destroy(experiment);
}

static void a_cell_without_runs_is_named(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 1, "");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < 3; i++) fake_run(home, &sweep->runs[i], fake_returns, 1);
    char *folder;
    assert_false(figure_draw_view(home->results, experiment, fake_view("scores"), &fake_options, true, &folder, &error));
    support_assert_has(error.message, "lstm has no run at length 8 yet");
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void captions_say_how_many_runs(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment_varied(home, "{length: [4, 8], cell: [gru, lstm]}", 6, "");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i + 2 < sweep->count; i++) fake_run(home, &sweep->runs[i], fake_returns, 1);
    Scoreboard *board = board_of(home, experiment, true, &error);
    char *scores = scoreboard_caption_scores(board, scoreboard_final),
         *start = memory_format("Shown. %s No intervals: they need at least 5 runs", scores);
    support_assert_has(scores, "4 to 6 runs per cell and task.");
    char *whole = scoreboard_caption(board, memory_format("Shown."), scoreboard_final, 100);
    support_assert_has(whole, start);
    free(scores);
    free(start);
    free(whole);
    close_board(board);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, fake_set_up, fake_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        AT_HOME(scores_are_those_planned),
        AT_HOME(returns_that_are_not_finite_count_as_broken),
        AT_HOME(a_cell_that_broke_down_everywhere_has_scores),
        AT_HOME(a_cell_without_runs_is_named),
        AT_HOME(captions_say_how_many_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
