// Where scores fall below a threshold, by hand and against a search along the curve.
#include "analysis/crossing.h"

#include "core/rng.h"
#include "tests/support.h"

static double crossing_of(int tasks, const double *mean, double threshold) {
    int runs[8];
    for (int k = 0; k < tasks; k++) runs[k] = 1;
    return scores_crossing(&(Scores){tasks, runs, mean}, threshold);
}

static void positions_by_hand(void **state) {
    (void)state;
    const double falling[] = {1, 0.8, 0.4, 0};
    assert_true(fabs(crossing_of(4, falling, 0.5) - 1.75) < 1e-15);
    assert_true(crossing_of(4, falling, 0.8) == 1);    // below from there on
    assert_true(crossing_of(4, falling, 1) == 0);
    assert_true(crossing_of(4, falling, 1.1) == -1);
    assert_true(crossing_of(4, falling, 0) == 4);    // 0 is not below 0
    assert_true(crossing_of(1, falling, 0.5) == 1);
    const double returning[] = {1, 0, 1, 0};
    assert_true(crossing_of(4, returning, 0.5) == 0.5);    // the first place counts
    const double flat[] = {0.5, 0.5, 0.5};
    assert_true(crossing_of(3, flat, 0.5) == 3);
}

static void means_are_over_runs(void **state) {
    (void)state;
    const int runs[] = {3, 1, 2};
    const double value[] = {0.9, 1.0, 1.1, 0.6, 0.1, 0.3};
    double position = scores_crossing(&(Scores){3, runs, value}, 0.4);
    assert_true(fabs(position - 1.5) < 1e-12);    // 0.6 to 0.2
}

// Walks along random curves in small steps until it is below.
static void positions_by_search(void **state) {
    (void)state;
    enum { TASKS = 6, STEPS = 4000 };
    Rng rng = rng_stream(5, RNG_TEST, 0);
    double worst = 0;
    for (int trial = 0; trial < 200; trial++) {
        double mean[TASKS], found = TASKS;
        for (int k = 0; k < TASKS; k++) mean[k] = rng_uniform(&rng);
        for (int step = 0; step <= (TASKS - 1) * STEPS; step++) {
            int k = step / STEPS < TASKS - 1 ? step / STEPS : TASKS - 2;
            double share = (double)step / STEPS - k;
            if (mean[k] + share * (mean[k + 1] - mean[k]) >= 0.3) continue;
            found = step == 0 ? -1 : (double)step / STEPS;
            break;
        }
        double deviation = fabs(crossing_of(TASKS, mean, 0.3) - found);
        worst = fmax(worst, deviation);
        assert_true(deviation <= 1.0 / STEPS);
    }
    print_message("worst deviation: %.2g\n", worst);
}

static void undefined_scores_have_none(void **state) {
    (void)state;
    const double unknown[] = {1, (double)NAN, 0};
    assert_true(isnan(crossing_of(3, unknown, 0.5)));
    assert_true(isnan(crossing_of(0, unknown, 0.5)));
    const double known[] = {1, 0};
    assert_true(isnan(crossing_of(2, known, (double)NAN)));
}

static void positions_have_places_on_a_scale(void **state) {
    (void)state;
    const double scale[] = {4, 8, 16};
    assert_true(crossing_at(0, scale, 3) == 4);
    assert_true(crossing_at(0.5, scale, 3) == 6);
    assert_true(crossing_at(2, scale, 3) == 16);
    assert_true(isinf(crossing_at(2.1, scale, 3)) && crossing_at(2.1, scale, 3) > 0);
    assert_true(isinf(crossing_at(-1, scale, 3)) && crossing_at(-1, scale, 3) < 0);
    assert_true(isnan(crossing_at((double)NAN, scale, 3)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_by_hand),
        cmocka_unit_test(means_are_over_runs),
        cmocka_unit_test(positions_by_search),
        cmocka_unit_test(undefined_scores_have_none),
        cmocka_unit_test(positions_have_places_on_a_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
