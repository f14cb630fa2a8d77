// Arms of claims from runs: selectors, pairs by seed, order, slopes; and the verdicts that come of them, with the warnings before.
#include "fake_runs.h"

#include "benchmarks/arms.h"
#include "benchmarks/check.h"

// Returns that only cell, length and seed decide: the LSTM is ahead by 1, every doubling of the length costs 2.
static double planted(const SweepRun *run, int64_t step, double noise) {
    char text[PARAM_TEXT_SIZE];
    (void)step;
    assert_true(config_get(run->config, "length", text));
    return 10 + (fake_is_cell(run, "lstm") ? 1 : 0) - 2 * log2(atof(text)) + 0.3 * (double)run->seed + 0.05 * noise;
}

static const FakeSeries returns = {"evaluation/return", planted, 0, 50, 100};

static Experiment *load(const FakeHome *home, const char *seeds, const char *claims, const Setting *settings, size_t count) {
    char *text = memory_format("title: Fake mazes\nsource: nowhere\nquestion: do arms fit?\n"
                               "base:\n  environment: {name: tmaze, length: 10}\n  agent: {name: drqn, episodes: 100}\n"
                               "vary: {cell: [gru, lstm], length: [4, 8, 16]}\nseeds: %s\n"
                               "scales:\n  smoke: {note: none}\n  ci: {note: none}\n  paper: {note: none}\n%s",
                               seeds, claims);
    support_write(home->folder, "benchmarks/test/maze.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/maze", SCALE_CI, settings, count, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}

static void make_runs(const FakeHome *home, const Experiment *experiment) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], &returns, 1);
    sweep_destroy(sweep);
}

static CheckReport *check(const FakeHome *home, const Experiment *experiment) {
    Error error = {0};
    CheckReport *report = check_experiment(experiment, &(CheckOptions){.results = home->results}, &error);
    if (!report) fail_msg("%s", error.message);
    return report;
}

static const char claims_text[] =
    "claims:\n"
    "  - {id: ahead, text: t, source: s, kind: superior, margin: 0.8, expect: pass, a: {series: evaluation/return, at: last, "
    "where: {cell: lstm}}, b: {where: {cell: gru}}}\n"
    "  - {id: at-eight, text: t, source: s, kind: superior, margin: 0.8, expect: pass, where: {length: 8}, fewest: 3,\n"
    "     a: {series: evaluation/return, at: last, where: {cell: lstm}}, b: {where: {cell: gru}}}\n"
    "  - {id: apart, text: t, source: s, kind: superior, margin: 0, expect: pass, pairing: none, fewest: 3,\n"
    "     a: {series: evaluation/return, at: last, where: {cell: lstm}, seeds: 5..8}, b: {where: {cell: gru}, seeds: 1..4}}\n"
    "  - {id: more-often, text: t, source: s, kind: dominates, threshold: 0.5, expect: pass, where: {length: [4, 8]}, fewest: "
    "3,\n"
    "     a: {series: evaluation/return, at: last, where: {cell: lstm}}, b: {where: {cell: gru}}}\n"
    "  - {id: easier, text: t, source: s, kind: ordered, order: {length: [4, 8, 16]}, margin: 1.5, expect: pass,\n"
    "     a: {series: evaluation/return, at: last}}\n"
    "  - {id: falls, text: t, source: s, kind: trend, across: length, threshold: -1.5, expect: pass,\n"
    "     a: {series: evaluation/return, window: all}}\n"
    "  - {id: published, text: t, source: s, kind: reproduces, margin: 1.5, published: {mean: 8.3, sd: 0.3, n: 10}, expect: "
    "pass,\n"
    "     where: {cell: lstm, length: 4}, fewest: 3, a: {series: evaluation/return, window: 2}}\n"
    "  - {id: same, text: t, source: s, kind: bitwise, digests: digests.csv, expect: pass, where: {cell: gru}}\n";

static const CheckRow *row_of(const CheckReport *report, const char *id) {
    for (size_t i = 0; i < report->count; i++) {
        if (strcmp(report->rows[i].spec->id, id) == 0) return &report->rows[i];
    }
    fail_msg("no claim %s", id);
    return NULL;
}

