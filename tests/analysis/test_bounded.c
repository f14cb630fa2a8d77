// Gaffke's bounds against what they are by definition (drawn spacings), against closed forms (Clopper-Pearson, the divided
// difference of truncated powers), and their coverage, summed exactly over all samples of small discrete distributions.
#include "analysis/bounded.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/proportion.h"

#include <gsl/gsl_randist.h>

#include "core/rng.h"

enum { MANY = 40000 };

static const Alternative SIDES[] = {ALTERNATIVE_GREATER, ALTERNATIVE_LESS};

static void assert_near(const char *what, double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
}

static double bound(const double *x, int n, double low, double high, double alpha, Alternative side) {
    return side == ALTERNATIVE_GREATER ? bounded_lower(x, n, low, high, alpha) : bounded_upper(x, n, low, high, alpha);
}

static void zeros_and_ones_give_clopper_pearson(void **state) {
    (void)state;
    static const int sizes[] = {1, 2, 5, 10, 30, 200};
    static const double alphas[] = {0.25, 0.05, 0.005, 1e-6};
    double worst = 0;
    for (int s = 0; s < 6; s++) {
        int n = sizes[s], step = n > 30 ? 33 : 1;
        for (int k = 0; k <= n; k += step) {
            double x[200];
            for (int i = 0; i < n; i++) x[i] = i * 7 % n < k;    // any order: 7 divides none of the sizes
            for (int a = 0; a < 4; a++) {
                double lower = proportion_lower(k, n, alphas[a]), upper = proportion_upper(k, n, alphas[a]);
                worst = fmax(worst, fabs(bounded_lower(x, n, 0, 1, alphas[a]) - lower));
                worst = fmax(worst, fabs(bounded_upper(x, n, 0, 1, alphas[a]) - upper));
            }
            for (double null = 0.1; null < 1; null += 0.2) {
                for (int side = 0; side < 3; side++) {
                    double exact = proportion_p(k, n, null, (Alternative)side);
                    double found = bounded_p(x, n, 0, 1, null, (Alternative)side);
                    assert_near("p", found, exact, 1e-10 * exact);    // relative: small tails too
                }
            }
        }
    }
    print_message("worst deviation: %.3g (bounds from Clopper-Pearson's)\n", worst);
    assert_true(worst < 1e-11);
}

// The share of drawn W at or beyond the null is p.
static void spacings_that_are_drawn_agree(void **state) {
    (void)state;
    enum { N = 8 };
    const double samples[][N] = {{0.1, 0.9, 0.35, 0.35, 0.5, 1, 1, 0.2}, {0, 0, 0, 0.7, 0.7, 0.7, 1, 0.3}};
    Rng rng = rng_stream(5, RNG_TEST, 0);
    for (int s = 0; s < 2; s++) {
        for (int side = 0; side < 2; side++) {
            double extra = side == 0 ? 0 : 1, null = side == 0 ? 0.36 : 0.6;
            double knot[N + 1];
            for (int i = 0; i < N; i++) knot[i] = samples[s][i];
            knot[N] = extra;
            int beyond = 0;
            for (int b = 0; b < MANY; b++) {
                double sum = 0, weighted = 0;
                for (int i = 0; i <= N; i++) {
                    double spacing = -log1p(-rng_uniform(&rng));
                    sum += spacing;
                    weighted += spacing * knot[i];
                }
                beyond += side == 0 ? weighted <= null * sum : weighted >= null * sum;
            }
            double p = bounded_p(samples[s], N, 0, 1, null, SIDES[side]), found = (double)beyond / MANY;
            assert_true(p > 0.02 && p < 0.98);
            assert_near("share drawn", found, p, 5 * sqrt(p * (1 - p) / MANY));
        }
    }
}

