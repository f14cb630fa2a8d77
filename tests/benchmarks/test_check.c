// Claims from runs: measures, verdicts as planted, families, reports.
#include "fake_runs.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "benchmarks/check.h"
#include "benchmarks/measure.h"
#include "benchmarks/report.h"

// ---- measures ------------------------------------------------------------------------------------------------------------

static double measured(Measure measure, const Series *series) {
    double value = -99;
    Error error = {0};
    char name[] = "evaluation/discounted_return";
    measure.series = name;
    if (!measure_series(&measure, series, 3.268, &value, &error)) fail_msg("%s", error.message);
    return value;
}

static void test_measures(void **state) {
    (void)state;
    int64_t steps[] = {0, 10, 20, 30};
    double values[] = {1, 4, 2, 3};
    Series series = {4, steps, values};
    assert_true(measured((Measure){.at_step = true, .step = 10}, &series) == 4);
    assert_true(measured((Measure){.at_step = true, .step = -1}, &series) == 3);
    assert_true(measured((Measure){.at_step = true, .step = -4}, &series) == 1);
    assert_true(measured((Measure){.window = 3, .reduce = REDUCE_MEAN}, &series) == 3);
    assert_true(measured((Measure){.window = 2, .reduce = REDUCE_MAX}, &series) == 3);
    assert_true(measured((Measure){.window = 3, .reduce = REDUCE_MIN}, &series) == 2);
    assert_true(measured((Measure){.window = 4, .reduce = REDUCE_LAST}, &series) == 3);
    Measure reaches = {.window = 1, .reaches = true, .target_optimum = true, .tolerance = 0.1};
    assert_true(measured(reaches, &series) == 1);    // 3 >= 3.268 (1 - 0.1)
    reaches.tolerance = 0.01;
    assert_true(measured(reaches, &series) == 0);
    reaches = (Measure){.window = 1, .reaches = true, .target = -2, .tolerance = 0.5};
    Measure falls = {.window = 0, .reaches = true, .falls = true, .target = 2.4, .reduce = REDUCE_MIN};
    assert_true(measured(falls, &series) == 1);
    falls.target = 0.5;
    assert_true(measured(falls, &series) == 0);
    Measure first = {.reaches = true, .target = 4, .reduce = REDUCE_FIRST};
    assert_true(measured(first, &series) == 10);
    first.target = 5;
    assert_true(measured(first, &series) == 30);    // never: the last step
    first = (Measure){.window = 2, .reaches = true, .falls = true, .target = 2, .reduce = REDUCE_FIRST};
    assert_true(measured(first, &series) == 20);
    values[3] = -2.9;
    assert_true(measured(reaches, &series) == 1);    // relative to |target|: -3 and above
    values[2] = NAN;
    assert_true(isnan(measured((Measure){.window = 2, .reduce = REDUCE_MAX}, &series)));
}

static void test_measures_that_do_not_fit(void **state) {
    (void)state;
    int64_t steps[] = {0, 10};
    double values[] = {1, 4}, value;
    char name[] = "mine/bank";
    Series series = {2, steps, values};
    Error error = {0};
    assert_false(measure_series(&(Measure){.series = name, .at_step = true, .step = 5}, &series, NAN, &value, &error));
    assert_non_null(strstr(error.message, "mine/bank has no value at step 5: it has 2 between 0 and 10"));
    assert_false(measure_series(&(Measure){.series = name, .at_step = true, .step = -3}, &series, NAN, &value, &error));
    assert_false(measure_series(&(Measure){.series = name, .window = 3}, &series, NAN, &value, &error));
    assert_non_null(strstr(error.message, "the window wants the last 3"));
}

// ---- claims with known answers ---------------------------------------------------------------------------------------------

static double before_after(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (step > 0 ? 2.0 : 1.0) + 0.1 * noise;
}
static double solving(const SweepRun *run, int64_t step, double noise) {
    return (void)noise, run->seed <= 9 && step == 50 ? 3.2683 : 1.0 + 0.1 * (double)run->seed;
}
static double following(const SweepRun *run, int64_t step, double noise) {
    return (double)step / 1000 + (double)run->seed + 0.01 * noise;
}

static double third_in_doubt(const SweepRun *run, int64_t step, double noise) {
    return (void)noise, run->seed == 3 && step == 100;
}

