// Group-sequential boundaries against published constants, integrals with 25 digits and simulation; e-processes against
// golden numbers (tests/golden/analysis/README.md) and their guarantee under optional stopping.
#include "analysis/sequential.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#include "analysis/bounded.h"
#include "analysis/proportion.h"
#include "core/rng.h"
#include "tests/support.h"

static const double NIGHTLY[] = {10 / 30.0, 15 / 30.0, 20 / 30.0, 25 / 30.0, 1};    // looks at 10, 15, 20, 25, 30 runs
enum { LOOKS = 5, FIRST = 10, STEP = 5, RUNS = 30 };

static const SequentialShape SHAPES[] = {SEQUENTIAL_POCOCK, SEQUENTIAL_OBRIEN_FLEMING};

static void assert_near(const char *what, double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
}

// ---- group-sequential boundaries ----

// Even looks, two-sided 0.05, as published (Jennison and Turnbull 2000, tables 2.1 and 2.3): one-sided 0.025 to three decimals.
static void constants_are_the_published_ones(void **state) {
    (void)state;
    static const double published[2][4] = {{2.178, 2.289, 2.361, 2.413}, {1.977, 2.004, 2.024, 2.040}};
    double worst = 0;
    for (int shape = 0; shape < 2; shape++) {
        for (int looks = 2; looks <= 5; looks++) {
            double t[5];
            for (int k = 0; k < looks; k++) t[k] = (k + 1.0) / looks;
            double constant = sequential_constant(SHAPES[shape], t, looks, 0.025);
            worst = fmax(worst, fabs(constant - published[shape][looks - 2]));
        }
    }
    print_message("worst deviation: %.2g (constants, published to three decimals)\n", worst);
    assert_true(worst <= 0.00055);
}

static void crossing_matches_its_integral(void **state) {
    (void)state;
    static const double cases[][4] = {
        {0.5, 2.178, 2.178, 0.025016535764210714}, {0.25, 4, 2, 0.022764345583587411},  {0.9, 1.5, 1.2, 0.11986190815125074},
        {0.5, 8, 8, 1.2437076231458108e-15},       {0.999, 2, 2, 0.023431263765703853}, {0.3, -1, 0.5, 0.85116671658565283},
    };
    double worst = 0;
    for (int i = 0; i < 6; i++) {
        const double *c = cases[i], fractions[] = {c[0], 1}, boundary[] = {c[1], c[2]};
        double found = sequential_crossing(fractions, boundary, 2);
        worst = fmax(worst, fabs(found / c[3] - 1));
    }
    double three = sequential_crossing((double[]){0.2, 0.5, 1}, (double[]){2.5, 2.2, 2}, 3);
    worst = fmax(worst, fabs(three / 0.0350878248310158 - 1));
    print_message("worst deviation: %.2g (crossing probabilities, relative, from 25 digits)\n", worst);
    assert_true(worst < 1e-11);
}

// A look that cannot stop anything changes nothing, wherever it lies.
static void idle_looks_change_nothing(void **state) {
    (void)state;
    const double t[] = {0.4, 1}, boundary[] = {2, 1.8};
    double two = sequential_crossing(t, boundary, 2);
    const double with_idle[] = {0.1, 0.15, 0.4, 0.41, 0.77, 1}, idle[] = {INFINITY, 50, 2, INFINITY, 40, 1.8};
    assert_near("idle looks", sequential_crossing(with_idle, idle, 6), two, 1e-12);
    assert_near("crossed at once", sequential_crossing(t, (double[]){-INFINITY, 2}, 2), 1, 1e-15);
    assert_near("crossed at once", sequential_crossing(t, (double[]){-20, 2}, 2), 1, 1e-15);
    assert_true(sequential_crossing(t, (double[]){INFINITY, INFINITY}, 2) == 0);
    assert_true(isnan(sequential_crossing(t, (double[]){2, NAN}, 2)) && isnan(sequential_crossing(t, (double[]){NAN, 2}, 2)));
}

static void one_look_is_the_normal_test(void **state) {
    (void)state;
    const double whole[] = {1};
    for (int shape = 0; shape < 2; shape++) {
        assert_near("constant", sequential_constant(SHAPES[shape], whole, 1, 0.05), 1.6448536269514722, 1e-12);
        for (double z = -3; z < 9; z += 0.7) {
            double expected = gsl_cdf_ugaussian_Q(z);
            assert_near("p", sequential_p(SHAPES[shape], whole, 1, 0, z), expected, 1e-14 * expected);
        }
    }
}

