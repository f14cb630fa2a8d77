// Power and sizes against golden numbers (tests/golden/analysis/README.md: relative 1e-7, absolute 1e-12), against integrals
// taken with 30 digits, simulation, and closed forms.
#include "analysis/power.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/correlation.h"
#include "analysis/proportion.h"

#include <gsl/gsl_cdf.h>

#include "core/rng.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/analysis/tests/"

static void assert_near(const char *what, double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
}

static Alternative golden_alternative(const CsvTable *table, size_t row) {
    const char *word = csv_text(table, row, csv_column(table, "alternative"));
    return strcmp(word, "greater") == 0 ? ALTERNATIVE_GREATER : ALTERNATIVE_TWO_SIDED;
}

static void power_matches_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "power.csv");
    assert_int_equal(csv_rows(table), 180);
    double worst = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        double effect = support_number(table, row, "effect_d"), expected = support_number(table, row, "power");
        int n = support_whole(table, row, "n_per_group");
        Alternative alternative = golden_alternative(table, row);
        double found = power_t(POWER_TWO_SAMPLE, effect, n, support_number(table, row, "alpha"), alternative);
        worst = fmax(worst, fabs(found - expected) / expected);
    }
    csv_destroy(table);
    print_message("worst deviation: %.3g (power.csv, relative)\n", worst);
    assert_true(worst < 1e-7);
}

static void sizes_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "sample_size.csv");
    assert_int_equal(csv_rows(table), 72);
    int worst = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        double effect = support_number(table, row, "effect_d"), power = support_number(table, row, "power");
        double alpha = support_number(table, row, "alpha");
        int found = power_t_size(POWER_TWO_SAMPLE, effect, power, alpha, golden_alternative(table, row));
        int apart = abs(found - support_whole(table, row, "n_per_group"));
        if (apart > worst) worst = apart;
    }
    csv_destroy(table);
    print_message("worst deviation: %d (sample_size.csv, runs)\n", worst);
    assert_int_equal(worst, 0);
}

static void noncentral_t_matches_its_integral(void **state) {
    (void)state;
    static const struct {
        double t, df, noncentrality, above;
    } cases[] = {
        {2, 4, 1.5, 0.38107107486034532},    {8.61, 4, 3, 0.037457034385368181},  {1000, 2, 0.5, 1.0403587004943926e-6},
        {-1, 3, 2, 0.99699475240460149},     {63.6, 1, 5, 0.062654491709465302},  {2.5, 1.5, -1, 0.015668769890995076},
        {1.98, 98, 2.5, 0.6984361445803172}, {12, 8, 0.2, 1.8776726645770078e-6},
    };
    double worst = 0;
    for (int i = 0; i < 8; i++) {
        double above = noncentral_t_above(cases[i].t, cases[i].df, cases[i].noncentrality);
        double below = noncentral_t_below(cases[i].t, cases[i].df, cases[i].noncentrality);
        worst = fmax(worst, fabs(above / cases[i].above - 1));
        assert_near("sum of the tails", above + below, 1, 1e-12);
    }
    print_message("worst deviation: %.3g (noncentral t, relative, from 30 digits)\n", worst);
    assert_true(worst < 1e-10);
}

static void noncentral_t_has_its_special_cases(void **state) {
    (void)state;
    for (double df = 1; df < 1e6; df *= 7) {
        for (double t = -6; t <= 6; t += 1.5) {
            double expected = gsl_cdf_tdist_Q(t, df);
            assert_near("central", noncentral_t_above(t, df, 0), expected, 1e-11 * expected + 1e-15);
        }
        assert_near("sign of Z", noncentral_t_below(0, df, 1.3), gsl_cdf_ugaussian_P(-1.3), 1e-12);
    }
    assert_near("normal", noncentral_t_above(2, INFINITY, 0.5), gsl_cdf_ugaussian_Q(1.5), 1e-15);
    assert_near("nearly normal", noncentral_t_above(2, 1e9, 0.5), gsl_cdf_ugaussian_Q(1.5), 1e-8);
    assert_true(noncentral_t_above(INFINITY, 3, 1) == 0 && noncentral_t_below(INFINITY, 3, 1) == 1);
    assert_true(isnan(noncentral_t_above(NAN, 3, 1)) && isnan(noncentral_t_below(1, 3, NAN)) &&
                isnan(noncentral_t_above(1, NAN, 1)));
}