static const FakeSeries log_series[] = {{"evaluation/discounted_return", solving, 0, 50, 100},
                                        {"evaluation/return", following, 0, 50, 100}};
static const FakeSeries analysis_series[] = {{"mine/bank", before_after, 0, 50, 100},
                                             {"mine/policy", following, 0, 50, 100},
                                             {"mine/policy-unreliable", third_in_doubt, 0, 50, 100}};

static const char claims_text[] =
    "claims:\n"
    "  - {id: grows, text: a < b & c, source: s, kind: superior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: "
    "0},\n"
    "     margin: 0.5, expect: pass}\n"
    "  - {id: grows-much, text: t, source: s, kind: superior, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: "
    "0},\n"
    "     margin: 1.5, expect: fail}\n"
    "  - {id: solves, text: t, source: s, kind: at_least, share: true, threshold: 0.5, expect: pass,\n"
    "     a: {series: evaluation/discounted_return, window: 2, reduce: max, reaches: optimum, tolerance: 0.001}}\n"
    "  - {id: follows, text: t, source: s, kind: correlates, threshold: 0, expect: open, a: {series: mine/policy, at: 100},\n"
    "     b: {series: evaluation/return, at: 100}}\n"
    "  - {id: gru-only, text: t, source: s, kind: at_least, threshold: 1.99, expect: pass, where: {cell: gru},\n"
    "     a: {series: mine/bank, at: last}}\n"
    "  - {id: told, text: t, source: s, kind: described, a: {series: mine/bank, at: last}, b: {series: mine/bank, at: 0}}\n";

static void make_runs(const FakeHome *home, const Experiment *experiment, size_t leave_out) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i + leave_out < sweep->count; i++) {
        fake_run(home, &sweep->runs[i], log_series, 2);
        fake_analysis(home, &sweep->runs[i], analysis_series, 3);
    }
    sweep_destroy(sweep);
}

static CheckReport *check(const FakeHome *home, const Experiment *experiment, bool partial) {
    Error error = {0};
    CheckReport *report = check_experiment(experiment, &(CheckOptions){.results = home->results, .partial = partial}, &error);
    if (!report) fail_msg("%s", error.message);
    return report;
}

static void test_verdicts_as_planted(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 10, claims_text);
    make_runs(home, experiment, 0);
    CheckReport *report = check(home, experiment, false);
    assert_int_equal(report->count, 6);
    const CheckRow *rows = report->rows;
    assert_string_equal(check_verdict(&rows[0]), "pass");
    assert_true(fabs(rows[0].result.effect - 1) < 0.1);
    assert_true(rows[0].result.low > 0.9 && rows[0].result.high < 1.1);
    assert_true(rows[0].result.threshold == 0.5);
    assert_int_equal(rows[0].seeds, 10);
    assert_int_equal(rows[0].result.runs_a, 20);    // two cells
    assert_string_equal(check_verdict(&rows[1]), "fail");
    assert_string_equal(check_verdict(&rows[2]), "pass");
    assert_true(fabs(rows[2].result.effect - 0.9) < 1e-12);    // 18 of 20; Clopper-Pearson, one-sided 95 %
    assert_true(fabs(rows[2].result.low - 0.7174) < 1e-3);
    assert_string_equal(check_verdict(&rows[3]), "pass");
    assert_true(rows[3].promotable);
    assert_int_equal(rows[3].unreliable, 2);    // seed 3 of both cells
    assert_int_equal(rows[0].unreliable, 0);
    assert_string_equal(check_verdict(&rows[4]), "inconclusive");
    assert_int_equal(rows[4].result.runs_a, 10);    // one cell
    assert_string_equal(check_verdict(&rows[5]), "described");
    assert_true(fabs(rows[5].result.effect - rows[0].result.effect) < 1e-12);
    assert_true(fabs(rows[5].result.low - rows[0].result.low) < 1e-12);    // the same interval, without a verdict
    assert_true(isnan(rows[5].result.threshold));
    assert_int_equal(report->exit_status, CLAIMS_UNDECIDED);    // gru-only; the expected fail and the open pass do not count
    check_free(report);
    experiment_destroy(experiment);
}

