// Correlations against the golden numbers and against closed forms.
#include "analysis/correlation.h"
#include "tests/analysis/samples.h"

// On the scale of r.
static Interval correlation_interval(Estimate z, double level) {
    Interval interval = estimate_interval(z, level);
    return (Interval){tanh(interval.low), tanh(interval.high)};
}

static Interval spearman_interval(double rho, int n, double level) {
    return correlation_interval(spearman_estimate(rho, n), level);
}

// The interval that a quantity "..._ci95_lo" or "..._ci95_hi" belongs to.
static bool interval_quantity(const Samples *s, const char *quantity, double *found) {
    int n = s->n_x;
    double rho = spearman(s->x, s->y, n);
    const struct {
        const char *name;
        Estimate estimate;
    } intervals[] = {{"pearson_fisher_ci95_", pearson_estimate(pearson(s->x, s->y, n), n)},
                     {"spearman_bonett_wright_ci95_", spearman_estimate(rho, n)},
                     {"spearman_fisher_ci95_", pearson_estimate(rho, n)},
                     {"spearman_fieller_ci95_", spearman_estimate_fieller(rho, n)}};
    for (size_t i = 0; i < sizeof intervals / sizeof *intervals; i++) {
        size_t length = strlen(intervals[i].name);
        if (strncmp(quantity, intervals[i].name, length) != 0) continue;
        Interval interval = correlation_interval(intervals[i].estimate, 0.95);
        *found = strcmp(quantity + length, "lo") == 0 ? interval.low : interval.high;
        return true;
    }
    return false;
}

static bool correlation_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    int n = s->n_x;
    if (strcmp(quantity, "pearson_r") == 0) {
        *found = pearson(s->x, s->y, n);
    } else if (strcmp(quantity, "pearson_p") == 0) {
        *found = pearson_test(s->x, s->y, n, alternative).p;
    } else if (strcmp(quantity, "spearman_rho") == 0) {
        *found = spearman(s->x, s->y, n);
    } else if (strcmp(quantity, "spearman_p_t") == 0) {
        *found = correlation_p(spearman(s->x, s->y, n), n, alternative);
    } else if (strcmp(quantity, "kendall_tau_b") == 0) {
        *found = kendall_tau_b(s->x, s->y, n);
    } else if (strcmp(quantity, "kendall_p") == 0) {
        *found = kendall_test(s->x, s->y, n, alternative).p;
    } else {
        return interval_quantity(s, quantity, found);
    }
    return true;
}

static void correlations_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("correlation", correlation_quantity, &deviation);
    samples_report(&deviation, checked, 70);    // all of them
}

static void undefined_stays_visible(void **state) {
    (void)state;
    const double constant[] = {0.1, 0.1, 0.1, 0.1}, other[] = {1, 2, 4, 3}, broken[] = {1, NAN, 2, 5};
    double (*const coefficients[])(const double *, const double *, int) = {pearson, spearman, kendall_tau_b};
    TestResult (*const tests[])(const double *, const double *, int, Alternative) = {pearson_test, spearman_test, kendall_test};
    for (int i = 0; i < 3; i++) {
        assert_true(isnan(coefficients[i](constant, other, 4)) && isnan(coefficients[i](other, constant, 4)));
        assert_true(isnan(coefficients[i](other, broken, 4)) && isnan(coefficients[i](broken, other, 4)));
        assert_true(isnan(coefficients[i](other, other, 2)) && isnan(coefficients[i](other, other, 0)));
        TestResult test = tests[i](other, constant, 4, ALTERNATIVE_TWO_SIDED);
        assert_true(isnan(test.statistic) && isnan(test.p) && isnan(tests[i](other, other, 2, ALTERNATIVE_GREATER).p));
        assert_true(isfinite(tests[i](other, other, 3, ALTERNATIVE_GREATER).p));
    }
    assert_true(isnan(spearman_interval(NAN, 10, 0.9).low) && isnan(spearman_interval(0.5, 3, 0.9).low));
    assert_true(isnan(pearson_estimate(NAN, 10).value) && isnan(pearson_estimate(0.5, 3).se));
    assert_true(isnan(spearman_estimate_fieller(NAN, 10).value) && isnan(spearman_estimate_fieller(0.5, 3).se));
    assert_true(isnan(correlation_p(NAN, 10, ALTERNATIVE_LESS)) && isnan(correlation_p(0.5, 2, ALTERNATIVE_LESS)));
}