// run,digest of the runs as they are; with `other` the first one's is another.
static void write_digests(const FakeHome *home, const Experiment *experiment, bool other) {
    Error error = {0};
    char *path = memory_format("%s/digests.csv", home->folder);
    FILE *file = fopen(path, "w");
    fputs("run,digest\n", file);
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) {
        char *run = run_path(home->results, &sweep->runs[i]);
        StoreReader *reader = store_open(run, &error);
        fprintf(file, "%s,%s\n", sweep->runs[i].name, other && i == 0 ? "0123" : store_digest(reader));
        store_close(reader);
        free(run);
    }
    sweep_destroy(sweep);
    fclose(file);
    free(path);
}

static void arms_are_what_their_selectors_say(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = load(home, "1..8", claims_text, NULL, 0);
    make_runs(home, experiment);
    write_digests(home, experiment, false);
    CheckReport *report = check(home, experiment);
    for (size_t i = 0; i < report->count; i++) {
        if (report->rows[i].result.verdict != VERDICT_PASS)
            fail_msg("%s: %s", report->rows[i].spec->id, report->rows[i].result.reason);
    }
    const CheckRow *ahead = row_of(report, "ahead"), *eight = row_of(report, "at-eight"), *apart = row_of(report, "apart");
    assert_int_equal(ahead->arms.count, 2);
    assert_int_equal(ahead->result.runs_a, 24);    // 3 lengths, 8 seeds; in pairs
    assert_int_equal(ahead->result.runs_b, 0);
    for (int i = 0; i < 24; i++) {
        const Arm *a = &ahead->arms.arms[0], *b = &ahead->arms.arms[1];
        assert_true(a->seed[i] == b->seed[i] && a->stratum[i] == b->stratum[i]);
        assert_true(fabs(a->value[i] - b->value[i] - 1) <= 0.1);    // the same length and seed: only the cell and noise differ
    }
    assert_int_equal(eight->result.runs_a, 8);
    assert_int_equal(apart->result.runs_a, 12);
    assert_int_equal(apart->result.runs_b, 12);
    assert_int_equal(apart->seeds, 4);
    assert_true(row_of(report, "more-often")->result.effect > 0.7);
    const CheckRow *easier = row_of(report, "easier"), *falls = row_of(report, "falls");
    assert_int_equal(easier->arms.count, 3);
    assert_true(fabs(easier->result.effect - 2) < 0.1);
    assert_int_equal(falls->result.runs_a, 16);    // one slope for each cell and seed
    assert_true(fabs(falls->result.effect + 2) < 0.05);
    assert_true(fabs(row_of(report, "published")->result.effect) < 0.5);
    assert_int_equal(row_of(report, "same")->result.runs_a, 24);
    assert_int_equal(report->exit_status, CLAIMS_AS_EXPECTED);
    check_free(report);

    write_digests(home, experiment, true);
    report = check(home, experiment);
    assert_int_equal(row_of(report, "same")->result.verdict, VERDICT_FAIL);
    assert_int_equal(report->exit_status, CLAIMS_CONTRARY);
    check_free(report);
    support_write(home->folder, "digests.csv", "run,digset\na,b\n");
    Error error = {0};
    assert_null(check_experiment(experiment, &(CheckOptions){.results = home->results}, &error));
    support_assert_has(error.message, "claim same");
    support_assert_has(error.message, "digest");
    experiment_destroy(experiment);
}

