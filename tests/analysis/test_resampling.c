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

// Monte-Carlo error of a share from MANY draws, five standard deviations: a false alarm in 2 million.
static void assert_share(double found, double expected) {
    double tolerance = 5 * sqrt(expected * (1 - expected) / MANY) + 2.0 / MANY;
    if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.6g, expected %.6g", found, expected);
}

static void next_permutation(int *order, int n) {
    int i = n - 2, j = n - 1;
    while (i >= 0 && order[i] > order[i + 1]) i--;
    if (i < 0) return;
    while (order[j] < order[i]) j--;
    int kept = order[i];
    order[i] = order[j];
    order[j] = kept;
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        kept = order[a];
        order[a] = order[b];
        order[b] = kept;
    }
}

static void shuffled_spearman_is_near_enumeration(void **state) {
    (void)state;
    enum { N = 6, ALL = 720 };
    const double x[N] = {1, 2, 3, 4, 5, 6}, y[N] = {2, 1, 2, 5, 3, 6};
    double observed = spearman(x, y, N);
    int order[N] = {0, 1, 2, 3, 4, 5}, at_least = 0, at_most = 0;
    for (int p = 0; p < ALL; p++) {
        double shuffled[N];
        for (int i = 0; i < N; i++) shuffled[i] = y[order[i]];
        double rho = spearman(x, shuffled, N);
        at_least += rho >= observed - 1e-12;
        at_most += rho <= observed + 1e-12;
        next_permutation(order, N);
    }
    assert_share(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_GREATER, MANY, 1), at_least / (double)ALL);
    assert_share(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_LESS, MANY, 1), at_most / (double)ALL);
    double greater = spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_GREATER, MANY, 9);
    assert_true(spearman_permutation_p(x, y, NULL, N, ALTERNATIVE_TWO_SIDED, MANY, 9) == 2 * greater);
    const double constant[N] = {1, 1, 1, 1, 1, 1};
    assert_true(isnan(spearman_permutation_p(x, constant, NULL, N, ALTERNATIVE_GREATER, 10, 1)));
}

// Two cells that differ in both quantities, but without (or against) association inside: pooled it looks strong.
static void strata_remove_differences_between_cells(void **state) {
    (void)state;
    const double x[] = {1, 11, 2, 12, 3, 13, 4, 14}, y[] = {3, 13, 1, 11, 4, 14, 2, 12};
    const int cell[] = {0, 1, 0, 1, 0, 1, 0, 1};
    assert_true(spearman_permutation_p(x, y, NULL, 8, ALTERNATIVE_GREATER, MANY, 1) < 0.05);
    // Inside each cell rho = 0: products of ranks sum to 25 of at most 30; enumerated below over 24 x 24 shuffles.
    int order[4] = {0, 1, 2, 3}, sums[24], at_least = 0;
    for (int p = 0; p < 24; p++) {
        sums[p] = 0;
        for (int i = 0; i < 4; i++) sums[p] += (i + 1) * (order[i] + 1);
        next_permutation(order, 4);
    }
    int observed = 2 * (1 * 3 + 2 * 1 + 3 * 4 + 4 * 2);
    for (int p = 0; p < 24; p++) {
        for (int q = 0; q < 24; q++) at_least += sums[p] + sums[q] >= observed;
    }
    assert_share(spearman_permutation_p(x, y, cell, 8, ALTERNATIVE_GREATER, MANY, 1), at_least / 576.0);
}

// In one dimension with x = {0, 1}, y = {5, 6}: 2 * 5 - 1/2 - 1/2 = 9, and 2 of the 6 splits reach it.
static void energy_distance_is_exact(void **state) {
    (void)state;
    const double x[] = {0, 1}, y[] = {5, 6};
    TestResult result = energy_test(x, 2, y, 2, 1, MANY, 1);
    assert_true(fabs(result.statistic - 9) < 1e-12);
    assert_share(result.p, 2.0 / 6);
    // Equal samples: distance 0, and nothing is less extreme.
    result = energy_test(x, 2, x, 2, 1, 100, 1);
    assert_true(fabs(result.statistic) < 1e-12 && result.p == 1);
}

static void fill_curves(Rng *rng, double *curve, int n, int d, double bend) {
    for (int i = 0; i < n; i++) {
        for (int t = 0; t < d; t++) curve[i * d + t] = rng_uniform(rng) + bend * (t % 2 ? 1 : -1);
    }
}

static void energy_test_sees_shape_and_keeps_its_level(void **state) {
    (void)state;
    enum { N = 10, D = 6, SETS = 200 };
    double x[N * D], y[N * D];
    Rng rng = rng_stream(5, RNG_TEST, 1);
    fill_curves(&rng, x, N, D, 0);
    fill_curves(&rng, y, N, D, 0.25);    // same mean over time, another shape
    assert_true(energy_test(x, N, y, N, D, 999, 1).p < 0.01);
    int alarms = 0;
    for (int s = 0; s < SETS; s++) {
        fill_curves(&rng, x, N, D, 0);
        fill_curves(&rng, y, N, D, 0);
        alarms += energy_test(x, N, y, N, D, 99, (uint64_t)s).p <= 0.05;
    }
    // Binomial(200, 0.05): outside 1..24 with probability below 1e-4; the seed is fixed.
    assert_in_range(alarms, 1, 24);
    y[3] = NAN;
    assert_true(isnan(energy_test(x, N, y, N, D, 9, 1).p));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_spearman_is_near_enumeration),
        cmocka_unit_test(strata_remove_differences_between_cells),
        cmocka_unit_test(energy_distance_is_exact),
        cmocka_unit_test(energy_test_sees_shape_and_keeps_its_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
