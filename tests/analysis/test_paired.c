// Tests of pairs against the golden numbers, against all signs where these can be enumerated, and their edges.
#include "analysis/paired.h"
#include "core/rng.h"
#include "tests/analysis/samples.h"

enum { MANY = 20000 };

static bool paired_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    const double *x = s->x, *y = s->y;
    int n = s->n_x;
    if (strcmp(quantity, "paired_t") == 0) {
        *found = estimate_test(paired_estimate(x, y, n), 0, alternative).statistic;
    } else if (strcmp(quantity, "paired_t_p") == 0) {
        *found = estimate_p(paired_estimate(x, y, n), 0, alternative);
    } else if (strcmp(quantity, "wilcoxon_stat") == 0) {
        *found = wilcoxon(x, y, n, alternative).statistic;
        // The library gives min(W+, W-) beside its two-sided p.
        if (alternative == ALTERNATIVE_TWO_SIDED) *found = fmin(*found, n * (n + 1.0) / 2 - *found);
    } else if (strcmp(quantity, "wilcoxon_p_exact") == 0) {
        *found = wilcoxon(x, y, n, alternative).p;
    } else if (strcmp(quantity, "signflip_mean_exact_p") == 0) {
        *found = sign_flip_test(x, y, n, alternative, 1, 1).p;
    } else {
        return false;
    }
    return true;
}

static void pairs_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("paired", paired_quantity, &deviation);
    samples_report(&deviation, checked, 45);    // all of them
}

static double sum_of_positive(const double *value, const double *size, unsigned flips, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (value[i] > 0) == !(flips >> i & 1) ? size[i] : 0;
    return sum;
}

// Shares of the 2^n signs with a sum of positive sizes at least and at most the observed one.
static void enumerate(const double *difference, const double *size, int n, double *at_least, double *at_most) {
    double observed = sum_of_positive(difference, size, 0, n);
    *at_least = *at_most = 0;
    for (unsigned flips = 0; flips < 1U << n; flips++) {
        double sum = sum_of_positive(difference, size, flips, n);
        *at_least += sum >= observed - 1e-12;
        *at_most += sum <= observed + 1e-12;
    }
    *at_least /= 1U << n;
    *at_most /= 1U << n;
}

static void signed_ranks_are_enumerated(void **state) {
    (void)state;
    // Differences 3, -1, 2, 0, 1, -1, 5: the zero is dropped, 1 has the mid-rank 2 three times.
    const double x[] = {4, 1, 3, 7, 2, 3, 9}, y[] = {1, 2, 1, 7, 1, 4, 4};
    const double difference[] = {3, -1, 2, 1, -1, 5}, rank[] = {5, 2, 4, 2, 2, 6};
    double at_least, at_most;
    enumerate(difference, rank, 6, &at_least, &at_most);
    TestResult greater = wilcoxon_exact(x, y, 7, ALTERNATIVE_GREATER);
    assert_true(greater.statistic == 17);
    assert_close("greater", greater.p, at_least);
    assert_close("less", wilcoxon_exact(x, y, 7, ALTERNATIVE_LESS).p, at_most);
    assert_close("both", wilcoxon_exact(x, y, 7, ALTERNATIVE_TWO_SIDED).p, 2 * at_least);
    // With ties the normal distribution decides: mean 10.5, variance 6 7 13 / 24 - (27 - 3) / 48.
    double z = (17 - 10.5) / sqrt(22.75 - 0.5);
    assert_close("normal", wilcoxon(x, y, 7, ALTERNATIVE_GREATER).p, erfc(z / sqrt(2)) / 2);
    assert_close("normal", wilcoxon(x, y, 7, ALTERNATIVE_TWO_SIDED).p, erfc(z / sqrt(2)));
    assert_close("normal", wilcoxon_normal(x, y, 7, ALTERNATIVE_LESS).p, erfc(-z / sqrt(2)) / 2);
}

static void fill(Rng *rng, double *x, double *y, int n, double shift) {
    for (int i = 0; i < n; i++) {
        x[i] = rng_uniform(rng) + shift;
        y[i] = rng_uniform(rng);
    }
}

static void wilcoxon_chooses(void **state) {
    (void)state;
    double x[51], y[51];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    fill(&rng, x, y, 51, 0.1);
    double exact = wilcoxon_exact(x, y, 50, ALTERNATIVE_GREATER).p, normal = wilcoxon_normal(x, y, 50, ALTERNATIVE_GREATER).p;
    assert_true(wilcoxon(x, y, 50, ALTERNATIVE_GREATER).p == exact && exact != normal && fabs(exact - normal) < 0.01);
    assert_true(wilcoxon(x, y, 51, ALTERNATIVE_GREATER).p == wilcoxon_normal(x, y, 51, ALTERNATIVE_GREATER).p);
}