static void a_broken_run_breaks_its_pair_and_its_slope(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = load(home, "1..8", claims_text, NULL, 0);
    make_runs(home, experiment);
    write_digests(home, experiment, false);
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    char *path = run_path(home->results, &sweep->runs[0]);    // gru, length 4, seed 1
    char *failed = memory_format("%s/runs/%s.failed", home->results, sweep->runs[0].name);
    assert_int_equal(unlink(path), 0);
    support_write(NULL, failed, "step 7\nthe loss is NaN\n");
    free(path);
    free(failed);
    sweep_destroy(sweep);
    CheckReport *report = check(home, experiment);
    assert_int_equal(report->failed, 1);
    static const char *const touched[] = {"ahead", "easier", "falls", "more-often"}, *const untouched[] = {"at-eight",
                                                                                                           "published"};
    for (int i = 0; i < 4; i++) {
        const ClaimResult *result = &row_of(report, touched[i])->result;
        assert_int_equal(result->verdict, VERDICT_INCONCLUSIVE);
        support_assert_has(result->reason, "broke down");
    }
    for (int i = 0; i < 2; i++) assert_int_equal(row_of(report, untouched[i])->result.verdict, VERDICT_PASS);
    check_free(report);
    experiment_destroy(experiment);
}

// Several runs of one seed in an arm are one value: their mean, whichever side has them.
static void runs_that_an_arm_merges_count_once(void **state) {
    FakeHome *home = *state;
    Experiment *experiment =
        load(home, "1..8",
             "claims:\n"
             "  - {id: easy, text: t, source: s, kind: superior, margin: 2, expect: pass, fewest: 3,\n"
             "     a: {series: evaluation/return, at: last, where: {length: 4}}, b: {where: {length: [8, 16]}}}\n"
             "  - {id: hard, text: t, source: s, kind: superior, margin: 0.5, expect: pass, fewest: 3,\n"
             "     a: {series: evaluation/return, at: last, where: {length: [4, 8]}}, b: {where: {length: 16}}}\n",
             NULL, 0);
    make_runs(home, experiment);
    CheckReport *report = check(home, experiment);
    const CheckRow *easy = row_of(report, "easy"), *hard = row_of(report, "hard");
    assert_int_equal(easy->result.runs_a, 16);    // eight seeds of two cells
    assert_int_equal(hard->result.runs_a, 16);
    assert_true(fabs(easy->result.effect - 3) < 0.1);    // 4 against the mean of 8 and 16: one and a half doublings, 2 each
    assert_true(fabs(hard->result.effect - 3) < 0.1);
    check_free(report);
    experiment_destroy(experiment);
}

// A partner that is not finished leaves the pair out; it is no broken run, which would count against its arm.
static void unfinished_partners_are_left_out(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = load(
        home, "1..8",
        "claims:\n  - {id: ahead, text: t, source: s, kind: dominates, threshold: 0.5, expect: pass, nan: rank-worst, fewest: "
        "3,\n"
        "     where: {length: 4}, a: {series: evaluation/return, at: last, where: {cell: gru}}, b: {where: {cell: lstm}}}\n",
        NULL, 0);
    make_runs(home, experiment);
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) {    // the LSTM's last two seeds are still missing
        if (fake_is_cell(&sweep->runs[i], "lstm") && sweep->runs[i].seed > 6) {
            char *path = run_path(home->results, &sweep->runs[i]);
            assert_int_equal(unlink(path), 0);
            free(path);
        }
    }
    sweep_destroy(sweep);
    CheckReport *report = check_experiment(experiment, &(CheckOptions){.results = home->results, .partial = true}, &error);
    if (!report) fail_msg("%s", error.message);
    const ClaimResult *result = &report->rows[0].result;
    assert_true(result->runs_a == 6 && result->runs_b == 6 && result->failed == 0);
    check_free(report);
    experiment_destroy(experiment);
}

static void options_set_aside_what_they_take_away(void **state) {
    FakeHome *home = *state;
    Setting gru = {(char[]){"cell"}, (char[]){"gru"}, (char[]){"--set"}};
    Experiment *experiment = load(home, "1..8", claims_text, &gru, 1);
    assert_int_equal(experiment->claims_absent, 5);    // those with an LSTM
    assert_int_equal(experiment->claim_count, 3);
    experiment_destroy(experiment);
    Setting length = {(char[]){"length"}, (char[]){"8"}, (char[]){"--set"}};
    experiment = load(home, "1..8", claims_text, &length, 1);
    assert_int_equal(experiment->claims_absent, 3);    // an order and a trend of one length, and what is at length 4
    experiment_destroy(experiment);
}