static void repeated_p_inverts_the_boundary(void **state) {
    (void)state;
    for (int shape = 0; shape < 2; shape++) {
        for (double alpha = 0.2; alpha > 1e-7; alpha /= 20) {
            double constant = sequential_constant(SHAPES[shape], NIGHTLY, LOOKS, alpha);
            for (int look = 0; look < LOOKS; look++) {
                double z = sequential_boundary(SHAPES[shape], constant, NIGHTLY[look]);
                assert_near("p", sequential_p(SHAPES[shape], NIGHTLY, LOOKS, look, z), alpha, 1e-9 * alpha);
            }
        }
        for (int look = 0; look < LOOKS; look++) {
            double last = 1, z = -9.5;
            for (; z < 12; z += 0.5) {
                double p = sequential_p(SHAPES[shape], NIGHTLY, LOOKS, look, z);
                assert_true(p < last || (z < -3 && p <= last));    // near 1 doubles run out
                assert_true(p > gsl_cdf_ugaussian_Q(z) || z < -3);
                last = p;
            }
            assert_true(sequential_p(SHAPES[shape], NIGHTLY, LOOKS, look, INFINITY) == 0);
            assert_true(sequential_p(SHAPES[shape], NIGHTLY, LOOKS, look, -INFINITY) == 1);
            assert_true(isnan(sequential_p(SHAPES[shape], NIGHTLY, LOOKS, look, NAN)));
        }
    }
    // O'Brien and Fleming: the same z says less at an early look.
    double early = sequential_p(SEQUENTIAL_OBRIEN_FLEMING, NIGHTLY, LOOKS, 0, 2.5);
    assert_true(early > 3 * sequential_p(SEQUENTIAL_OBRIEN_FLEMING, NIGHTLY, LOOKS, LOOKS - 1, 2.5));
}

static void p_is_mapped_to_z_and_back(void **state) {
    (void)state;
    assert_near("z", sequential_z(0.025), 1.959963984540054, 1e-12);
    assert_true(sequential_z(0) == INFINITY && sequential_z(1) == -INFINITY && isnan(sequential_z(NAN)));
}

typedef enum Statistic { KNOWN_VARIANCE, STUDENT, SHARE, BOUNDED, STATISTICS } Statistic;

// z of the runs so far under the null: mean 0, a share of 0.8, mean 1/2 in [0, 1].
static double look_z(Statistic statistic, const double *x, const double *uniform, int n) {
    double sum = 0;
    int hits = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i];
        hits += uniform[i] < 0.8;
    }
    if (statistic == KNOWN_VARIANCE) return sum / sqrt(n);
    if (statistic == STUDENT) return sequential_z(estimate_p(estimate_mean(x, n), 0, ALTERNATIVE_GREATER));
    if (statistic == SHARE) return sequential_z(proportion_p(hits, n, 0.8, ALTERNATIVE_GREATER));
    return sequential_z(bounded_p(uniform, n, 0, 1, 0.5, ALTERNATIVE_GREATER));
}

