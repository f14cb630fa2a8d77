// Tests of two samples against the golden numbers, against all divisions where these can be enumerated, and their edges.
#include "analysis/two_sample.h"
#include "core/rng.h"
#include "tests/analysis/samples.h"

// ---- golden --------------------------------------------------------------------------------------------------------------

static bool equivalence_quantity(const Samples *s, const char *quantity, double *found) {
    double margin;
    Estimate e = welch_estimate(s->x, s->n_x, s->y, s->n_y);
    if (sscanf(quantity, "tost_welch_p_margin%lf", &margin) == 1) {
        *found = equivalence_test(e, margin).p;
    } else if (sscanf(quantity, "tost_welch_p_lower_margin%lf", &margin) == 1) {
        *found = equivalence_test(e, margin).p_lower;
    } else if (sscanf(quantity, "tost_welch_p_upper_margin%lf", &margin) == 1) {
        *found = equivalence_test(e, margin).p_upper;
    } else {
        return false;
    }
    return true;
}

// The golden p of Kolmogorov and Smirnov ignores ties: informative only.
static bool has_ties(const Samples *s) {
    for (int i = 0; i < s->n_x; i++) {
        for (int j = 0; j < s->n_y; j++) {
            if (s->x[i] == s->y[j] || (j > 0 && s->y[j] == s->y[0]) || (i > 0 && s->x[i] == s->x[0])) return true;
        }
    }
    return false;
}

static bool two_sample_quantity(const Samples *s, const char *quantity, Alternative alternative, double *found) {
    const double *x = s->x, *y = s->y;
    int n_x = s->n_x, n_y = s->n_y;
    if (strcmp(quantity, "student_t") == 0) {
        *found = estimate_test(student_estimate(x, n_x, y, n_y), 0, alternative).statistic;
    } else if (strcmp(quantity, "student_p") == 0) {
        *found = estimate_p(student_estimate(x, n_x, y, n_y), 0, alternative);
    } else if (strcmp(quantity, "mannwhitney_U") == 0) {
        *found = mann_whitney(x, n_x, y, n_y, alternative).statistic;
    } else if (strcmp(quantity, "mannwhitney_p_exact") == 0) {
        *found = mann_whitney_exact(x, n_x, y, n_y, alternative).p;
    } else if (strcmp(quantity, "mannwhitney_p_asymptotic") == 0) {
        *found = mann_whitney_normal(x, n_x, y, n_y, true, alternative).p;
    } else if (strcmp(quantity, "mannwhitney_p_asymptotic_nocc") == 0) {
        *found = mann_whitney_normal(x, n_x, y, n_y, false, alternative).p;
    } else if (strcmp(quantity, "brunner_munzel_W") == 0) {
        *found = -brunner_munzel(x, n_x, y, n_y, alternative).statistic;
    } else if (strcmp(quantity, "brunner_munzel_p") == 0) {
        *found = brunner_munzel(x, n_x, y, n_y, alternative).p;
    } else if (strcmp(quantity, "ks_D") == 0) {
        *found = kolmogorov_smirnov(x, n_x, y, n_y).statistic;
    } else if (strcmp(quantity, "ks_p") == 0 && !has_ties(s)) {
        *found = kolmogorov_smirnov(x, n_x, y, n_y).p;
    } else if (strcmp(quantity, "brown_forsythe_F") == 0) {
        *found = brown_forsythe(x, n_x, y, n_y).statistic;
    } else if (strcmp(quantity, "brown_forsythe_p") == 0) {
        *found = brown_forsythe(x, n_x, y, n_y).p;
    } else {
        return equivalence_quantity(s, quantity, found);
    }
    return true;
}

static void two_samples_match_golden(void **state) {
    (void)state;
    Deviation deviation = {0};
    int checked = samples_check("two_sample", two_sample_quantity, &deviation);
    // Student 54, Mann-Whitney 16 + 21 + 54, Brunner-Munzel 54, Kolmogorov-Smirnov 9 + 7, Brown-Forsythe 16, TOST 81.
    samples_report(&deviation, checked, 312);
}

// ---- all divisions of few runs ---------------------------------------------------------------------------------------------

typedef double Statistic(const double *x, int n_x, const double *y, int n_y);

static double ks_d(const double *x, int n_x, const double *y, int n_y) {
    return kolmogorov_smirnov(x, n_x, y, n_y).statistic;
}

