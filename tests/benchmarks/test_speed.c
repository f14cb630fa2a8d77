// The benches at a tiny size: they run, and both sides compute the same losses where PyTorch is installed. No test on times.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "algorithms/cells/cell.h"
#include "benchmarks/speed/speed.h"
#include "core/arena.h"

// Runs a bench with settings "name=value" and checks its rows. Whether there was a contender.
static bool run_bench(const char *name, const char *const *settings, int rows_with_contender) {
    Error error = {0};
    const SpeedBench *bench = speed_find(name, &error);
    assert_non_null(bench);
    void *params = memory_zeroed(1, bench->params.struct_size);
    param_defaults(&bench->params, params);
    for (; *settings; settings++) {
        char key[64];
        size_t length = strcspn(*settings, "=");
        snprintf(key, sizeof key, "%.*s", (int)length, *settings);
        if (!param_set(&bench->params, params, key, *settings + length + 1, &error)) fail_msg("%s", error.message);
    }
    SpeedReport report = {.agrees = true};
    if (!bench->run(params, &report, &error)) fail_msg("%s", error.message);
    free(params);

    bool contender = isfinite(report.rows[0].theirs.median);
    assert_int_equal(report.row_count, contender ? rows_with_contender : 1);
    for (int i = 0; i < report.row_count; i++) {
        const SpeedRow *row = &report.rows[i];
        assert_true(row->ours.least > 0 && row->ours.least <= row->ours.median && row->ours.median <= row->ours.most);
        if (contender && !(row->difference < 1e-4))
            fail_msg("%s %s: losses differ by %g", row->what, row->cell, row->difference);
        assert_int_equal(isfinite(row->ratio), contender);
    }
    assert_true(report.agrees && report.note_count > 0);
    return contender;
}

static void an_episode_is_the_same_work_for_both(void **state) {
    (void)state;
    bool all = getenv("ENGRAM_TEST_FULL") != NULL, contender = true;
    for (size_t i = 0; i < (all ? cell_type_count : 1); i++) {
        char cell[32];
        snprintf(cell, sizeof cell, "cell=%s", cell_names[i]);
        const char *const settings[] = {cell,        "length=3",         "hidden=6",       "batch=4",
                                        "repeats=2", "gradient_steps=3", "transitions=64", NULL};
        contender = run_bench("drqn", settings, 2);
    }
    if (!contender) skip();
}

static void an_epoch_is_the_same_work_for_both(void **state) {
    (void)state;
    const char *const settings[] = {"length=3", "hidden=8", "pairs=1500", "repeats=2", NULL};
    if (!run_bench("mine", settings, 1)) skip();
}

static void an_unknown_bench_names_the_nearest(void **state) {
    (void)state;
    Error error = {0};
    assert_null(speed_find("drqm", &error));
    assert_string_equal(error.message, "bench \"drqm\" is unknown, nearest is drqn; accepted: drqn, mine");
}

static void summaries(void **state) {
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 2, 8};
    SpeedTime time = speed_summary(odd, 3);
    assert_true(time.median == 2 && time.least == 1 && time.most == 3);
    time = speed_summary(even, 4);
    assert_true(time.median == 3 && time.least == 1 && time.most == 8);
    SpeedReport report = {.agrees = true};
    speed_add(&report, (SpeedRow){.ours = {2, 1, 3}, .theirs = {5, 4, 6}, .difference = 0.5}, 1);
    assert_true(report.agrees && report.row_count == 1 && report.rows[0].ratio == 2.5);
    speed_add(&report, (SpeedRow){.ours = {2, 1, 3}, .theirs = {5, 4, 6}, .difference = NAN}, 1);
    assert_false(report.agrees);    // a loss that is not a number agrees with nothing
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_episode_is_the_same_work_for_both),
        cmocka_unit_test(an_epoch_is_the_same_work_for_both),
        cmocka_unit_test(an_unknown_bench_names_the_nearest),
        cmocka_unit_test(summaries),
    };
    return cmocka_run_group_tests_name("speed", tests, NULL, NULL);
}