static void test_contrary_claim_decides_the_exit_status(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 10, claims_text);
    make_runs(home, experiment, 0);
    experiment->claims[1].claim.expect = EXPECT_PASS;    // it fails
    CheckReport *report = check(home, experiment, false);
    assert_int_equal(report->exit_status, CLAIMS_CONTRARY);

    char *path = memory_format("%s/claims.xml", home->folder);
    Error error = {0};
    if (!report_write_junit(&report, 1, path, &error)) fail_msg("%s", error.message);
    xmlDocPtr document = xmlReadFile(path, NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlNodePtr suite = xmlFirstElementChild(xmlDocGetRootElement(document));
    xmlChar *failures = xmlGetProp(suite, BAD_CAST "failures"), *skipped = xmlGetProp(suite, BAD_CAST "skipped");
    assert_string_equal((const char *)failures, "1");
    assert_string_equal((const char *)skipped, "3");    // open, undecided, described
    xmlFree(failures);
    xmlFree(skipped);
    assert_int_equal(xmlChildElementCount(suite), 6);
    xmlNodePtr first = xmlFirstElementChild(suite), second = xmlNextElementSibling(first);
    xmlChar *said = xmlNodeGetContent(first);
    assert_non_null(strstr((const char *)said, "a < b & c"));
    xmlFree(said);
    assert_string_equal((const char *)xmlFirstElementChild(second)->name, "failure");
    xmlFreeDoc(document);
    xmlCleanupParser();
    free(path);

    assert_false(report_write_junit(&report, 1, "/no/such/folder/claims.xml", &error));
    assert_non_null(strstr(error.message, "/no/such/folder/claims.xml"));
    check_free(report);
    experiment_destroy(experiment);
}

static void test_missing_and_failed_runs(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 5, claims_text);
    make_runs(home, experiment, 1);
    Error error = {0};
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, "1 of 10 runs"));
    assert_non_null(strstr(error.message, "engram run test/maze --scale ci"));
    CheckReport *report = check(home, experiment, true);
    assert_int_equal(report->missing, 1);
    assert_int_equal(report->rows[2].result.runs_a, 9);
    check_free(report);

    Sweep *sweep = sweep_expand(experiment, &error);    // the last run broke down
    char *failed = memory_format("%s/runs/%s.failed", home->results, sweep->runs[9].name);
    support_write(NULL, failed, "step 7\nthe loss is NaN\n");
    free(failed);
    sweep_destroy(sweep);
    report = check(home, experiment, false);
    assert_int_equal(report->failed, 1);
    assert_string_equal(check_verdict(&report->rows[0]), "inconclusive");    // the claim says nothing about broken runs
    assert_non_null(strstr(report->rows[0].result.reason, "1 of 10 runs broke down"));
    assert_int_equal(report->rows[2].result.runs_a, 10);    // a share: it has not solved the maze
    assert_true(fabs(report->rows[2].result.effect - 0.9) < 1e-12);
    check_free(report);
    experiment_destroy(experiment);
}

static void test_noninferior_allows_a_margin(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment(home, 6,
                        "claims:\n"
                        "  - {id: close, text: t, source: s, kind: noninferior, margin: 1.2, expect: pass,\n"
                        "     a: {series: mine/bank, at: 0}, b: {series: mine/bank, at: last}}\n"
                        "  - {id: far, text: t, source: s, kind: noninferior, margin: 0.8, expect: fail,\n"
                        "     a: {series: mine/bank, at: 0}, b: {series: mine/bank, at: last}}\n"
                        "  - {id: gap, text: t, source: s, kind: noninferior, margin: 0.8, fail_below: -1.5, expect: open,\n"
                        "     a: {series: mine/bank, at: 0}, b: {series: mine/bank, at: last}}\n");
    assert_true(check_needs_analysis(experiment));
    make_runs(home, experiment, 0);
    CheckReport *report = check(home, experiment, false);
    assert_string_equal(check_verdict(&report->rows[0]), "pass");    // one below, 1.2 are allowed
    assert_true(fabs(report->rows[0].result.effect + 1) < 0.1);
    assert_int_equal(report->rows[0].result.runs_b, 0);    // paired by run
    assert_string_equal(check_verdict(&report->rows[1]), "fail");
    assert_string_equal(check_verdict(&report->rows[2]), "inconclusive");
    assert_int_equal(report->exit_status, CLAIMS_AS_EXPECTED);
    check_free(report);
    experiment_destroy(experiment);
}