// Shares of the divisions of `pooled` whose statistic is at least and at most that of the first n_x against the rest.
static void enumerate(Statistic *statistic, const double *pooled, int n_x, int total, double *at_least, double *at_most) {
    double observed = statistic(pooled, n_x, pooled + n_x, total - n_x), all = 0, x[16], y[16];
    unsigned mask = (1U << n_x) - 1;
    *at_least = *at_most = 0;
    do {
        int in_x = 0, in_y = 0;
        for (int i = 0; i < total; i++) {
            if (mask >> i & 1) {
                x[in_x++] = pooled[i];
            } else {
                y[in_y++] = pooled[i];
            }
        }
        double found = statistic(x, in_x, y, in_y);
        *at_least += found >= observed - 1e-12;
        *at_most += found <= observed + 1e-12;
        all++;
    } while (samples_next_mask(&mask, total));
    *at_least /= all;
    *at_most /= all;
}

static void exact_tests_are_enumerations(void **state) {
    (void)state;
    enum { TOTAL = 11, SETS = 60 };
    Rng rng = rng_stream(1, RNG_TEST, 0);
    for (int set = 0; set < SETS; set++) {
        double pooled[TOTAL], at_least, at_most;
        uint32_t levels = set % 2 ? 4 : 100000;    // every second one is full of ties
        for (int i = 0; i < TOTAL; i++) pooled[i] = rng_below(&rng, levels) + (i < 4 ? 0.5 * levels * (set % 3) : 0);
        int n_x = 1 + set % (TOTAL - 1), n_y = TOTAL - n_x;
        enumerate(mann_whitney_u, pooled, n_x, TOTAL, &at_least, &at_most);
        TestResult greater = mann_whitney_exact(pooled, n_x, pooled + n_x, n_y, ALTERNATIVE_GREATER);
        assert_close("greater", greater.p, at_least);
        assert_true(greater.statistic == mann_whitney_u(pooled, n_x, pooled + n_x, n_y));
        assert_close("less", mann_whitney_exact(pooled, n_x, pooled + n_x, n_y, ALTERNATIVE_LESS).p, at_most);
        assert_close("both", mann_whitney_exact(pooled, n_x, pooled + n_x, n_y, ALTERNATIVE_TWO_SIDED).p,
                     fmin(1, 2 * fmin(at_least, at_most)));
        enumerate(ks_d, pooled, n_x, TOTAL, &at_least, &at_most);
        assert_close("Kolmogorov-Smirnov", kolmogorov_smirnov(pooled, n_x, pooled + n_x, n_y).p, at_least);
    }
}

static void mann_whitney_chooses(void **state) {
    (void)state;
    enum { N = 64 };
    double x[N], y[N];
    Rng rng = rng_stream(1, RNG_TEST, 1);
    for (int i = 0; i < N; i++) {
        x[i] = rng_uniform(&rng) + 0.2;
        y[i] = rng_uniform(&rng);
    }
    double exact = mann_whitney_exact(x, 50, y, 50, ALTERNATIVE_GREATER).p;
    double normal = mann_whitney_normal(x, 50, y, 50, true, ALTERNATIVE_GREATER).p;
    assert_true(mann_whitney(x, 50, y, 50, ALTERNATIVE_GREATER).p == exact && exact != normal);
    assert_true(fabs(exact / normal - 1) < 0.05);
    assert_true(mann_whitney(x, 64, y, 63, ALTERNATIVE_GREATER).p ==
                mann_whitney_normal(x, 64, y, 63, true, ALTERNATIVE_GREATER).p);
    x[0] = y[0];
    assert_true(mann_whitney(x, 9, y, 9, ALTERNATIVE_GREATER).p ==
                mann_whitney_normal(x, 9, y, 9, true, ALTERNATIVE_GREATER).p);
}

// ---- P(X > Y) --------------------------------------------------------------------------------------------------------------

// From the definition: shares of the other sample below each value, their variances.
static void superiority_has_its_error(void **state) {
    (void)state;
    const double x[] = {3, 7, 7, 9}, y[] = {2, 7, 4};
    const double place_x[] = {1 / 3.0, 2.5 / 3, 2.5 / 3, 1}, place_y[] = {0, 2 / 4.0, 1 / 4.0};
    Estimate a = estimate_mean(place_x, 4), b = estimate_mean(place_y, 3), e = superiority_estimate(x, 4, y, 3);
    assert_close("A", e.value, 0.75);
    assert_close("A", e.value, mann_whitney_u(x, 4, y, 3) / 12);
    assert_close("se", e.se, hypot(a.se, b.se));
    assert_close("df", e.df, estimate_difference(a, b).df);
    Estimate swapped = superiority_estimate(y, 3, x, 4);
    assert_close("swapped", swapped.value, 0.25);
    assert_close("swapped", swapped.se, e.se);
    TestResult test = brunner_munzel(x, 4, y, 3, ALTERNATIVE_GREATER);
    assert_close("W", test.statistic, 0.25 / e.se);
    assert_true(test.p < 0.5);
}