// For distinct knots P(W >= v) = sum_i max(t_i - v, 0)^n / prod_{j != i} (t_i - t_j).
static void distinct_values_give_the_divided_difference(void **state) {
    (void)state;
    const double x[] = {0.3, 0.05, 0.45, 0.8, 0.6}, t[] = {0.05, 0.3, 0.45, 0.6, 0.8, 1};
    double worst = 0;
    for (double v = 0.01; v < 1; v += 0.01) {
        double tail = 0;
        for (int i = 0; i < 6; i++) {
            double product = 1;
            for (int j = 0; j < 6; j++) product *= j == i ? 1 : t[i] - t[j];
            tail += pow(fmax(t[i] - v, 0), 5) / product;
        }
        worst = fmax(worst, fabs(bounded_p(x, 5, 0, 1, v, ALTERNATIVE_LESS) - tail));
    }
    print_message("worst deviation: %.3g (p from the divided difference)\n", worst);
    assert_true(worst < 1e-12);
}

// The integral of P(W >= v) over the range is the mean of the knots; 200 values with ties of twenty.
static void large_tied_samples_keep_their_mean(void **state) {
    (void)state;
    enum { N = 200, STEPS = 500 };
    double x[N], mean = 1.0 / (N + 1), integral = 0;
    for (int i = 0; i < N; i++) {
        x[i] = (i % 10) * (i % 10) / 100.0;
        mean += x[i] / (N + 1);
    }
    for (int step = 0; step < STEPS; step++) {
        integral += bounded_p(x, N, 0, 1, (step + 0.5) / STEPS, ALTERNATIVE_LESS) / STEPS;
    }
    assert_near("mean of W", integral, mean, 1e-10);
    double lower = bounded_lower(x, N, 0, 1, 0.05), upper = bounded_upper(x, N, 0, 1, 0.05);
    Interval t = estimate_interval(estimate_mean(x, N), 0.9);    // many values: near the t interval
    assert_true(lower < t.low && lower > t.low - 0.005 && upper > t.high && upper < t.high + 0.005);
}

static void one_value_has_its_closed_form(void **state) {
    (void)state;
    const double x[] = {0.6};    // W is uniform on [0, 0.6] below, on [0.6, 1] above
    assert_near("lower", bounded_lower(x, 1, 0, 1, 0.05), 0.03, 1e-15);
    assert_near("upper", bounded_upper(x, 1, 0, 1, 0.05), 0.98, 1e-15);
    assert_near("p", bounded_p(x, 1, 0, 1, 0.15, ALTERNATIVE_GREATER), 0.25, 1e-15);
    assert_near("p", bounded_p(x, 1, 0, 1, 0.7, ALTERNATIVE_LESS), 0.75, 1e-15);
    assert_near("p", bounded_p(x, 1, 0, 1, 0.15, ALTERNATIVE_TWO_SIDED), 0.5, 1e-15);
    Interval both = bounded_interval(x, 1, 0, 1, 0.5);
    assert_true(both.low == bounded_lower(x, 1, 0, 1, 0.25) && both.high == bounded_upper(x, 1, 0, 1, 0.25));
}

static void constants_lie_at_the_ends(void **state) {
    (void)state;
    const double best[] = {7, 7, 7, 7}, worst[] = {3, 3, 3, 3}, middle[] = {5, 5, 5, 5};
    assert_near("all at the top", bounded_lower(best, 4, 3, 7, 0.05), 3 + 4 * pow(0.05, 0.25), 1e-12);
    assert_true(bounded_upper(best, 4, 3, 7, 0.05) == 7 && bounded_lower(worst, 4, 3, 7, 0.05) == 3);
    assert_true(bounded_p(best, 4, 3, 7, 7, ALTERNATIVE_LESS) == 1 && bounded_p(worst, 4, 3, 7, 3, ALTERNATIVE_GREATER) == 1);
    assert_true(bounded_p(worst, 4, 3, 7, 2.9, ALTERNATIVE_GREATER) == 0);    // below the range: refuted by definition
    assert_true(bounded_p(worst, 4, 3, 7, 2.9, ALTERNATIVE_LESS) == 1);
    assert_near("constant", bounded_lower(middle, 4, 3, 7, 0.05), 3 + 2 * pow(0.05, 0.25), 1e-12);
    assert_near("constant", bounded_upper(middle, 4, 3, 7, 0.05), 7 - 2 * pow(0.05, 0.25), 1e-12);
}