static void power_has_its_symmetries(void **state) {
    (void)state;
    // n differences are as many degrees of freedom as two arms of (n + 1) / 2.
    double paired = power_t(POWER_ONE_SAMPLE, 0.5, 9, 0.05, ALTERNATIVE_GREATER);
    assert_near("one and two samples", paired, power_t(POWER_TWO_SAMPLE, 1.5 / sqrt(2.5), 5, 0.05, ALTERNATIVE_GREATER), 1e-12);
    assert_near("mirror", power_t(POWER_ONE_SAMPLE, -0.5, 9, 0.05, ALTERNATIVE_LESS), paired, 1e-15);
    assert_near("sign", power_t(POWER_TWO_SAMPLE, -0.8, 9, 0.05, ALTERNATIVE_TWO_SIDED),
                power_t(POWER_TWO_SAMPLE, 0.8, 9, 0.05, ALTERNATIVE_TWO_SIDED), 1e-14);
    for (int n = 2; n < 40; n += 9) {
        assert_near("no effect", power_t(POWER_TWO_SAMPLE, 0, n, 0.01, ALTERNATIVE_TWO_SIDED), 0.01, 1e-12);
        assert_near("no effect", power_t(POWER_ONE_SAMPLE, 0, n, 0.05, ALTERNATIVE_LESS), 0.05, 1e-12);
    }
    assert_near("huge effect", power_t(POWER_TWO_SAMPLE, 50, 10, 0.05, ALTERNATIVE_TWO_SIDED), 1, 1e-12);
    assert_true(isnan(power_t(POWER_TWO_SAMPLE, 1, 1, 0.05, ALTERNATIVE_GREATER)));
    assert_true(isnan(power_t(POWER_ONE_SAMPLE, NAN, 5, 0.05, ALTERNATIVE_GREATER)));
}

static void sizes_are_the_smallest(void **state) {
    (void)state;
    for (int design = 0; design < 2; design++) {
        for (double effect = 0.2; effect < 3; effect *= 1.7) {
            PowerDesign d = (PowerDesign)design;
            int n = power_t_size(d, -effect, 0.9, 0.02, ALTERNATIVE_LESS);
            assert_true(power_t(d, -effect, n, 0.02, ALTERNATIVE_LESS) >= 0.9);
            assert_true(n == 2 || power_t(d, -effect, n - 1, 0.02, ALTERNATIVE_LESS) < 0.9);
            n = power_equivalence_size(d, effect / 4, effect, 0.8, 0.05);
            assert_true(power_equivalence(d, effect / 4, effect, n, 0.05) >= 0.8);
            assert_true(n == 2 || power_equivalence(d, effect / 4, effect, n - 1, 0.05) < 0.8);
        }
    }
    assert_int_equal(power_t_size(POWER_TWO_SAMPLE, 40, 0.8, 0.05, ALTERNATIVE_GREATER), 2);
    assert_int_equal(power_t_size(POWER_TWO_SAMPLE, -1, 0.8, 0.05, ALTERNATIVE_GREATER), 0);    // the wrong side
    assert_int_equal(power_t_size(POWER_TWO_SAMPLE, 1e-4, 0.8, 0.05, ALTERNATIVE_GREATER), 0);
    assert_int_equal(power_t_size(POWER_TWO_SAMPLE, NAN, 0.8, 0.05, ALTERNATIVE_GREATER), 0);
    assert_int_equal(power_equivalence_size(POWER_TWO_SAMPLE, 1, 1, 0.8, 0.05), 0);    // at the margin
}

