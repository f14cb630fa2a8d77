// Intervals of a share against the golden numbers, and against the tests that they invert.
#include "analysis/proportion.h"
#include "tests/analysis/samples.h"

static void proportions_match_golden(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "tests/proportion.csv");
    Deviation deviation = {0};
    int checked = 0;
    for (size_t row = 0; row < csv_rows(table); row++, checked += 3) {
        int k = support_whole(table, row, "k"), n = support_whole(table, row, "n");
        Interval exact = proportion_interval(k, n, support_number(table, row, "level"));
        samples_expect(&deviation, "low", exact.low, support_number(table, row, "clopper_pearson_lo"));
        samples_expect(&deviation, "high", exact.high, support_number(table, row, "clopper_pearson_hi"));
        // At null 1/2 the binomial is symmetric, so that the doubled tail is the golden two-sided p.
        samples_expect(&deviation, "p", proportion_p(k, n, 0.5, ALTERNATIVE_TWO_SIDED),
                       support_number(table, row, "binom_p_two_sided_half"));
    }
    csv_destroy(table);
    samples_report(&deviation, checked, 18);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proportions_match_golden),
        cmocka_unit_test(proportion_bounds_invert_the_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