static void paired_superiority_has_its_error(void **state) {
    (void)state;
    const double x[] = {3, 7, 7, 9}, y[] = {2, 7, 4, 8};
    // F_y(x) = 1, 2.5, 2.5, 4 fourths; F_x(y) = 0, 2, 1, 3 fourths.
    const double difference[] = {1 / 4.0, 0.5 / 4, 1.5 / 4, 1 / 4.0};
    Estimate d = estimate_mean(difference, 4), e = superiority_paired_estimate(x, y, 4);
    assert_close("A", e.value, 10 / 16.0);
    assert_close("A", 2 * e.value - 1, d.value);
    assert_close("A", e.value, mann_whitney_u(x, 4, y, 4) / 16);
    assert_close("se", e.se, d.se);
    assert_true(e.df == 3);
}

// Arms that share most of their noise: the paired test keeps its level, the other one hardly ever rejects.
static void paired_superiority_keeps_its_level(void **state) {
    (void)state;
    enum { N = 15, SETS = 1000 };
    Rng rng = rng_stream(1, RNG_TEST, 2);
    int paired = 0, unpaired = 0;
    for (int set = 0; set < SETS; set++) {
        double x[N], y[N];
        for (int i = 0; i < N; i++) {
            double shared = rng_uniform(&rng) + rng_uniform(&rng);
            x[i] = shared + 0.5 * rng_uniform(&rng);
            y[i] = shared + 0.5 * rng_uniform(&rng);
        }
        paired += estimate_p(superiority_paired_estimate(x, y, N), 0.5, ALTERNATIVE_TWO_SIDED) < 0.05;
        unpaired += brunner_munzel(x, N, y, N, ALTERNATIVE_TWO_SIDED).p < 0.05;
    }
    // Binomial(1000, 0.05) is outside 24..80 with probability below 1e-4; the seed is fixed.
    assert_in_range(paired, 24, 80);
    assert_in_range(unpaired, 0, 5);
}

// ---- edges -----------------------------------------------------------------------------------------------------------------

static void equivalence_is_the_interval_inside(void **state) {
    (void)state;
    for (double value = -1; value < 1; value += 0.13) {
        Estimate e = {.value = value, .se = 0.3, .df = 6.5};
        for (double level = 0.02; level < 0.3; level += 0.05) {
            Interval interval = estimate_interval(e, 1 - 2 * level);
            Equivalence test = equivalence_test(e, 0.8);
            assert_int_equal(test.p<level, interval.low> - 0.8 && interval.high < 0.8);
            assert_true(test.p == fmax(test.p_lower, test.p_upper));
        }
    }
    Estimate sure = {.value = 0.5, .se = 0, .df = 8};
    assert_true(equivalence_test(sure, 0.6).p == 0 && equivalence_test(sure, 0.4).p == 1);
    assert_true(isnan(equivalence_test(estimate_undefined, 1).p));
}

static void constants_have_their_results(void **state) {
    (void)state;
    const double low[] = {0.1, 0.1, 0.1}, high[] = {0.3, 0.3, 0.3}, other[] = {1, 2, 4};
    Estimate (*const means[])(const double *, int, const double *, int) = {welch_estimate, student_estimate};
    for (int i = 0; i < 2; i++) {
        TestResult same = estimate_test(means[i](low, 3, low, 3), 0, ALTERNATIVE_TWO_SIDED);
        assert_true(same.statistic == 0 && same.p == 1);
        TestResult different = estimate_test(means[i](high, 3, low, 3), 0, ALTERNATIVE_TWO_SIDED);
        assert_true(different.statistic == INFINITY && different.p == 0);
        assert_true(means[i](low, 3, other, 3).se > 0);
    }
    assert_true(welch_estimate(low, 3, other, 3).df == 2 && student_estimate(low, 3, other, 3).df == 4);
    const Alternative alternatives[] = {ALTERNATIVE_TWO_SIDED, ALTERNATIVE_GREATER, ALTERNATIVE_LESS};
    for (int a = 0; a < 3; a++) {
        assert_true(mann_whitney(low, 3, low, 2, alternatives[a]).p == 1);
        assert_true(mann_whitney_normal(low, 3, low, 2, false, alternatives[a]).p == 1);
        assert_close("exact", mann_whitney_exact(low, 3, low, 2, alternatives[a]).p, 1);
    }
    TestResult same = kolmogorov_smirnov(low, 3, low, 2), apart = kolmogorov_smirnov(low, 3, high, 3);
    assert_true(same.statistic == 0 && same.p == 1 && apart.statistic == 1);
    assert_close("apart", apart.p, 2 / 20.0);
    assert_true(isnan(brown_forsythe(low, 3, high, 3).p) && isfinite(brown_forsythe(low, 3, other, 3).p));
}

