// Figures from runs: data, captions, missing runs, the same SVG twice.
#include "fake_runs.h"

#include "benchmarks/curves.h"
#include "benchmarks/figure.h"

static double falling(const SweepRun *run, int64_t step, double noise) {
    return 3.2683 - (fake_is_cell(run, "gru") ? 4.0 : 5.0) * exp(-(double)step / 30) - 0.3 * fabs(noise);
}
static double rising(const SweepRun *run, int64_t step, double noise) {
    return 0.7 + (fake_is_cell(run, "gru") ? 2.0 : 1.6) * (1 - exp(-(double)step / 30)) + 0.1 * noise;
}
static double above(const SweepRun *run, int64_t step, double noise) {
    return rising(run, step, 0 * noise) + 0.2;
}
static double ceiling_of_bank(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 2.9 + 0 * noise;
}
static double control(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 1.1 + 0 * noise;
}

static const FakeSeries log_series[] = {{"evaluation/discounted_return", falling, 0, 10, 100}};
static const FakeSeries analysis_series[] = {
    {"entropy/policy", above, 0, 50, 100},
    {"mine/policy", rising, 0, 50, 100},
    {"entropy/bank", ceiling_of_bank, 0, 50, 100},
    {"mine/bank", rising, 0, 50, 100},
    {"probe/bank", rising, 0, 50, 100},
    {"mine/bank-observation", control, 0, 50, 0},
    {"mine/policy-memory", rising, 0, 50, 100},
    {"mine/bank-memory", above, 0, 50, 100},
};
enum { WITHOUT_MEMORY = 6, WITH_MEMORY = 8 };

static void make_run(const FakeHome *home, const SweepRun *run) {
    fake_run(home, run, log_series, 1);
    fake_analysis(home, run, analysis_series, fake_is_cell(run, "lstm") ? WITH_MEMORY : WITHOUT_MEMORY);
}

static char *draw_one(const FakeHome *home, const Experiment *experiment, bool partial) {
    Error error = {0};
    size_t count;
    char **folders;
    if (!figure_draw(home->results, experiment, partial, &count, &folders, &error)) fail_msg("%s", error.message);
    assert_int_equal(count, 1);
    char *folder = memory_format("%s", folders[0]);
    figure_folders_free(count, folders);
    return folder;
}

static size_t count_lines(const char *text, const char *beginning) {
    size_t count = 0;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        if (*line == '\n') line++;
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    }
    return count;
}

// figure.gp with the caption's line breaks undone.
static char *read_script(const char *folder) {
    char *script = support_read(folder, "figure.gp", NULL);
    for (char *at = strstr(script, "\\n"); at; at = strstr(at, "\\n")) {
        at[0] = ' ';
        memmove(at + 1, at + 2, strlen(at + 2) + 1);
    }
    return script;
}

