// Resampling against exact distributions that are small enough to enumerate, and its repeatability.
#include "analysis/resampling.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/rng.h"

enum { MANY = 20000 };

// Two runs 0 and 1: the bootstrap mean is 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4.
static void bootstrap_has_its_exact_quantiles(void **state) {
    (void)state;
    const double runs[] = {0, 10, NAN, 1, 10, 1};    // [2][3]
    double low[3], high[3];
    bootstrap_mean(runs, 2, 3, MANY, 0.4, 7, low, high);    // quantiles 0.3 and 0.7
    assert_true(low[0] == 0.5 && high[0] == 0.5);
    assert_true(low[1] == 10 && high[1] == 10);
    assert_true(isnan(low[2]) && isnan(high[2]));
    bootstrap_mean(runs, 2, 3, MANY, 0.6, 7, low, high);    // 0.2 and 0.8
    assert_true(low[0] == 0 && high[0] == 1);
}

// Normal theory: the percentile interval of the mean is about mean +- z sqrt((n - 1) / n) se.
static void bootstrap_resembles_normal_theory_and_repeats(void **state) {
    (void)state;
    enum { N = 30 };
    double x[N], low, high, low_again, high_again, low_other, high_other;
    Rng rng = rng_stream(3, RNG_TEST, 0);
    for (int i = 0; i < N; i++) x[i] = rng_uniform(&rng) + rng_uniform(&rng) + rng_uniform(&rng);
    Estimate mean = estimate_mean(x, N);
    bootstrap_mean(x, N, 1, MANY, 0.95, 11, &low, &high);
    double half = 1.959964 * mean.se * sqrt((N - 1.0) / N);
    assert_true(fabs(low - (mean.value - half)) < 0.1 * half && fabs(high - (mean.value + half)) < 0.1 * half);
    bootstrap_mean(x, N, 1, MANY, 0.95, 11, &low_again, &high_again);
    bootstrap_mean(x, N, 1, MANY, 0.95, 12, &low_other, &high_other);
    assert_true(low == low_again && high == high_again && low != low_other);
}

// The same runs at all steps: a curve that is a shifted copy of another has a shifted copy of its band.
static void bootstrap_keeps_curves_whole(void **state) {
    (void)state;
    const double runs[] = {0, 8, 1, 9, 3, 11, 7, 15};    // [4][2], step 1 = step 0 + 8
    double low[2], high[2];
    bootstrap_mean(runs, 4, 2, 500, 0.9, 5, low, high);
    assert_true(low[1] == low[0] + 8 && high[1] == high[0] + 8 && low[0] < high[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bootstrap_has_its_exact_quantiles),
        cmocka_unit_test(bootstrap_resembles_normal_theory_and_repeats),
        cmocka_unit_test(bootstrap_keeps_curves_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
