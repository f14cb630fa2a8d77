// Intervals of a share against the golden numbers, and against the tests that they invert.
#include "analysis/proportion.h"
#include "tests/analysis/samples.h"

static void proportions_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "tests/proportion.csv");
    Deviation deviation = {0};
    int checked = 0;
    for (size_t row = 0; row < csv_rows(table); row++, checked += 5) {
        int k = support_whole(table, row, "k"), n = support_whole(table, row, "n");
        double level = support_number(table, row, "level");
        Interval exact = proportion_interval(k, n, level), wilson = proportion_wilson(k, n, level);
        samples_expect(&deviation, "Wilson low", wilson.low, support_number(table, row, "wilson_lo"));
        samples_expect(&deviation, "Wilson high", wilson.high, support_number(table, row, "wilson_hi"));
        samples_expect(&deviation, "low", exact.low, support_number(table, row, "clopper_pearson_lo"));
        samples_expect(&deviation, "high", exact.high, support_number(table, row, "clopper_pearson_hi"));
        // At null 1/2 the binomial is symmetric, so that the doubled tail is the golden two-sided p.
        samples_expect(&deviation, "p", proportion_p(k, n, 0.5, ALTERNATIVE_TWO_SIDED),
                       support_number(table, row, "binom_p_two_sided_half"));
    }
    csv_destroy(table);
    samples_report(&deviation, checked, 30);
}

// The bound is where the test changes its mind; over a grid that GSL's inversion must survive.
static void proportion_bounds_invert_the_test(void **state) {
    (void)state;
    const double alphas[] = {0.05, 0.025, 0.005, 0.0005};
    for (int n = 1; n <= 60; n++) {
        for (int k = 0; k <= n; k++) {
            for (int a = 0; a < 4; a++) {
                double low = proportion_lower(k, n, alphas[a]), high = proportion_upper(k, n, alphas[a]);
                assert_true(low >= 0 && low <= (double)k / n && high >= (double)k / n && high <= 1);
                if (k > 0) assert_close("low", proportion_p(k, n, low, ALTERNATIVE_GREATER), alphas[a]);
                if (k < n) assert_close("high", proportion_p(k, n, high, ALTERNATIVE_LESS), alphas[a]);
            }
        }
    }
    assert_close("all of ten", proportion_lower(10, 10, 0.05), pow(0.05, 0.1));
}

// The ends of Wilson's interval are where |k / n - p| = z sqrt(p (1 - p) / n).
static void wilson_inverts_the_score_test(void **state) {
    (void)state;
    const double z = 1.6448536269514722;    // two-sided 90 %
    for (int n = 1; n <= 40; n += 3) {
        for (int k = 0; k <= n; k++) {
            Interval wilson = proportion_wilson(k, n, 0.9);
            double share = (double)k / n, low = wilson.low, high = wilson.high;
            assert_true(low >= 0 && low <= share && high >= share && high <= 1);
            if (k > 0) assert_close("low", (share - low) * (share - low) * n, z * z * low * (1 - low));
            if (k < n) assert_close("high", (share - high) * (share - high) * n, z * z * high * (1 - high));
        }
    }
}

// The examples of table II in Newcombe (1998), method 10, with their four digits.
static void differences_match_the_paper(void **state) {
    (void)state;
    const struct {
        int k_x, n_x, k_y, n_y;
        double low, high;
    } examples[] = {{56, 70, 48, 80, 0.0524, 0.3339}, {9, 10, 3, 10, 0.1705, 0.8090},  {6, 7, 2, 7, 0.0582, 0.8062},
                    {5, 56, 0, 29, -0.0381, 0.1926},  {0, 10, 0, 20, -0.1611, 0.2775}, {0, 10, 0, 10, -0.2775, 0.2775},
                    {10, 10, 0, 20, 0.6791, 1.0000},  {10, 10, 0, 10, 0.6075, 1.0000}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        Interval found = proportion_difference(examples[i].k_x, examples[i].n_x, examples[i].k_y, examples[i].n_y, 0.95);
        if (fabs(found.low - examples[i].low) > 5.1e-5 || fabs(found.high - examples[i].high) > 5.1e-5) {
            fail_msg("example %d: %.6f to %.6f", (int)i, found.low, found.high);
        }
        Interval mirrored = proportion_difference(examples[i].k_y, examples[i].n_y, examples[i].k_x, examples[i].n_x, 0.95);
        assert_close("mirror", mirrored.low, -found.high);
        assert_close("mirror", mirrored.high, -found.low);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proportions_match_golden),
        cmocka_unit_test(proportion_bounds_invert_the_test),
        cmocka_unit_test(wilson_inverts_the_score_test),
        cmocka_unit_test(differences_match_the_paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
