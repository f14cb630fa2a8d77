// False alarms of claims from a bank: rates that can be worked out, and banks that will not do.
#include "fake_runs.h"

#include "benchmarks/studies/false_alarms.h"

// Around 4.5, the cells independent of each other.
static double by_chance(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 4.5 + 3 * noise;
}
// One seed of five solves.
static double seldom(const SweepRun *run, int64_t step, double noise) {
    return (void)step, (void)noise, run->seed % 5 == 0 ? 4.0 : 0.0;
}
static const FakeSeries series[] = {{"evaluation/return", by_chance, 0, 50, 100}, {"training/return", seldom, 0, 50, 100}};

static const char claims_text[] = "claims:\n"
                                  "  - {id: sure, text: t, source: s, kind: at_least, threshold: -20, expect: pass, a: "
                                  "{series: evaluation/return, at: last}}\n"
                                  "  - {id: false, text: t, source: s, kind: at_least, threshold: 20, expect: pass, a: "
                                  "{series: evaluation/return, at: last}}\n"
                                  "  - {id: refuted, text: t, source: s, kind: at_least, threshold: 20, expect: fail, a: "
                                  "{series: evaluation/return, at: last}}\n"
                                  "  - {id: open, text: t, source: s, kind: at_least, threshold: 20, expect: open, a: {series: "
                                  "evaluation/return, at: last}}\n"
                                  "  - {id: near, text: t, source: s, kind: at_least, threshold: 4.5, expect: pass, a: "
                                  "{series: evaluation/return, at: last}}\n"
                                  "  - {id: rare, text: t, source: s, kind: at_least, share: true, threshold: 0.2, level_pass: "
                                  "0.4, level_fail: 0.4, family: r,\n"
                                  "     expect: pass, a: {series: training/return, window: 1, reaches: 3}}\n";

static Experiment *bank_of(FakeHome *home, int seeds) {
    Error error = {0};
    Experiment *experiment = fake_experiment(home, seeds, claims_text);
    Sweep *sweep = sweep_expand(experiment, &error);
    for (size_t i = 0; i < sweep->count; i++) fake_run(home, &sweep->runs[i], series, 2);
    sweep_destroy(sweep);
    return experiment;
}

static AlarmParams small_study(void) {
    AlarmParams params;
    param_defaults(&alarm_params, &params);
    params.draws = 400;
    params.banks = 20;
    params.draws_of_bank = 20;
    return params;
}

static void rates_are_those_of_the_bank(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = bank_of(home, 60);
    AlarmParams params = small_study();
    Error error = {0};
    AlarmReport *report = alarms_study(home->results, experiment, 10, &params, NULL, &error);
    if (!report) fail_msg("%s", error.message);
    assert_int_equal(report->count, 7);
    assert_int_equal(report->bank, 60);
    assert_int_equal(report->block_count, 6);
    const AlarmRow *sure = &report->rows[0], *wrong = &report->rows[1], *refuted = &report->rows[2], *open = &report->rows[3];
    const AlarmRow *near = &report->rows[4], *rare = &report->rows[5], *file = &report->rows[6];
    assert_true(sure->pass == 1 && sure->contrary == 0 && sure->bootstrap.high == 0);
    assert_true(wrong->fail == 1 && wrong->contrary == 1 && wrong->blocks_contrary == 6);
    assert_true(refuted->fail == 1 && refuted->contrary == 0 && open->fail == 1 && open->contrary == 0);
    assert_true(file->contrary == 1 && !file->spec);
    // At its threshold a claim fails in at most level_fail of the draws, over all of the family.
    assert_true(near->contrary <= 0.02 && near->undecided > 0.9);
    // Two cells share their seeds: k of ten seeds solve, 2k of 20 runs. Clopper-Pearson at 0.4 fails for k = 0 (0.8^20 = 0.012)
    // and k = 1 (2 of 20: 0.206), not for k = 2 (4 of 20: 0.63): hypergeometric, 12 of 60, P(k <= 1) = 0.3537.
    assert_true(fabs(rare->contrary - 0.3537) < 4 * sqrt(0.3537 * 0.6463 / 400));
    assert_true(rare->bootstrap.low < rare->contrary && rare->bootstrap.high > rare->contrary);
    assert_true(rare->blocks.low >= 0 && rare->blocks.high <= 1);
    // The gate compares sets of one bank: nothing is worse but by chance.
    for (size_t i = 0; i < report->count; i++) assert_true(report->rows[i].worse <= 0.03 && report->rows[i].confirmed <= 0.01);

    AlarmReport *again = alarms_study(home->results, experiment, 10, &params, NULL, &error);
    assert_true(again->rows[5].contrary == rare->contrary && again->rows[5].bootstrap.low == rare->bootstrap.low);
    alarms_free(again);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    alarms_write_csv(report, out);
    fclose(out);
    support_assert_has(text, "claim,kind,expect,draws,");
    support_assert_has(text, "\nfalse,at_least,pass,400,0,1,0,1,1,1,6,6,");
    free(text);
    alarms_free(report);
    experiment_destroy(experiment);
}

static void banks_that_will_not_do(void **state) {
    FakeHome *home = *state;
    Experiment *experiment = bank_of(home, 29);
    AlarmParams params = small_study();
    Error error = {0};
    assert_null(alarms_study(home->results, experiment, 10, &params, NULL, &error));
    support_assert_has(error.message, "a bank of 29 seeds is too small for sets of 10");
    Sweep *sweep = sweep_expand(experiment, &error);
    char *path = run_path(home->results, &sweep->runs[3]);
    assert_int_equal(unlink(path), 0);
    assert_null(alarms_study(home->results, experiment, 5, &params, NULL, &error));
    support_assert_has(error.message, "1 of 58 runs");
    char *failed = memory_format("%s/runs/%s.failed", home->results, sweep->runs[3].name);
    support_write(NULL, failed, "step 7\nthe loss is NaN\n");
    assert_null(alarms_study(home->results, experiment, 5, &params, NULL, &error));
    support_assert_has(error.message, "broke down in 1 runs of the bank");
    free(path);
    free(failed);
    sweep_destroy(sweep);
    experiment_destroy(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rates_are_those_of_the_bank, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(banks_that_will_not_do, fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