static void equivalence_matches_its_integral(void **state) {
    (void)state;
    static const struct {
        PowerDesign design;
        int n;
        double effect, margin, alpha, power;
    } cases[] = {
        {POWER_TWO_SAMPLE, 10, 0, 1, 0.05, 0.39093922216291683},     {POWER_TWO_SAMPLE, 20, 0.3, 1, 0.05, 0.69322369510022855},
        {POWER_TWO_SAMPLE, 5, 0, 1, 0.05, 0.068703214858375175},     {POWER_ONE_SAMPLE, 8, 0, 2, 0.01, 0.96723535328094189},
        {POWER_ONE_SAMPLE, 30, 1.2, 1, 0.05, 0.0033108053596931402}, {POWER_TWO_SAMPLE, 3, 0, 1, 0.05, 0.030245894203437491},
    };
    double worst = 0;
    for (int i = 0; i < 6; i++) {
        double found = power_equivalence(cases[i].design, cases[i].effect, cases[i].margin, cases[i].n, cases[i].alpha);
        double mirrored = power_equivalence(cases[i].design, -cases[i].effect, cases[i].margin, cases[i].n, cases[i].alpha);
        worst = fmax(worst, fabs(found / cases[i].power - 1));
        assert_near("mirror", mirrored, found, 1e-13);
    }
    print_message("worst deviation: %.3g (equivalence, relative, from 30 digits)\n", worst);
    assert_true(worst < 1e-9);
    // Far from the other margin it is the one-sided test: noninferiority.
    double one_sided = power_t(POWER_TWO_SAMPLE, -9.5 + 10, 20, 0.05, ALTERNATIVE_GREATER);
    assert_near("one margin", power_equivalence(POWER_TWO_SAMPLE, -9.5, 10, 20, 0.05), one_sided, 1e-12);
    assert_true(isnan(power_equivalence(POWER_TWO_SAMPLE, NAN, 1, 20, 0.05)) &&
                isnan(power_equivalence(POWER_TWO_SAMPLE, 0, 1, 1, 0.05)));
}

static double normal(Rng *rng) {
    return gsl_cdf_ugaussian_Pinv((1 + rng_below(rng, 1U << 30)) / (1.0 + (1U << 30)));
}

// The routines that judge the runs pass as often as planned.
static void simulated_runs_pass_as_often_as_planned(void **state) {
    (void)state;
    enum { N = 10, TRIALS = 10000 };
    Rng rng = rng_stream(9, RNG_TEST, 0);
    int equivalent = 0, superior = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double x[N], y[N];
        for (int i = 0; i < N; i++) {
            x[i] = 0.2 + normal(&rng);
            y[i] = normal(&rng);
        }
        Estimate difference = estimate_difference(estimate_mean(x, N), estimate_mean(y, N));
        Interval inner = estimate_interval(difference, 0.9);
        equivalent += inner.low > -1.2 && inner.high < 1.2;
        superior += estimate_p(difference, -0.8, ALTERNATIVE_GREATER) < 0.05;
    }
    double planned = power_equivalence(POWER_TWO_SAMPLE, 0.2, 1.2, N, 0.05);
    double noninferior = power_t(POWER_TWO_SAMPLE, 0.2 + 0.8, N, 0.05, ALTERNATIVE_GREATER);
    // Five standard errors and what Welch's degrees of freedom cost.
    assert_near("equivalent", equivalent / (double)TRIALS, planned, 5 * sqrt(planned * (1 - planned) / TRIALS) + 0.01);
    assert_near("superior", superior / (double)TRIALS, noninferior, 5 * sqrt(noninferior * (1 - noninferior) / TRIALS) + 0.01);
}

// Probability to pass a noninferiority claim with margin m sd, from the table in the documentation of claims (two digits).
static void noninferiority_has_its_operating_characteristics(void **state) {
    (void)state;
    static const double table[][3] = {{1, 3, 0.27}, {1, 5, 0.42},   {1, 10, 0.69},   {1, 20, 0.93},  {2, 3, 0.65},
                                      {2, 5, 0.89}, {2, 10, 0.996}, {0.5, 20, 0.46}, {0.5, 50, 0.80}};
    for (int i = 0; i < 9; i++) {
        double found = power_t(POWER_TWO_SAMPLE, table[i][0], (int)table[i][1], 0.05, ALTERNATIVE_GREATER);
        assert_near("noninferiority", found, table[i][2], 0.0125);
    }
}