// One degree of freedom makes t Cauchy: p = 1/2 - atan(t) / pi, and t = r / sqrt(1 - r^2) = tan(asin(r)).
static void three_runs_have_a_closed_form(void **state) {
    (void)state;
    double pi = acos(-1);
    for (double r = -0.95; r < 1; r += 0.1) {
        assert_close("greater", correlation_p(r, 3, ALTERNATIVE_GREATER), 0.5 - asin(r) / pi);
        assert_close("less", correlation_p(r, 3, ALTERNATIVE_LESS), 0.5 + asin(r) / pi);
        assert_close("both", correlation_p(r, 3, ALTERNATIVE_TWO_SIDED), 1 - 2 * fabs(asin(r)) / pi);
    }
    assert_true(correlation_p(1, 3, ALTERNATIVE_GREATER) == 0 && correlation_p(1, 3, ALTERNATIVE_LESS) == 1);
    assert_true(correlation_p(-1, 3, ALTERNATIVE_TWO_SIDED) == 0);
}

// In order, 1 pairing of 4! is as large and all are as small; with one exchange of neighbours 4 are (itself, the two
// others, and the order).
static void few_ranks_are_enumerated(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4}, y[] = {10, 20, 40, 30}, tied[] = {1, 1, 2, 2};
    assert_close("order", spearman_test(x, x, 4, ALTERNATIVE_GREATER).p, 1.0 / 24);
    assert_close("order", spearman_test(x, x, 4, ALTERNATIVE_TWO_SIDED).p, 2.0 / 24);
    assert_close("order", spearman_test(x, x, 4, ALTERNATIVE_LESS).p, 1);
    assert_close("exchange", spearman_test(x, y, 4, ALTERNATIVE_GREATER).p, 4.0 / 24);
    assert_close("exchange", spearman_test(x, y, 4, ALTERNATIVE_GREATER).statistic, 0.8);
    // Two groups of two: 4 of 24 pairings put the two larger ranks beside the two larger ones.
    assert_close("ties", spearman_test(x, tied, 4, ALTERNATIVE_GREATER).p, 4.0 / 24);
    // Nine are enumerated: p is a share of 9! (and rho = 0.6 is the 5 % point of the published tables); ten are not.
    const double ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, other[] = {5, 4, 3, 2, 1, 8, 7, 6, 9, 10};
    TestResult nine = spearman_test(ten, other, 9, ALTERNATIVE_GREATER);
    double approximate = correlation_p(nine.statistic, 9, ALTERNATIVE_GREATER), count = nine.p * 362880;
    assert_close("rho", nine.statistic, 0.6);
    assert_true(fabs(count - round(count)) < 1e-6 && nine.p > 0.045 && nine.p < 0.05 && nine.p != approximate);
    assert_true(spearman_test(ten, other, 10, ALTERNATIVE_LESS).p ==
                correlation_p(spearman(ten, other, 10), 10, ALTERNATIVE_LESS));
}

// Of 4! orders 1, 3, 5, 6, 5, 3, 1 have 0..6 inversions.
static void inversions_are_counted(void **state) {
    (void)state;
    const double x[] = {1, 2, 3, 4},
                 orders[][4] = {{1, 2, 3, 4}, {1, 2, 4, 3}, {2, 1, 4, 3}, {2, 3, 4, 1}, {4, 3, 1, 2}, {4, 3, 2, 1}};
    const int inversions[] = {0, 1, 2, 3, 5, 6}, at_most[] = {1, 4, 9, 15, 20, 23, 24};
    for (int i = 0; i < 6; i++) {
        int k = inversions[i];
        TestResult test = kendall_test(x, orders[i], 4, ALTERNATIVE_GREATER);
        assert_close("tau", test.statistic, 1 - 2 * k / 6.0);
        assert_close("greater", test.p, at_most[k] / 24.0);
        assert_close("less", kendall_test(x, orders[i], 4, ALTERNATIVE_LESS).p, at_most[6 - k] / 24.0);
    }
}