static void test_runs_that_are_not_analysed_are_named(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 3, claims_text);
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], log_series, 2);
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, sweep->runs[0].name));
    assert_non_null(strstr(error.message, "is not analysed: `engram analyse test/maze --scale ci`"));
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

static void test_mistakes_name_claim_and_line(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        fake_experiment(home, 3,
                        "claims:\n  - {id: odd, text: t, source: s, kind: at_least, threshold: 0, expect: pass,\n"
                        "     a: {series: mine/bamk, at: last}}\n");
    make_runs(home, experiment, 0);
    Error error = {0};
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, "maze.yaml:"));
    assert_non_null(strstr(error.message, "claim odd"));
    assert_non_null(strstr(error.message, "nearest: 'mine/bank'"));
    experiment_destroy(experiment);
}

// ---- against a reference ---------------------------------------------------------------------------------------------------

static const char parity_claim[] =
    "claims:\n  - {id: parity, text: t, source: s, kind: equivalent, margin: 1, reference: reference.csv, expect: pass,\n"
    "     a: {series: evaluation/discounted_return, window: 2, reduce: mean}}\n";

static double like_reference(const SweepRun *run, int64_t step, double noise) {
    return (void)step, (fake_is_cell(run, "gru") ? 2.0 : -5.0) + 0.2 * noise;
}

static void write_reference(const FakeHome *home, double shift) {
    char *path = memory_format("%s/reference.csv", home->folder);
    FILE *file = fopen(path, "w");
    fprintf(file, "cell,seed,length,episode,discounted_return\n");
    for (int seed = 0; seed < 10; seed++) {
        for (int episode = 0; episode <= 100; episode += 25) {
            fprintf(file, "gru,%d,10,%d,%g\nlstm,%d,10,%d,%g\n", seed, episode, 2 + shift + 0.02 * seed, seed, episode,
                    -5 + shift - 0.02 * seed);
            fprintf(file, "gru,%d,50,%d,100\nnbrc,%d,10,%d,100\n", seed, episode, seed,
                    episode);    // another length, another cell
        }
    }
    fclose(file);
    free(path);
}

static void test_equivalence_with_a_reference(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = fake_experiment(home, 8, parity_claim);
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    const FakeSeries series = {"evaluation/discounted_return", like_reference, 0, 25, 100};
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], &series, 1);
    sweep_destroy(sweep);
    const double shifts[] = {0, 1, 3};    // well inside the margin, at it, well outside
    const char *const verdicts[] = {"pass", "inconclusive", "fail"};
    for (int i = 0; i < 3; i++) {
        write_reference(home, shifts[i]);
        CheckReport *report = check(home, experiment, false);
        assert_string_equal(check_verdict(&report->rows[0]), verdicts[i]);
        assert_false(check_needs_analysis(experiment));
        assert_true(fabs(report->rows[0].result.effect + shifts[i]) < 0.15);    // cells are compared with their own kind
        assert_int_equal(report->rows[0].result.runs_a, 16);
        assert_int_equal(report->rows[0].result.runs_b, 20);
        check_free(report);
    }
    support_write(home->folder, "reference.csv", "cell,seed,episode,discounted_return\nnbrc,0,0,1\n");
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, "no row belongs to this sweep"));
    support_write(home->folder, "reference.csv", "cell,seed,episode,discounted_return\ngru,3,75,1\ngru,3,90,1\n");
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, "seed 3 has its value number 1 from the last at episode 90"));
    assert_non_null(strstr(error.message, "has it at 100"));
    support_write(home->folder, "reference.csv", "cell,seed,episode,discounted_retrun\ngru,0,0,1\n");
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    assert_non_null(strstr(error.message, "discounted_retrun"));
    experiment_destroy(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_measures_that_do_not_fit),
        cmocka_unit_test_setup_teardown(test_verdicts_as_planted, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_contrary_claim_decides_the_exit_status, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_missing_and_failed_runs, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_noninferior_allows_a_margin, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_runs_that_are_not_analysed_are_named, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes_name_claim_and_line, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(test_equivalence_with_a_reference, fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