static void p_and_bound_agree(void **state) {
    (void)state;
    Rng rng = rng_stream(6, RNG_TEST, 0);
    for (int trial = 0; trial < 200; trial++) {
        double x[20];
        int n = 1 + (int)rng_below(&rng, 20);
        for (int i = 0; i < n; i++) x[i] = rng_below(&rng, 6) / 5.0;
        double alpha = rng_between(&rng, 0.001, 0.4);
        for (int side = 0; side < 2; side++) {
            double edge = bound(x, n, 0, 1, alpha, SIDES[side]), outward = side == 0 ? -1e-9 : 1e-9;
            assert_true(bounded_p(x, n, 0, 1, edge + outward, SIDES[side]) < alpha || edge == 0 || edge == 1);
            assert_true(!(bounded_p(x, n, 0, 1, edge - outward, SIDES[side]) < alpha));
        }
    }
}

static void bounds_are_monotone(void **state) {
    (void)state;
    Rng rng = rng_stream(7, RNG_TEST, 0);
    for (int trial = 0; trial < 100; trial++) {
        double x[12] = {0}, larger[12] = {0};
        int n = 1 + (int)rng_below(&rng, 12), raised = (int)rng_below(&rng, (uint32_t)n);
        for (int i = 0; i < n; i++) x[i] = larger[i] = rng_uniform(&rng);
        larger[raised] = 0.5 * (larger[raised] + 1);
        for (int side = 0; side < 2; side++) {
            double kept = bound(x, n, 0, 1, 0.05, SIDES[side]), stricter = bound(x, n, 0, 1, 0.01, SIDES[side]);
            assert_true(bound(larger, n, 0, 1, 0.05, SIDES[side]) >= kept);
            assert_true(side == 0 ? stricter < kept : stricter > kept);
            double wider = side == 0 ? bounded_lower(x, n, -1, 1, 0.05) : bounded_upper(x, n, 0, 2, 0.05);
            assert_true(side == 0 ? wider < kept : wider > kept);
        }
    }
}

static void another_unit_and_the_mirror_move_the_bounds_along(void **state) {
    (void)state;
    const double x[] = {0.1, 0.4, 0.4, 0.9, 1, 0}, scale = 40, shift = -25;
    double moved[6], mirrored[6], shuffled[] = {1, 0.4, 0, 0.1, 0.9, 0.4};
    for (int i = 0; i < 6; i++) {
        moved[i] = scale * x[i] + shift;
        mirrored[i] = 1 - x[i];
    }
    double lower = bounded_lower(x, 6, 0, 1, 0.05), upper = bounded_upper(x, 6, 0, 1, 0.05);
    assert_near("lower", bounded_lower(moved, 6, shift, shift + scale, 0.05), scale * lower + shift, 1e-12);
    assert_near("upper", bounded_upper(moved, 6, shift, shift + scale, 0.05), scale * upper + shift, 1e-12);
    assert_near("mirror", bounded_lower(mirrored, 6, 0, 1, 0.05), 1 - upper, 1e-14);
    assert_true(bounded_lower(shuffled, 6, 0, 1, 0.05) == lower);
}

static void unusable_input_is_visible(void **state) {
    (void)state;
    const double broken[] = {0.5, NAN}, above[] = {0.5, 1.001}, below[] = {-1e-9, 0.5}, endless[] = {0.5, INFINITY};
    const double *cases[] = {broken, above, below, endless};
    for (int i = 0; i < 4; i++) {
        assert_true(isnan(bounded_lower(cases[i], 2, 0, 1, 0.05)) && isnan(bounded_upper(cases[i], 2, 0, 1, 0.05)));
        for (int side = 0; side < 3; side++) assert_true(isnan(bounded_p(cases[i], 2, 0, 1, 0.5, (Alternative)side)));
    }
    assert_true(isnan(bounded_lower(broken, 0, 0, 1, 0.05)) && isnan(bounded_p(broken, 0, 0, 1, 0.5, ALTERNATIVE_LESS)));
    assert_true(isnan(bounded_p(broken, 1, 0, 1, NAN, ALTERNATIVE_GREATER)) &&
                isnan(bounded_interval(above, 2, 0, 1, 0.9).low));
}