// Eighteen pairs are flipped at random: near the enumeration that is done here, and repeatable.
static void random_signs_are_near_enumeration(void **state) {
    (void)state;
    enum { N = 18 };
    double x[N], y[N], difference[N], size[N], at_least, at_most;
    Rng rng = rng_stream(1, RNG_TEST, 1);
    fill(&rng, x, y, N, 0.15);
    for (int i = 0; i < N; i++) {
        difference[i] = x[i] - y[i];
        size[i] = fabs(difference[i]);
    }
    enumerate(difference, size, N, &at_least, &at_most);
    TestResult found = sign_flip_test(x, y, N, ALTERNATIVE_GREATER, MANY, 3);
    assert_close("mean", found.statistic, paired_estimate(x, y, N).value);
    // Five standard deviations.
    assert_true(at_least > 0.01 && at_least < 0.3);
    assert_true(fabs(found.p - at_least) < 5 * sqrt(at_least * (1 - at_least) / MANY) + 2.0 / MANY);
    assert_true(found.p == sign_flip_test(x, y, N, ALTERNATIVE_GREATER, MANY, 3).p);
    assert_true(found.p != sign_flip_test(x, y, N, ALTERNATIVE_GREATER, MANY, 4).p);
    assert_true(sign_flip_test(x, y, N, ALTERNATIVE_TWO_SIDED, MANY, 3).p == 2 * found.p);
    for (int i = 0; i < N; i++) x[i] = y[i] + 1 + i;
    // Nothing is as extreme but, once in 262144, the observed signs themselves.
    double least = sign_flip_test(x, y, N, ALTERNATIVE_GREATER, 999, 1).p;
    assert_close("least", least, 0.001);
}

// Differences of tenths are not exact: equal sums must still count as equal, at any offset.
static void equal_means_count_as_equal(void **state) {
    (void)state;
    const double tenths[] = {3, -1, 2, 1, -1, 5, 2, -4}, offsets[] = {0, 1000};
    double sizes[8], at_least, at_most;
    for (int i = 0; i < 8; i++) sizes[i] = fabs(tenths[i]);
    enumerate(tenths, sizes, 8, &at_least, &at_most);
    for (int o = 0; o < 2; o++) {
        double x[8], y[8];
        for (int i = 0; i < 8; i++) {
            y[i] = offsets[o] + 0.1 * i;
            x[i] = offsets[o] + 0.1 * (i + tenths[i]);
        }
        assert_close("greater", sign_flip_test(x, y, 8, ALTERNATIVE_GREATER, 1, 1).p, at_least);
        assert_close("less", sign_flip_test(x, y, 8, ALTERNATIVE_LESS, 1, 1).p, at_most);
    }
}

static void edges_are_kept(void **state) {
    (void)state;
    const double x[] = {1, 2, 4}, y[] = {0.5, 1.5, 3.5}, broken[] = {1, NAN, 2}, endless[] = {1, 2, INFINITY};
    TestResult (*const ranked[])(const double *, const double *, int, Alternative) = {wilcoxon, wilcoxon_exact,
                                                                                      wilcoxon_normal};
    for (int i = 0; i < 3; i++) {
        TestResult nothing = ranked[i](x, x, 3, ALTERNATIVE_GREATER);    // no difference is left
        assert_true(nothing.statistic == 0 && nothing.p == 1);
        assert_true(isnan(ranked[i](x, broken, 3, ALTERNATIVE_LESS).p) && isnan(ranked[i](endless, x, 3, ALTERNATIVE_LESS).p));
        assert_true(isnan(ranked[i](x, y, 0, ALTERNATIVE_LESS).statistic));
    }
    assert_true(wilcoxon(x, y, 1, ALTERNATIVE_TWO_SIDED).p == 1 && wilcoxon(x, y, 1, ALTERNATIVE_GREATER).p == 0.5);
    TestResult single = sign_flip_test(x, y, 1, ALTERNATIVE_TWO_SIDED, 1, 1),
               none = sign_flip_test(x, x, 3, ALTERNATIVE_LESS, 1, 1);
    assert_true(single.statistic == 0.5 && single.p == 1 && none.statistic == 0 && none.p == 1);
    assert_true(isnan(sign_flip_test(x, broken, 3, ALTERNATIVE_LESS, 1, 1).p) &&
                isnan(sign_flip_test(x, y, 0, ALTERNATIVE_LESS, 1, 1).p));
    // Constant differences: se = 0 and p = 0, as for any constant sample; in pairs of signs 1/8.
    Estimate constant = paired_estimate(x, y, 3);
    assert_true(constant.value == 0.5 && constant.se == 0 && constant.df == 2);
    assert_close("constant", sign_flip_test(x, y, 3, ALTERNATIVE_GREATER, 1, 1).p, 1 / 8.0);
    assert_true(isnan(paired_estimate(x, broken, 3).value) && isnan(paired_estimate(x, y, 0).value));
    assert_true(paired_estimate(x, y, 1).value == 0.5 && isnan(paired_estimate(x, y, 1).se));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_match_golden),         cmocka_unit_test(signed_ranks_are_enumerated),
        cmocka_unit_test(wilcoxon_chooses),           cmocka_unit_test(random_signs_are_near_enumeration),
        cmocka_unit_test(equal_means_count_as_equal), cmocka_unit_test(edges_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