// Above 33 runs: one pair out of order is still counted exactly, 1 + (n - 1) orders of n!; more is normal.
static void many_runs_are_normal(void **state) {
    (void)state;
    enum { N = 34 };
    double x[N], y[N];
    for (int i = 0; i < N; i++) x[i] = y[i] = i;
    y[3] = 4;
    y[4] = 3;
    assert_true(fabs(kendall_test(x, y, N, ALTERNATIVE_GREATER).p / (N * exp(-lgamma(N + 1.0))) - 1) < 1e-9);
    assert_close("less", kendall_test(x, y, N, ALTERNATIVE_LESS).p, 1);
    double balance = 0;    // C - D
    for (int i = 0; i < N; i++) {
        y[i] = i * 13 % N + 0.4 * i;
        for (int j = 0; j < i; j++) balance += y[i] > y[j] ? 1 : -1;
    }
    double z = balance / sqrt(N * (N - 1) * (2 * N + 5) / 18.0);
    assert_true(z > 1 && z < 5);
    assert_close("normal", kendall_test(x, y, N, ALTERNATIVE_GREATER).p, erfc(z / sqrt(2)) / 2);
    assert_close("normal", kendall_test(x, y, N, ALTERNATIVE_TWO_SIDED).p, erfc(z / sqrt(2)));
}

static void perfect_rank_correlation_keeps_an_interval(void **state) {
    (void)state;
    double x[10], y[10];
    for (int i = 0; i < 10; i++) {
        x[i] = i;
        y[i] = exp(i);
    }
    double rho = spearman(x, y, 10);
    assert_close("rho", rho, 1);
    Interval perfect = spearman_interval(rho, 10, 0.9), swapped = spearman_interval(1 - 12 / 990.0, 10, 0.9);
    assert_true(isfinite(perfect.low) && perfect.low == swapped.low && perfect.high < 1);
    Interval mirrored = spearman_interval(-rho, 10, 0.9);
    assert_close("mirror", mirrored.high, -perfect.low);
}

static void perfect_pearson_is_infinite(void **state) {
    (void)state;
    assert_true(pearson_estimate(1, 10).value == INFINITY && pearson_estimate(-1, 10).value == -INFINITY);
    Interval sure = correlation_interval(pearson_estimate(1, 10), 0.9);
    assert_true(sure.low == 1 && sure.high == 1);
    assert_true(estimate_p(pearson_estimate(1, 10), 0, ALTERNATIVE_GREATER) == 0);
}

// y - 1 = 2 (x - 1) with residuals 1, -2, 1 that are orthogonal to x and to a constant.
static void slopes_are_those_of_least_squares(void **state) {
    (void)state;
    const double x[] = {0, 1, 2}, y[] = {0, -1, 4}, constant[] = {3, 3, 3}, hole[] = {0, NAN, 2};
    assert_true(fabs(least_squares_slope(x, y, 3) - 2) < 1e-14);
    assert_true(fabs(least_squares_slope(x, y, 2) + 1) < 1e-14);
    assert_true(fabs(least_squares_slope(x, constant, 3)) < 1e-14);
    assert_true(isnan(least_squares_slope(constant, y, 3)));
    assert_true(isnan(least_squares_slope(x, hole, 3)) && isnan(least_squares_slope(hole, y, 3)));
    assert_true(isnan(least_squares_slope(x, y, 1)) && isnan(least_squares_slope(x, y, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlations_match_golden),
        cmocka_unit_test(undefined_stays_visible),
        cmocka_unit_test(three_runs_have_a_closed_form),
        cmocka_unit_test(few_ranks_are_enumerated),
        cmocka_unit_test(inversions_are_counted),
        cmocka_unit_test(many_runs_are_normal),
        cmocka_unit_test(perfect_pearson_is_infinite),
        cmocka_unit_test(perfect_rank_correlation_keeps_an_interval),
        cmocka_unit_test(slopes_are_those_of_least_squares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