static void a_pilot_is_uncertain(void **state) {
    (void)state;
    assert_near("five runs", power_sd_upper(2, 4, 0.8), 2 * 1.5576, 1e-3);
    assert_near("chi-square of 2 df", power_sd_upper(1, 2, 0.8), sqrt(2 / (-2 * log(0.8))), 1e-12);
    assert_true(power_sd_upper(0, 4, 0.8) == 0 && power_sd_upper(1, 4, 0.8) > power_sd_upper(1, 9, 0.8));
    assert_true(isnan(power_sd_upper(NAN, 4, 0.8)) && isnan(power_sd_upper(1, 0, 0.8)) && isnan(power_sd_upper(-1, 4, 0.8)));
}

static void shares_need_their_trials(void **state) {
    (void)state;
    assert_int_equal(power_share_size(1, 0.9, 0.05), 29);    // 0.9^n < 0.05
    assert_int_equal(power_share_size(1, 0.5, 0.05), 5);
    assert_int_equal(power_share_size(1, 0, 0.05), 1);
    for (double share = 0.85; share < 1; share += 0.05) {
        int n = power_share_size(share, 0.8, 0.05);
        assert_true(proportion_lower((int)ceil(share * n - 1e-9), n, 0.05) > 0.8);
        for (int fewer = n - 1; fewer > 0; fewer--) {
            assert_true(proportion_lower((int)ceil(share * fewer - 1e-9), fewer, 0.05) <= 0.8);
        }
    }
    assert_true(power_share_size(0.8, 0.8, 0.05) == 0 && power_share_size(0.7, 0.8, 0.05) == 0);
    assert_true(power_share_size(NAN, 0.8, 0.05) == 0 && power_share_size(1.1, 0.8, 0.05) == 0);
    assert_int_equal(power_share_size(0.5001, 0.5, 1e-9), 0);    // too near
    // Only all hits of 29 show 0.9; no 28 runs can.
    assert_near("all of 29", power_share(0.98, 0.9, 29, 0.05), pow(0.98, 29), 1e-12);
    assert_true(power_share(0.98, 0.9, 28, 0.05) == 0 && power_share(1, 0.9, 29, 0.05) == 1);
    double sum = 0;    // 27 of 30 hits are the fewest whose bound exceeds 0.75
    assert_true(proportion_lower(27, 30, 0.05) > 0.75 && proportion_lower(26, 30, 0.05) < 0.75);
    for (int k = 27; k <= 30; k++) sum += exp(lgamma(31) - lgamma(k + 1) - lgamma(31 - k)) * pow(0.9, k) * pow(0.1, 30 - k);
    assert_near("27 of 30", power_share(0.9, 0.75, 30, 0.05), sum, 1e-12);
    assert_true(isnan(power_share(NAN, 0.9, 10, 0.05)) && isnan(power_share(0.9, 0.5, 0, 0.05)));
}

static void permutations_need_their_runs(void **state) {
    (void)state;
    static const double two_sided[] = {1, 1.0 / 3, 0.1, 1.0 / 35, 1.0 / 126, 1.0 / 462};
    for (int n = 1; n <= 6; n++) {
        assert_near("least p", power_permutation_p(POWER_TWO_SAMPLE, n, ALTERNATIVE_TWO_SIDED), two_sided[n - 1], 1e-16);
        assert_near("sign flips", power_permutation_p(POWER_ONE_SAMPLE, n, ALTERNATIVE_LESS), ldexp(1, -n), 0);
    }
    assert_int_equal(power_permutation_size(POWER_TWO_SAMPLE, 0.05, ALTERNATIVE_TWO_SIDED), 4);
    assert_int_equal(power_permutation_size(POWER_TWO_SAMPLE, 0.1, ALTERNATIVE_TWO_SIDED), 4);    // 0.1 is not below 0.1
    assert_int_equal(power_permutation_size(POWER_TWO_SAMPLE, 0.05 / 20, ALTERNATIVE_TWO_SIDED), 6);
    assert_int_equal(power_permutation_size(POWER_ONE_SAMPLE, 0.05, ALTERNATIVE_TWO_SIDED), 6);
    assert_int_equal(power_permutation_size(POWER_ONE_SAMPLE, 0.05, ALTERNATIVE_GREATER), 5);
    assert_true(power_permutation_size(POWER_TWO_SAMPLE, 1e-300, ALTERNATIVE_GREATER) > 400);
    assert_true(power_permutation_p(POWER_TWO_SAMPLE, 2000, ALTERNATIVE_GREATER) == 0 &&
                isnan(power_permutation_p(POWER_TWO_SAMPLE, 0, ALTERNATIVE_GREATER)));
}