static void too_few_seeds_are_said_before_anything_runs(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = load(home, "1..8", claims_text, NULL, 0);
    char *warning = check_warn(experiment);
    if (warning) fail_msg("%s", warning);
    experiment_destroy(experiment);
    experiment = load(home, "1..2",
                      "claims:\n"
                      "  - {id: half, text: t, source: s, kind: at_least, share: true, threshold: 0.9, expect: pass,\n"
                      "     a: {series: evaluation/return, window: 1, reaches: 3}}\n"
                      "  - {id: falls, text: t, source: s, kind: trend, across: length, threshold: -1.5, expect: pass,\n"
                      "     a: {series: evaluation/return, at: last}}\n"
                      "  - {id: impossible, text: t, source: s, kind: at_least, share: true, threshold: 1, expect: open,\n"
                      "     a: {series: evaluation/return, window: 1, reaches: 3}}\n",
                      NULL, 0);
    warning = check_warn(experiment);
    assert_non_null(warning);
    // 0.9^n < 0.05 / 3 from 39 runs on; a seed has six.
    support_assert_has(warning, "claim half (at_least) cannot pass with 12 runs: it needs 39 in each arm, that is 7 seeds");
    support_assert_has(warning, "claim falls (trend) cannot pass with 4 runs: it needs 10 in each arm, that is 5 seeds");
    support_assert_has(warning, "claim impossible (at_least) cannot pass, however many runs there are");
    free(warning);
    experiment_destroy(experiment);
}

// Named cases differ in several parameters at once, and are told apart by their name or by one of these parameters.
static void cases_are_arms(void **state) {
    FakeHome *home = *state;
    const char *text =
        "title: Fake mazes\nsource: nowhere\nquestion: do arms fit?\n"
        "base:\n  environment: {name: tmaze, length: 10}\n  agent: {name: drqn, episodes: 100}\n"
        "vary: {cell: [gru, lstm], size: {4: {length: 4, episodes: 90}, 8: {length: 8}, 16: {length: 16, double: true}}}\n"
        "seeds: 1..8\nscales:\n  smoke: {note: none}\n  ci: {note: none}\n  paper: {note: none}\n"
        "claims:\n"
        "  - {id: named, text: t, source: s, kind: superior, margin: 1.5, expect: pass, a: {series: evaluation/return, at: "
        "last, where: {size: 4}}, b: {where: {size: 8}}}\n"
        "  - {id: parameter, text: t, source: s, kind: superior, margin: 1.5, expect: pass, a: {series: evaluation/return, "
        "at: last, where: {length: 8}}, b: {where: {length: 16}}}\n"
        "  - {id: ordered, text: t, source: s, kind: ordered, order: {size: [4, 8, 16]}, margin: 1.5, expect: pass,\n"
        "     a: {series: evaluation/return, at: last}}\n"
        "  - {id: falls, text: t, source: s, kind: trend, across: size, threshold: -1.5, expect: pass,\n"
        "     a: {series: evaluation/return, window: all}}\n";
    support_write(home->folder, "benchmarks/test/maze.yaml", text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/maze", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    make_runs(home, experiment);
    CheckReport *report = check(home, experiment);
    for (size_t i = 0; i < report->count; i++) {
        const CheckRow *row = &report->rows[i];
        if (row->result.verdict != VERDICT_PASS) fail_msg("%s: %s", row->spec->id, row->result.reason);
        assert_int_equal(row->result.runs_a, 16);    // 2 cells, 8 seeds; in pairs
    }
    const Arms *arms = &row_of(report, "parameter")->arms;
    for (int i = 0; i < 16; i++)
        assert_true(fabs(arms->arms[0].value[i] - arms->arms[1].value[i] - 2) <= 0.1);    // the same cell and seed
    check_free(report);
    experiment_destroy(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arms_are_what_their_selectors_say, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(cases_are_arms, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(a_broken_run_breaks_its_pair_and_its_slope, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(runs_that_an_arm_merges_count_once, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(unfinished_partners_are_left_out, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(options_set_aside_what_they_take_away, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(too_few_seeds_are_said_before_anything_runs, fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