static void looks_keep_their_level(void **state) {
    (void)state;
    enum { TRIALS = 6000 };
    static const char *const names[] = {"known variance", "t", "share", "bounded mean"};
    for (int shape = 0; shape < 2; shape++) {
        double constant = sequential_constant(SHAPES[shape], NIGHTLY, LOOKS, 0.05);
        int rejected[STATISTICS] = {0}, naive = 0;
        Rng rng = rng_stream(21, RNG_TEST, (uint64_t)shape);
        for (int trial = 0; trial < TRIALS; trial++) {
            double x[RUNS], uniform[RUNS];
            for (int i = 0; i < RUNS; i++) {
                uniform[i] = (1 + rng_below(&rng, 1U << 30)) / (2.0 + (1U << 30));
                x[i] = gsl_cdf_ugaussian_Pinv(uniform[i]);
            }
            bool crossed[STATISTICS + 1] = {false};
            for (int look = 0; look < LOOKS; look++) {
                double boundary = sequential_boundary(SHAPES[shape], constant, NIGHTLY[look]);
                for (int s = 0; s < STATISTICS; s++) {
                    double z = look_z((Statistic)s, x, uniform, FIRST + look * STEP);
                    crossed[s] = crossed[s] || z >= boundary;
                    if (s == KNOWN_VARIANCE) crossed[STATISTICS] = crossed[STATISTICS] || z >= 1.645;
                }
            }
            for (int s = 0; s < STATISTICS; s++) rejected[s] += crossed[s];
            naive += crossed[STATISTICS];
        }
        double error = 5 * sqrt(0.05 * 0.95 / TRIALS);
        for (int s = 0; s < STATISTICS; s++) {
            print_message("%s, %s: type-I error %.4f of 0.05\n", shape ? "O'Brien-Fleming" : "Pocock", names[s],
                          rejected[s] / (double)TRIALS);
        }
        assert_near("known variance", rejected[KNOWN_VARIANCE] / (double)TRIALS, 0.05, error);
        assert_near("t", rejected[STUDENT] / (double)TRIALS, 0.052, error);    // as documented
        for (int s = SHARE; s <= BOUNDED; s++) assert_true(rejected[s] < (0.05 + error) * TRIALS && rejected[s] > 0);
        assert_true(naive > 0.1 * TRIALS);    // what the ordinary boundary would do
    }
}

// ---- e-processes ----

static void eprocesses_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table("tests/golden/analysis/tests/eprocess.csv");
    enum { N = 60 };
    assert_int_equal(csv_rows(table), N);
    double x[N], wealth[N], worst = 0;
    Interval bounds[N];
    for (size_t row = 0; row < N; row++) x[row] = support_number(table, row, "x");
    eprocess_fixed(x, N, 0.5, 1, ALTERNATIVE_GREATER, wealth);
    confidence_sequence(x, N, 0.05, bounds);
    for (size_t row = 0; row < N; row++) {
        double expected = support_number(table, row, "wealth_null_mean_le_0.5_bet1.0");
        worst = fmax(worst, fabs(wealth[row] / expected - 1));
        worst = fmax(worst, fabs(bounds[row].low - support_number(table, row, "peb_cs95_lo")));
        worst = fmax(worst, fabs(bounds[row].high - support_number(table, row, "peb_cs95_hi")));
    }
    csv_destroy(table);
    print_message("worst deviation: %.3g (eprocess.csv)\n", worst);
    assert_true(worst < 1e-11);
}

static void wealth_has_its_closed_forms(void **state) {
    (void)state;
    const double x[] = {1, 0.25, 1, 0};
    double wealth[4], mirrored[4], other[4];
    eprocess_fixed(x, 4, 0.5, 2, ALTERNATIVE_GREATER, wealth);
    assert_near("doubled", wealth[0], 2, 1e-14);
    assert_near("halved", wealth[1], 1, 1e-14);
    assert_near("doubled", wealth[2], 2, 1e-14);
    assert_true(wealth[3] == 0);    // all was bet
    eprocess_fixed(x, 4, 0.25, 0.5, ALTERNATIVE_LESS, wealth);
    eprocess_fixed((double[]){0, 0.75, 0, 1}, 4, 0.75, 0.5, ALTERNATIVE_GREATER, mirrored);
    eprocess_fixed(x, 4, 0.25, 0.5, ALTERNATIVE_GREATER, other);
    for (int t = 0; t < 4; t++) assert_near("mirror", wealth[t], mirrored[t], 1e-14);
    eprocess_fixed(x, 4, 0.25, 0.5, ALTERNATIVE_TWO_SIDED, mirrored);
    for (int t = 0; t < 4; t++) assert_near("both sides", mirrored[t], (wealth[t] + other[t]) / 2, 1e-14);
    eprocess_fixed(x, 4, 0.25, 0, ALTERNATIVE_GREATER, wealth);
    for (int t = 0; t < 4; t++) assert_true(wealth[t] == 1);
    assert_true(eprocess_pair(1, 0) == 1 && eprocess_pair(0, 1) == 0 && eprocess_pair(0.3, 0.3) == 0.5);
}

