// How many runs an undecided claim would take: against the power that so many have.
#include "analysis/claim_plan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/power.h"
#include "analysis/proportion.h"

static ClaimResult result_of(double effect, double se, int runs) {
    return (ClaimResult){.effect = effect,
                         .se = se,
                         .low = effect - 1.6448536269514722 * se,
                         .high = effect + 1.6448536269514722 * se,
                         .runs_a = runs};
}

static void a_mean_takes_what_its_power_says(void **state) {
    (void)state;
    Claim claim = claim_default(CLAIM_AT_LEAST);
    ClaimResult r = result_of(0.5, 0.5, 16);    // sd 2
    int n = claim_runs_wanted(&claim, &r, 1);
    double d = 0.5 / power_sd_upper(2, 15, 0.8);
    assert_true(power_t(POWER_ONE_SAMPLE, d, n, 0.05, ALTERNATIVE_GREATER) >= 0.8);
    assert_true(power_t(POWER_ONE_SAMPLE, d, n - 1, 0.05, ALTERNATIVE_GREATER) < 0.8);
    assert_true(claim_runs_wanted(&claim, &r, 7) > n);    // a larger family
    r = result_of(-0.5, 0.5, 16);                         // on the failing side, at its stricter level
    int to_fail = claim_runs_wanted(&claim, &r, 1);
    assert_true(to_fail > n);
    claim.fail_below = -1;    // now it lies between the boundaries: no number of runs decides
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), 0);
    r = result_of(0, 0.5, 16);
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), 0);
    r.low = NAN;
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), 0);
    claim.kind = CLAIM_DESCRIBED;
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), 0);
}

static void equivalence_counts_both_sides(void **state) {
    (void)state;
    Claim claim = claim_default(CLAIM_EQUIVALENT);
    claim.threshold = 1;
    ClaimResult r = result_of(0.1, 0.8, 10);
    r.runs_b = 10;
    double sd = power_sd_upper(0.8 * sqrt(5), 9, 0.8);
    int n = claim_runs_wanted(&claim, &r, 1);
    assert_true(power_equivalence(POWER_TWO_SAMPLE, 0.1 / sd, 1 / sd, n, 0.05) >= 0.8);
    assert_true(power_equivalence(POWER_TWO_SAMPLE, 0.1 / sd, 1 / sd, n - 1, 0.05) < 0.8);
}

static void a_share_takes_what_its_bound_says(void **state) {
    (void)state;
    Claim claim = claim_default(CLAIM_AT_LEAST);
    claim.share = true;
    claim.threshold = 0.5;
    Interval interval = proportion_interval(31, 50, 0.9);
    ClaimResult r = {.effect = 0.62, .low = interval.low, .high = interval.high, .runs_a = 50};
    int n = claim_runs_wanted(&claim, &r, 1);
    assert_true(power_share(0.62, 0.5, n, 0.05) >= 0.8 && n > 80 && n < 160);
    r.effect = 0.38;    // mirrored, at the level of a fail
    int to_fail = claim_runs_wanted(&claim, &r, 1);
    assert_true(power_share(0.62, 0.5, to_fail, 0.005) >= 0.8 && to_fail > n);
}

static void a_correlation_takes_what_its_error_says(void **state) {
    (void)state;
    Claim claim = claim_default(CLAIM_CORRELATES);
    ClaimResult r = {.effect = 0.4, .low = -0.1, .high = 0.7, .runs_a = 12};
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), power_correlation_size(0.4, 0, 0.8, 0.05));
    r.effect = -0.4;
    assert_int_equal(claim_runs_wanted(&claim, &r, 1), power_correlation_size(0.4, 0, 0.8, 0.005));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mean_takes_what_its_power_says),
        cmocka_unit_test(equivalence_counts_both_sides),
        cmocka_unit_test(a_share_takes_what_its_bound_says),
        cmocka_unit_test(a_correlation_takes_what_its_error_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