// Probability that the one-sided bound does not exclude the mean, over all samples of n values 0, middle, 1.
static double coverage(int n, double middle, const double share[3], double alpha, Alternative side) {
    double mean = share[1] * middle + share[2], covered = 0, x[16];
    for (int ones = 0; ones <= n; ones++) {
        for (int middles = 0; middles + ones <= n; middles++) {
            for (int i = 0; i < n; i++) x[i] = i < ones ? 1 : i < ones + middles ? middle : 0;
            unsigned int count[] = {(unsigned)(n - ones - middles), (unsigned)middles, (unsigned)ones};
            if (!(bounded_p(x, n, 0, 1, mean, side) < alpha)) covered += gsl_ran_multinomial_pdf(3, share, count);
        }
    }
    return covered;
}

static double least_coverage(int n, double middle) {
    double least = 1;
    for (double p = 0; p < 1; p += 0.05) {
        for (double q = 0; q < 1 - p; q += 0.05) {
            const double share[] = {1 - p - q, q, p};
            least = fmin(least, coverage(n, middle, share, 0.05, ALTERNATIVE_GREATER));
            least = fmin(least, coverage(n, middle, share, 0.05, ALTERNATIVE_LESS));
        }
    }
    return least;
}

static void coverage_is_at_least_nominal(void **state) {
    (void)state;
    static const int sizes[] = {2, 5, 12};
    double least = 1;
    for (int s = 0; s < 3; s++) {
        for (double middle = 0.05; middle < 1; middle += 0.3) least = fmin(least, least_coverage(sizes[s], middle));
    }
    print_message("least coverage of nominal 0.95, exact: %.6f\n", least);
    assert_true(least >= 0.95);
    for (int s = 0; s < 3; s++) {    // just below the bound of a perfect sample nothing is given away
        double p = (1 - 1e-9) * pow(0.05, 1.0 / sizes[s]),
               attained = coverage(sizes[s], 0.5, (double[]){1 - p, 0, p}, 0.05, SIDES[0]);
        assert_near("attained coverage", attained, 0.95, 1e-6);
    }
}

// Runs that solve the task (near 1) or not (near 0): simulated, and beside it what a t interval does there.
static void mixtures_are_covered(void **state) {
    (void)state;
    enum { N = 10, TRIALS = 4000 };
    Rng rng = rng_stream(8, RNG_TEST, 0);
    double mean = 0.9 * 0.95 + 0.1 * 0.1;
    int missed = 0, t_missed = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double x[N];
        for (int i = 0; i < N; i++) x[i] = rng_uniform(&rng) < 0.9 ? rng_between(&rng, 0.9, 1) : rng_between(&rng, 0, 0.2);
        missed += bounded_p(x, N, 0, 1, mean, ALTERNATIVE_LESS) < 0.05;
        t_missed += estimate_upper(estimate_mean(x, N), 0.05) < mean;
        missed += bounded_p(x, N, 0, 1, mean, ALTERNATIVE_GREATER) < 0.05;
        t_missed += estimate_lower(estimate_mean(x, N), 0.05) > mean;
    }
    print_message("both sides missed: %.4f, by t %.4f, nominal 0.10\n", (double)missed / TRIALS, (double)t_missed / TRIALS);
    assert_true(missed < 0.1 * TRIALS && missed < t_missed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_and_ones_give_clopper_pearson),
        cmocka_unit_test(spacings_that_are_drawn_agree),
        cmocka_unit_test(distinct_values_give_the_divided_difference),
        cmocka_unit_test(large_tied_samples_keep_their_mean),
        cmocka_unit_test(one_value_has_its_closed_form),
        cmocka_unit_test(constants_lie_at_the_ends),
        cmocka_unit_test(p_and_bound_agree),
        cmocka_unit_test(bounds_are_monotone),
        cmocka_unit_test(another_unit_and_the_mirror_move_the_bounds_along),
        cmocka_unit_test(unusable_input_is_visible),
        cmocka_unit_test(coverage_is_at_least_nominal),
        cmocka_unit_test(mixtures_are_covered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