// Ones against mean <= m: the mixture over bets u / m is about the integral of (1 + u (1 - m) / m)^n over u in (0, 1).
static void mixtures_of_bets_have_their_integral(void **state) {
    (void)state;
    enum { N = 3000 };
    double x[N], wealth[N], less[N], both[N], null = 0.4, rise = 0.6 / 0.4;
    for (int t = 0; t < N; t++) x[t] = 1;
    eprocess_mixture(x, N, null, ALTERNATIVE_GREATER, wealth);
    for (int t = 0; t < 20; t++) {
        double expected = (pow(1 + rise, t + 2) - 1) / (rise * (t + 2));
        assert_near("mixture", wealth[t], expected, 0.01 * expected);
    }
    assert_true(wealth[N - 1] == INFINITY);
    eprocess_mixture(x, N, null, ALTERNATIVE_LESS, less);
    assert_true(less[0] < 1 && less[N - 1] < 1e-3);
    eprocess_mixture(x, 20, null, ALTERNATIVE_TWO_SIDED, both);
    for (int t = 0; t < 20; t++) assert_near("both", both[t], (wealth[t] + less[t]) / 2, 1e-9 * both[t]);
    // Beyond the largest double and back: the parts are kept in logarithms.
    for (int t = 1000; t < N; t++) x[t] = 0;
    eprocess_mixture(x, N, null, ALTERNATIVE_GREATER, wealth);
    assert_true(wealth[900] == INFINITY && wealth[N - 1] < 1);
    const double first[] = {0.2, 1, 0.7, 0.4}, second[] = {0.4, 0.7, 0.2, 1};
    eprocess_mixture(first, 4, null, ALTERNATIVE_GREATER, wealth);
    eprocess_mixture(second, 4, null, ALTERNATIVE_GREATER, less);
    assert_near("order", wealth[3], less[3], 1e-12);
}

static void p_and_detector_follow_the_wealth(void **state) {
    (void)state;
    const double wealth[] = {0.5, 2, 1, 8, 4}, expected[] = {1, 0.5, 0.5, 0.125, 0.125};
    double p[5], evidence[5];
    eprocess_p(wealth, 5, p);
    for (int t = 0; t < 5; t++) assert_true(p[t] == expected[t]);
    edetector(wealth, 5, evidence);
    const double ratios[] = {0.5, 3, 4, 40, 164};
    for (int t = 0; t < 5; t++) assert_near("detector", evidence[t], ratios[t], 1e-12);
    edetector((double[]){1e300, 1e300, 0, 2}, 4, evidence);
    assert_true(evidence[1] > 1e300 && isfinite(evidence[1]) && evidence[2] == 0 && evidence[3] == 2);
}

static void unusable_values_stay_visible(void **state) {
    (void)state;
    const double broken[] = {0.5, NAN, 0.5}, outside[] = {0.5, 1.01, 0.5}, below[] = {0.5, -0.01, 0.5};
    const double *cases[] = {broken, outside, below};
    for (int i = 0; i < 3; i++) {
        double fixed[3], mixed[3], p[3], evidence[3];
        Interval bounds[3];
        eprocess_fixed(cases[i], 3, 0.5, 1, ALTERNATIVE_GREATER, fixed);
        eprocess_mixture(cases[i], 3, 0.5, ALTERNATIVE_TWO_SIDED, mixed);
        confidence_sequence(cases[i], 3, 0.05, bounds);
        eprocess_p(fixed, 3, p);
        edetector(fixed, 3, evidence);
        assert_true(isfinite(fixed[0]) && isfinite(mixed[0]) && isfinite(bounds[0].low) && isfinite(p[0]) &&
                    isfinite(evidence[0]));
        for (int t = 1; t < 3; t++) {
            assert_true(isnan(fixed[t]) && isnan(mixed[t]) && isnan(bounds[t].low) && isnan(bounds[t].high));
            assert_true(isnan(p[t]) && isnan(evidence[t]));
        }
    }
    double untouched = 7;
    eprocess_mixture(broken, 0, 0.5, ALTERNATIVE_GREATER, &untouched);
    assert_true(untouched == 7);
}

// Values with mean 0.4 in three shapes: solved or not, uniform around it, mostly zero with rare ones.
static double null_value(Rng *rng, int kind) {
    if (kind == 0) return rng_uniform(rng) < 0.4;
    if (kind == 1) return rng_between(rng, 0.1, 0.7);
    return rng_uniform(rng) < 0.5 ? 0 : rng_between(rng, 0.6, 1);
}