static void superiority_without_overlap_has_no_error(void **state) {
    (void)state;
    const double low[] = {1, 2, 3}, high[] = {4, 6, 5}, same[] = {1, 1, 1}, between[] = {1.5, 2.5, 3.5};
    Estimate apart = superiority_estimate(high, 3, low, 3), tied = superiority_estimate(same, 3, same, 3);
    assert_true(apart.value == 1 && isnan(apart.se) && tied.value == 0.5 && isnan(tied.se));
    assert_true(estimate_logit(apart).value == INFINITY && isnan(estimate_logit(apart).se));
    assert_true(isnan(estimate_lower(estimate_logit(apart), 0.05)) && isnan(estimate_logit(tied).se));
    assert_true(isnan(brunner_munzel(high, 3, low, 3, ALTERNATIVE_GREATER).p));
    Estimate one = superiority_estimate(low, 1, high, 3);
    assert_true(one.value == 0 && isnan(one.se));
    // In pairs: apart, equal, tied, alternating.
    assert_true(superiority_paired_estimate(high, low, 3).value == 1 && isnan(superiority_paired_estimate(high, low, 3).se));
    assert_true(superiority_paired_estimate(low, low, 3).value == 0.5 && isnan(superiority_paired_estimate(low, low, 3).se));
    assert_true(superiority_paired_estimate(same, same, 3).value == 0.5 &&
                isnan(superiority_paired_estimate(same, same, 3).se));
    Estimate alternating = superiority_paired_estimate(between, low, 3);
    assert_close("alternating", alternating.value, 6 / 9.0);
    assert_true(isnan(alternating.se));
    Estimate single = superiority_paired_estimate(high, low, 1);
    assert_true(single.value == 1 && isnan(single.se));
}

static void assert_undefined(const double *x, int n_x, const double *y, int n_y) {
    assert_true(isnan(welch_estimate(x, n_x, y, n_y).se) && isnan(student_estimate(x, n_x, y, n_y).value));
    assert_true(isnan(brunner_munzel(x, n_x, y, n_y, ALTERNATIVE_LESS).p) && isnan(brown_forsythe(x, n_x, y, n_y).p));
}

static void too_little_is_undefined(void **state) {
    (void)state;
    const double x[] = {1, 2, 4, 3}, y[] = {2.5, 1.5, 5, 0.5}, broken[] = {1, NAN, 2, 3}, endless[] = {1, 2, -INFINITY, 3};
    const double *const wrong[] = {broken, endless};
    for (int i = 0; i < 2; i++) {
        assert_undefined(x, 4, wrong[i], 4);
        assert_undefined(wrong[i], 4, x, 4);
        assert_true(isnan(mann_whitney_u(x, 4, wrong[i], 4)) && isnan(mann_whitney(x, 4, wrong[i], 4, ALTERNATIVE_LESS).p));
        assert_true(isnan(mann_whitney_exact(x, 4, wrong[i], 4, ALTERNATIVE_LESS).p));
        assert_true(isnan(mann_whitney_normal(x, 4, wrong[i], 4, true, ALTERNATIVE_LESS).statistic));
        assert_true(isnan(kolmogorov_smirnov(wrong[i], 4, x, 4).p) && isnan(superiority_estimate(wrong[i], 4, x, 4).value));
        assert_true(isnan(superiority_paired_estimate(x, wrong[i], 4).value));
    }
    assert_undefined(x, 1, y, 4);
    assert_undefined(x, 4, y, 1);
    assert_undefined(x, 0, y, 4);
    assert_true(isnan(mann_whitney(x, 0, y, 4, ALTERNATIVE_LESS).p) && isnan(kolmogorov_smirnov(x, 4, y, 0).statistic));
    assert_true(isnan(superiority_paired_estimate(x, y, 0).value));
    // One against one says nothing, but is defined.
    assert_true(mann_whitney(x, 1, y, 1, ALTERNATIVE_TWO_SIDED).p == 1 && mann_whitney(x, 1, y, 1, ALTERNATIVE_LESS).p == 0.5);
    assert_true(kolmogorov_smirnov(x, 1, y, 1).statistic == 1 && kolmogorov_smirnov(x, 1, y, 1).p == 1);
    // Of two values both are as far from their median: no spread is seen.
    assert_true(isnan(brown_forsythe(x, 2, y, 4).p) && isfinite(brown_forsythe(x, 3, y, 4).p));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_samples_match_golden),
        cmocka_unit_test(exact_tests_are_enumerations),
        cmocka_unit_test(mann_whitney_chooses),
        cmocka_unit_test(superiority_has_its_error),
        cmocka_unit_test(paired_superiority_has_its_error),
        cmocka_unit_test(paired_superiority_keeps_its_level),
        cmocka_unit_test(equivalence_is_the_interval_inside),
        cmocka_unit_test(constants_have_their_results),
        cmocka_unit_test(superiority_without_overlap_has_no_error),
        cmocka_unit_test(too_little_is_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