static void test_belief_figure(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 4, "figure: {script: belief}\n");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    assert_int_equal(sweep->count, 8);
    for (size_t i = 0; i < sweep->count; i++) make_run(home, &sweep->runs[i]);
    char *folder = draw_one(home, experiment, false);
    assert_non_null(strstr(folder, "/figures/test/maze-ci"));

    char *curves = support_read(folder, "curves.csv", NULL);
    assert_int_equal(strncmp(curves, "series,cell,episode,seeds,mean,low,high\n", 40), 0);
    assert_int_equal(count_lines(curves, "evaluation/discounted_return,gru,"), 11);
    assert_int_equal(count_lines(curves, "mine/bank,lstm-memory,"), 3);    // (h, c) beside h
    assert_int_equal(count_lines(curves, "mine/bank,gru-memory,"), 0);
    assert_non_null(strstr(curves, "\nentropy/bank,gru,50,4,2.9,2.9,2.9\n"));
    free(curves);
    char *runs = support_read(folder, "runs.csv", NULL);
    assert_int_equal(count_lines(runs, "evaluation/discounted_return,lstm,3,"), 11);
    free(runs);
    char *script = read_script(folder);
    assert_non_null(strstr(script, "OPTIMUM = 3.268"));
    assert_non_null(strstr(script, "ci scale: nothing was trained"));
    assert_non_null(strstr(script, "means over 4 seeds per cell"));
    assert_non_null(strstr(script, "0 of 8 runs broke down"));
    assert_non_null(strstr(script, "LSTM (h, c)"));
    free(script);

    char *svg = support_read(folder, "figure.svg", NULL);
    free(draw_one(home, experiment, false));
    char *again = support_read(folder, "figure.svg", NULL);
    assert_string_equal(svg, again);
    const char *keep = getenv("ENGRAM_TEST_KEEP");    // a folder to copy the figure to, for eyes
    if (keep) {
        char *command = memory_format("cp '%s'/* '%s'", folder, keep);
        assert_int_equal(system(command), 0);
        free(command);
    }
    free(svg);
    free(again);
    free(folder);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_missing_runs_are_refused_unless_partial(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, "figure: {script: belief}\n");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    size_t count;
    char **folders;
    assert_false(figure_draw(home->results, experiment, true, &count, &folders, &error));    // nothing at all
    assert_non_null(strstr(error.message, "6 of 6 runs"));
    for (size_t i = 0; i + 1 < sweep->count; i++) make_run(home, &sweep->runs[i]);
    assert_false(figure_draw(home->results, experiment, false, &count, &folders, &error));
    assert_non_null(strstr(error.message, "1 of 6 runs"));
    assert_non_null(strstr(error.message, sweep->runs[5].name));
    assert_non_null(strstr(error.message, "engram run test/maze --scale ci"));
    char *folder = draw_one(home, experiment, true);
    char *script = read_script(folder);
    assert_non_null(strstr(script, "GRU 3, LSTM 2"));
    free(script);
    free(folder);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_parity_figure(void **state) {
    FakeHome *home = *state;
    support_write(home->folder, "reference.csv",
                  "cell,seed,length,stochasticity,episode,return,discounted_return\n"
                  "gru,0,10,0.0,0,-3,-2\ngru,0,10,0.0,50,3,3\ngru,0,10,0.0,100,3,3\n"
                  "gru,1,10,0.0,0,-3,-2.2\ngru,1,10,0.0,50,3,2\ngru,1,10,0.0,100,3,3.1\n"
                  "lstm,0,10,0.0,0,-3,-2\nlstm,0,10,0.0,50,3,1\nlstm,0,10,0.0,100,3,3\n"
                  "mgu,0,10,0.0,0,-3,-2\n"
                  "gru,2,20,0.0,0,-9,-9\n");
    Experiment *experiment =
        fake_experiment(home, 3,
                        "figure: {script: parity}\nclaims:\n"
                        "  - {id: P, text: equal, source: test, kind: equivalent, margin: 1, reference: reference.csv,\n"
                        "     a: {series: evaluation/discounted_return, window: 2, reduce: mean}, expect: open}\n");
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], log_series, 1);
    assert_false(figure_needs_analysis(experiment));
    char *folder = draw_one(home, experiment, false);
    char *curves = support_read(folder, "curves.csv", NULL);
    assert_int_equal(count_lines(curves, "ours,gru,"), 11);
    assert_int_equal(count_lines(curves, "authors,gru,"), 3);
    assert_non_null(
        strstr(curves, "\nauthors,gru,50,2,2.5,2,3\n"));    // two runs: the bootstrap reaches both; L = 20 is not ours
    assert_non_null(strstr(curves, "\nauthors,lstm,50,1,1,NaN,NaN\n"));
    assert_int_equal(count_lines(curves, "authors,mgu,"), 0);
    free(curves);
    char *svg = support_read(folder, "figure.svg", NULL);
    free(svg);
    const char *keep = getenv("ENGRAM_TEST_KEEP_PARITY");
    if (keep) {
        char *command = memory_format("cp '%s'/* '%s'", folder, keep);
        assert_int_equal(system(command), 0);
        free(command);
    }
    free(folder);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

// Views that a file names beside its figure want the analysis as their own pictures do.
static void test_named_views_are_known_to_the_experiment(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, "figure: {script: parity, views: [scores]}\n");
    assert_int_equal(experiment->figure_view_count, 1);
    assert_string_equal(experiment->figure_views[0], "scores");
    assert_false(figure_needs_analysis(experiment));
    experiment_destroy(experiment);
    experiment = fake_experiment(home, 2, "figure: {script: parity, views: [scores, correlations]}\n");
    assert_int_equal(experiment->figure_view_count, 2);
    assert_true(figure_needs_analysis(experiment));
    experiment_destroy(experiment);
}

static void test_an_experiment_may_have_no_figure(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 2, "");
    Error error = {0};
    size_t count;
    char **folders;
    assert_false(figure_draw(home->results, experiment, false, &count, &folders, &error));
    assert_non_null(strstr(error.message, "has no figure"));
    assert_false(figure_needs_analysis(experiment));
    experiment_destroy(experiment);
}

static void test_curves_want_equal_episodes(void **state) {
    (void)state;
    int64_t steps[] = {0, 10, 20}, other[] = {0, 10, 30};
    double values[] = {1, 2, 3};
    Series runs[2] = {{3, steps, values}, {3, other, values}};
    Curves curves = curves_create();
    Error error = {0};
    assert_false(curves_add(&curves, "s", "gru", runs, (const int64_t[]){1, 2}, 2, NULL, &error));
    assert_non_null(strstr(error.message, "different episodes"));
    figure_table_destroy(curves.means);
    figure_table_destroy(curves.runs);
}

static void test_ticks_are_round(void **state) {
    (void)state;
    assert_true(curve_tick(300) == 100);
    assert_true(curve_tick(5000) == 1000);
    assert_true(fabs(curve_tick(6.2) - 2) < 1e-12);
    assert_true(fabs(curve_tick(1) - 0.2) < 1e-12);
    for (double span = 0.01; span < 1e6; span *= 1.3)
        assert_true(span / curve_tick(span) <= 5.0001 && span / curve_tick(span) > 1.9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_belief_figure, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_missing_runs_are_refused_unless_partial, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_parity_figure, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_named_views_are_known_to_the_experiment, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_an_experiment_may_have_no_figure, fake_set_up, fake_tear_down),
        cmocka_unit_test(test_curves_want_equal_episodes),
        cmocka_unit_test(test_ticks_are_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