// Stopping at the first look at which the wealth reaches 20: at most one time in 20, whatever the bets and the values.
static void stopping_at_will_keeps_the_level(void **state) {
    (void)state;
    enum { TRIALS = 1000, N = 40 };
    static const char *const names[] = {"fixed", "mixture", "confidence sequence"};
    Rng rng = rng_stream(22, RNG_TEST, 0);
    int stopped[3][3] = {{0}};
    for (int kind = 0; kind < 3; kind++) {
        for (int trial = 0; trial < TRIALS; trial++) {
            double x[N], wealth[2][N];
            Interval bounds[N];
            for (int t = 0; t < N; t++) x[t] = null_value(&rng, kind);
            eprocess_fixed(x, N, 0.4, 1, ALTERNATIVE_GREATER, wealth[0]);
            eprocess_mixture(x, N, 0.4, ALTERNATIVE_TWO_SIDED, wealth[1]);
            confidence_sequence(x, N, 0.05, bounds);
            bool outside = false;
            for (int t = 0; t < N; t++) outside = outside || bounds[t].low > 0.4 || bounds[t].high < 0.4;
            for (int w = 0; w < 2; w++) {
                eprocess_p(wealth[w], N, wealth[w]);
                stopped[w][kind] += wealth[w][N - 1] <= 0.05;
            }
            stopped[2][kind] += outside;
        }
    }
    double limit = 0.05 + 5 * sqrt(0.05 * 0.95 / TRIALS);
    for (int w = 0; w < 3; w++) {
        const int *s = stopped[w];
        print_message("%s: stopped %.4f %.4f %.4f of 0.05\n", names[w], s[0] / (double)TRIALS, s[1] / (double)TRIALS,
                      s[2] / (double)TRIALS);
        for (int kind = 0; kind < 3; kind++) assert_true(s[kind] <= limit * TRIALS);
    }
    assert_true(stopped[0][0] > 0.01 * TRIALS);    // not kept by never stopping
}

// Where there is something to see, the mixture sees it, and the detector raises its alarm after the change and not before.
static void changes_are_noticed(void **state) {
    (void)state;
    enum { TRIALS = 300, N = 40, CHANGE = 20 };
    Rng rng = rng_stream(23, RNG_TEST, 0);
    int seen = 0, early = 0, late = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double x[N], wealth[N], e[N], evidence[N];
        for (int t = 0; t < N; t++) x[t] = rng_uniform(&rng) < 0.8;
        eprocess_mixture(x, N, 0.5, ALTERNATIVE_GREATER, wealth);
        eprocess_p(wealth, N, wealth);
        seen += wealth[N - 1] <= 0.05;
        for (int t = 0; t < N; t++) {
            double value = rng_uniform(&rng) < (t < CHANGE ? 0.5 : 0.05);
            eprocess_fixed(&value, 1, 0.5, 1.2, ALTERNATIVE_LESS, &e[t]);
        }
        edetector(e, N, evidence);
        bool before = false, after = false;
        for (int t = 0; t < N; t++) {
            before = before || (t < CHANGE && evidence[t] >= 1000);
            after = after || (t >= CHANGE && evidence[t] >= 1000);
        }
        early += before;
        late += after;
    }
    print_message("mixture saw %.3f; alarms before %.3f, after %.3f\n", seen / (double)TRIALS, early / (double)TRIALS,
                  late / (double)TRIALS);
    assert_true(seen > 0.8 * TRIALS && late > 0.9 * TRIALS && early < 0.06 * TRIALS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants_are_the_published_ones), cmocka_unit_test(crossing_matches_its_integral),
        cmocka_unit_test(idle_looks_change_nothing),        cmocka_unit_test(one_look_is_the_normal_test),
        cmocka_unit_test(repeated_p_inverts_the_boundary),  cmocka_unit_test(p_is_mapped_to_z_and_back),
        cmocka_unit_test(looks_keep_their_level),           cmocka_unit_test(eprocesses_match_golden),
        cmocka_unit_test(wealth_has_its_closed_forms),      cmocka_unit_test(mixtures_of_bets_have_their_integral),
        cmocka_unit_test(p_and_detector_follow_the_wealth), cmocka_unit_test(unusable_values_stay_visible),
        cmocka_unit_test(stopping_at_will_keeps_the_level), cmocka_unit_test(changes_are_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