static void correlations_need_their_runs(void **state) {
    (void)state;
    // With power one half the true correlation, observed as it is, just passes.
    for (double rho = 0.3; rho < 0.95; rho += 0.2) {
        int n = power_correlation_size(rho, 0.1, 0.5, 0.05);
        assert_true(tanh(estimate_lower(spearman_estimate(rho, n), 0.05)) > 0.1);
        assert_true(n == 4 || tanh(estimate_lower(spearman_estimate(rho, n - 1), 0.05)) <= 0.1);
        assert_true(power_correlation_size(rho, 0.1, 0.8, 0.05) > n);
    }
    // 3 + (1 + 0.125) ((1.644854 + 0.841621) / 0.549306)^2 = 26.05
    assert_int_equal(power_correlation_size(0.5, 0, 0.8, 0.05), 27);
    assert_true(power_correlation_size(0.5, 0.5, 0.8, 0.05) == 0 && power_correlation_size(NAN, 0, 0.8, 0.05) == 0);
    assert_true(power_correlation_size(1, 0, 0.8, 0.05) == 0 && power_correlation_size(0.5, 0.4999, 0.8, 0.05) == 0);
}

static void tolerance_intervals_hold_their_share(void **state) {
    (void)state;
    assert_int_equal(tolerance_size(0.90, 0.95), 46);
    assert_int_equal(tolerance_size(0.95, 0.95), 93);
    double x[100];
    for (int i = 0; i < 100; i++) x[i] = (i * 37) % 100;    // 0..99, shuffled
    Interval all = tolerance_interval(x, 100, 0.95, 0.95);
    assert_true(all.low == 0 && all.high == 99);
    // The order statistics whose binomial sum is still enough, found by the beta distribution of the coverage instead.
    Interval inner = tolerance_interval(x, 100, 0.8, 0.95);
    int l = (int)inner.low + 1;
    assert_true(inner.high == 100 - l);
    assert_true(gsl_cdf_beta_Q(0.8, 101 - 2 * l, 2 * l) >= 0.95 && gsl_cdf_beta_Q(0.8, 99 - 2 * l, 2 * l + 2) < 0.95);
    assert_true(isnan(tolerance_interval(x, 45, 0.90, 0.95).low) && isfinite(tolerance_interval(x, 46, 0.90, 0.95).low));
    assert_true(isnan(tolerance_interval(x, 0, 0.5, 0.5).low) && isnan(tolerance_interval(x, 1, 0.5, 0.5).high));
    x[3] = -INFINITY;
    assert_true(tolerance_interval(x, 100, 0.95, 0.95).low == -INFINITY);
    x[50] = NAN;
    assert_true(isnan(tolerance_interval(x, 100, 0.95, 0.95).low) && isnan(tolerance_interval(x, 100, 0.95, 0.95).high));
    const double constant[] = {2, 2, 2, 2, 2, 2};
    Interval flat = tolerance_interval(constant, 6, 0.5, 0.8);
    assert_true(flat.low == 2 && flat.high == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_matches_golden),
        cmocka_unit_test(sizes_match_golden),
        cmocka_unit_test(noncentral_t_matches_its_integral),
        cmocka_unit_test(noncentral_t_has_its_special_cases),
        cmocka_unit_test(power_has_its_symmetries),
        cmocka_unit_test(sizes_are_the_smallest),
        cmocka_unit_test(equivalence_matches_its_integral),
        cmocka_unit_test(simulated_runs_pass_as_often_as_planned),
        cmocka_unit_test(noninferiority_has_its_operating_characteristics),
        cmocka_unit_test(a_pilot_is_uncertain),
        cmocka_unit_test(shares_need_their_trials),
        cmocka_unit_test(permutations_need_their_runs),
        cmocka_unit_test(correlations_need_their_runs),
        cmocka_unit_test(tolerance_intervals_hold_their_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
