// The decision rules: every kind in every verdict against bounds written out here, the guards, the family, the exit status.
#include "analysis/claims.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/correlation.h"
#include "core/rng.h"

static void assert_close(double found, double expected) {
    if (!(fabs(found - expected) <= 1e-9 + 1e-7 * fabs(expected))) {
        fail_msg("found %.17g, expected %.17g", found, expected);
    }
}

static void assert_verdict(ClaimResult result, Verdict verdict, const char *word) {
    if (result.verdict != verdict || !strstr(result.reason, word)) {
        fail_msg("%s (%s), expected %s with '%s'", verdict_names[result.verdict], result.reason, verdict_names[verdict], word);
    }
}

// Five runs: mean 3, sd sqrt(2.5), se sqrt(0.5); t quantiles with 4 degrees from tables: 2.1318468 and 4.6040949.
static const double FIVE[] = {1, 2, 3, 4, 5};
static const double T_PASS = 2.13184678632665, T_FAIL = 4.60409487135, SE = 0.70710678118654752;

// Few runs, so that bounds can be written out by hand; the default asks for ten.
static Claim claim_of(ClaimKind kind) {
    Claim claim = claim_default(kind);
    claim.fewest = 3;
    return claim;
}

static ClaimArm arm(const double *value, int n) {
    return (ClaimArm){.value = value, .n = n};
}

static ClaimResult judge_mean(ClaimKind kind, double threshold) {
    Claim claim = claim_of(kind);
    claim.threshold = threshold;
    ClaimArm a = arm(FIVE, 5);
    assert_true(claim_check(&claim, NULL));
    return claim_judge(&claim, &a, NULL);
}

static void means_follow_their_bounds(void **state) {
    (void)state;
    double low = 3 - T_PASS * SE, high = 3 + T_PASS * SE, strict_low = 3 - T_FAIL * SE, strict_high = 3 + T_FAIL * SE;
    ClaimResult r = judge_mean(CLAIM_AT_LEAST, low - 0.01);
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.effect, 3);
    assert_close(r.low, low);
    assert_close(r.high, high);
    assert_close(r.fail_low, strict_low);
    assert_close(r.fail_high, strict_high);
    assert_close(r.margin, 0.01 / SE);
    assert_true(r.p < 0.05 && r.p > 0.048 && r.runs_a == 5 && r.failed == 0);
    r = judge_mean(CLAIM_AT_LEAST, low + 0.01);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "does not decide");
    assert_close(r.margin, 0.01 / SE);
    // Above the 90 % interval, yet not above the stricter bound that may fail.
    assert_verdict(judge_mean(CLAIM_AT_LEAST, high + 0.01), VERDICT_INCONCLUSIVE, "does not decide");
    assert_verdict(judge_mean(CLAIM_AT_LEAST, strict_high - 0.01), VERDICT_INCONCLUSIVE, "");
    r = judge_mean(CLAIM_AT_LEAST, strict_high + 0.01);
    assert_verdict(r, VERDICT_FAIL, "outside");
    assert_close(r.margin, 0.01 / SE);
    assert_true(r.p_fail < 0.005 && r.p > 0.99);
    assert_verdict(judge_mean(CLAIM_AT_MOST, high + 0.01), VERDICT_PASS, "inside");
    assert_verdict(judge_mean(CLAIM_AT_MOST, high - 0.01), VERDICT_INCONCLUSIVE, "");
    assert_verdict(judge_mean(CLAIM_AT_MOST, strict_low + 0.01), VERDICT_INCONCLUSIVE, "");
    assert_verdict(judge_mean(CLAIM_AT_MOST, strict_low - 0.01), VERDICT_FAIL, "outside");
}

static void fail_below_opens_a_gap(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_AT_LEAST);
    ClaimArm a = arm(FIVE, 5);
    claim.threshold = 3 + T_FAIL * SE + 1;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "");
    claim.fail_below = 3 + T_FAIL * SE - 0.01;
    assert_true(claim_check(&claim, NULL));
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "");
    claim.fail_below = 3 + T_FAIL * SE + 0.01;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "");
}

// 10 of 10: lower bound 0.05^(1/10) = 0.7411; 0 of 10: strict upper bound 1 - 0.005^(1/10) = 0.4113.
static void shares_follow_clopper_pearson(void **state) {
    (void)state;
    double solved[] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, unsolved[10] = {0};
    ClaimArm all = arm(solved, 10), none = arm(unsolved, 10);
    Claim claim = claim_of(CLAIM_AT_LEAST);
    claim.share = true;
    claim.threshold = 0.74;
    ClaimResult r = claim_judge(&claim, &all, NULL);
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.effect, 1);
    assert_close(r.low, pow(0.05, 0.1));
    assert_close(r.high, 1);
    assert_close(r.p, pow(0.74, 10));
    claim.threshold = 0.742;
    assert_verdict(claim_judge(&claim, &all, NULL), VERDICT_INCONCLUSIVE, "");
    claim.threshold = 0.411;
    assert_verdict(claim_judge(&claim, &none, NULL), VERDICT_INCONCLUSIVE, "");
    claim.threshold = 0.412;
    r = claim_judge(&claim, &none, NULL);
    assert_verdict(r, VERDICT_FAIL, "outside");
    assert_close(r.fail_high, 1 - pow(0.005, 0.1));
    claim.kind = CLAIM_AT_MOST;
    claim.threshold = 0.26;    // upper bound of none of ten: 0.2589
    assert_verdict(claim_judge(&claim, &none, NULL), VERDICT_PASS, "");
    solved[3] = 0.5;
    assert_verdict(claim_judge(&claim, &all, NULL), VERDICT_INCONCLUSIVE, "0 or 1");
}

static void arms_are_compared_by_welch_or_in_pairs(void **state) {
    (void)state;
    const double other[] = {0.1, 0.9, 2.1, 2.9, 4.2};    // FIVE minus this: 0.9, 1.1, 0.9, 1.1, 0.8
    ClaimArm a = arm(FIVE, 5), b = arm(other, 5);
    Claim claim = claim_of(CLAIM_SUPERIOR);
    claim.threshold = 0.5;
    Estimate welch = estimate_difference(estimate_mean(FIVE, 5), estimate_mean(other, 5));
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "");
    assert_close(r.effect, 0.96);
    assert_close(r.low, estimate_lower(welch, 0.05));
    assert_close(r.p, estimate_p(welch, 0.5, ALTERNATIVE_GREATER));
    assert_true(r.runs_a == 5 && r.runs_b == 5);
    claim.paired = true;
    r = claim_judge(&claim, &a, &b);
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.effect, 0.96);
    double se = sqrt(0.018 / 5);    // the differences have variance 0.072 / 4
    assert_close(r.low, 0.96 - T_PASS * se);
    assert_true(r.runs_a == 5 && r.runs_b == 0);
    claim.threshold = 0.96 + T_FAIL * se + 0.001;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_FAIL, "");
    claim.kind = CLAIM_NONINFERIOR;
    claim.threshold = 0.1;
    assert_verdict(claim_judge(&claim, &b, &a), VERDICT_FAIL, "");
    claim.threshold = 1.2;
    assert_verdict(claim_judge(&claim, &b, &a), VERDICT_PASS, "");
}

static void equivalence_is_shown_never_assumed(void **state) {
    (void)state;
    const double other[] = {1.1, 1.9, 3.1, 3.9, 5.1};
    ClaimArm a = arm(FIVE, 5), b = arm(other, 5);
    Claim claim = claim_of(CLAIM_EQUIVALENT);
    claim.threshold = 0.5;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "does not decide");    // no difference found: not enough
    claim.paired = true;
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_verdict(r, VERDICT_PASS, "");
    const double difference[] = {-0.1, 0.1, -0.1, 0.1, -0.1};
    Estimate e = estimate_mean(difference, 5);    // TOST: the larger of the two one-sided p
    assert_close(r.p, fmax(estimate_p(e, -0.5, ALTERNATIVE_GREATER), estimate_p(e, 0.5, ALTERNATIVE_LESS)));
    assert_true(r.low > -0.5 && r.high < 0.5);
    const double shifted[] = {3.1, 3.9, 5.1, 5.9, 7.1};
    b = arm(shifted, 5);
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_FAIL, "");
    assert_verdict(claim_judge(&claim, &b, &a), VERDICT_FAIL, "");
}

static void correlations_need_bound_and_shuffle(void **state) {
    (void)state;
    enum { N = 16 };
    double x[N], y[N], pooled[N];
    int cell[N];
    for (int i = 0; i < N; i++) {
        x[i] = i;
        y[i] = (i ^ 1) + 0.25 * (i % 3);
        cell[i] = i / 4;
        pooled[i] = 10 * cell[i] + (i % 2 ? 3 - i % 4 : i % 4 + 0.5);
    }
    Claim claim = claim_of(CLAIM_CORRELATES);
    ClaimArm a = {.value = x, .other = y, .n = N};
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_PASS, "");
    double rho = spearman(x, y, N);
    assert_close(r.effect, rho);
    assert_close(r.low, tanh(estimate_interval(spearman_estimate(rho, N), 0.9).low));
    assert_close(r.fail_high, tanh(estimate_interval(spearman_estimate(rho, N), 0.99).high));
    assert_true(r.p_shuffled < 0.001 && r.p >= r.p_shuffled);
    claim.threshold = 0.998;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "outside");
    claim.threshold = 0.95;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "does not decide");
    // Only the cells differ: the interval is far above 0, the shuffle inside cells does as well.
    claim.threshold = 0;
    a = (ClaimArm){.value = x, .other = pooled, .stratum = cell, .n = N};
    r = claim_judge(&claim, &a, NULL);
    assert_true(r.low > 0.5 && r.p_shuffled > 0.05);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "shuffled");
    a.stratum = NULL;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_PASS, "");
    // The same claim twice gives the same p, another seed another one.
    claim.permutations = 200;
    a.stratum = cell;
    double p = claim_judge(&claim, &a, NULL).p_shuffled;
    assert_true(claim_judge(&claim, &a, NULL).p_shuffled == p);
    claim.seed = 1;
    assert_true(claim_judge(&claim, &a, NULL).p_shuffled != p);
    double constant[N] = {0};
    a = (ClaimArm){.value = x, .other = constant, .n = N};
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "same in all runs");
}

static void tasks_are_averaged_and_must_match(void **state) {
    (void)state;
    const double x[] = {1, 1.2, 0.8, 11, 11.3, 10.7}, y[] = {0.5, 0.6, 0.4, 10, 10.1, 9.9};
    const int task[] = {0, 0, 0, 1, 1, 1}, apart[] = {0, 0, 0, 2, 2, 2}, lonely[] = {0, 0, 0, 0, 0, 1};
    ClaimArm a = {.value = x, .stratum = task, .n = 6}, b = {.value = y, .stratum = task, .n = 6};
    Claim claim = claim_of(CLAIM_SUPERIOR);
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_verdict(r, VERDICT_PASS, "");
    assert_close(r.effect, 0.75);
    Estimate expected = estimate_difference(estimate_stratified(x, task, 6), estimate_stratified(y, task, 6));
    assert_close(r.low, estimate_lower(expected, 0.05));
    b.stratum = apart;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "task 1 has no runs in b");
    b.stratum = NULL;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "has not");
    a.stratum = lonely;
    b.stratum = lonely;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "single run");
}

static void too_little_is_inconclusive(void **state) {
    (void)state;
    const double broken[] = {5, NAN, 6, INFINITY, 7, 5.5}, constant[] = {2, 2, 2, 2};
    const bool failed[] = {false, true, false, false, false};
    Claim claim = claim_of(CLAIM_AT_LEAST);
    ClaimArm a = arm(FIVE, 2);
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "at least 3");
    a = arm(FIVE, 0);
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "at least 3");
    a = arm(broken, 6);
    claim.failed = FAILED_DROP;
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "4 of 6");
    claim.failed = FAILED_ERROR;
    assert_true(r.failed == 2 && r.p == 1 && isnan(r.effect) && isnan(r.low));
    a = (ClaimArm){.value = FIVE, .failed = failed, .n = 5};    // four of five: just enough
    claim.threshold = -5;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE,
                   "broke down");    // by default it is not left out silently
    claim.failed = FAILED_DROP;
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_PASS, "");
    assert_true(r.runs_a == 4 && r.failed == 1);
    assert_close(r.effect, 13.0 / 4);
    claim.failed = FAILED_WORST;
    claim.worst = -7;    // the failed run gets the worst score
    r = claim_judge(&claim, &a, NULL);
    assert_true(r.runs_a == 5 && r.failed == 1);
    assert_close(r.effect, 6.0 / 5);
    claim.failed = FAILED_ERROR;
    a = arm(constant, 4);
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "no spread");
    assert_close(r.effect, 2);
    claim.kind = CLAIM_SUPERIOR;
    claim.threshold = 0;
    ClaimArm b = arm(FIVE, 2);
    a = arm(FIVE, 5);
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "at least 3");
}

// Three claims that pass alone at p = 0.01, 0.02, 0.04: Holm makes 0.03, 0.04, 0.04 of them; with a fourth that
// could not be judged 0.04, 0.06, 0.08.
static void holm_takes_back_what_does_not_survive(void **state) {
    (void)state;
    Claim claims[4];
    ClaimResult results[4];
    const double p[] = {0.01, 0.02, 0.04, 1};
    for (int i = 0; i < 4; i++) {
        claims[i] = claim_of(CLAIM_AT_LEAST);
        results[i] = (ClaimResult){.verdict = i < 3 ? VERDICT_PASS : VERDICT_INCONCLUSIVE, .p = p[i], .p_fail = 1};
    }
    claims_settle(claims, results, 3);
    for (int i = 0; i < 3; i++) assert_int_equal(results[i].verdict, VERDICT_PASS);
    assert_close(results[0].p_adjusted, 0.03);
    claims_settle(claims, results, 4);
    assert_int_equal(results[0].verdict, VERDICT_PASS);
    assert_close(results[0].p_adjusted, 0.04);
    assert_verdict(results[1], VERDICT_INCONCLUSIVE, "Holm");
    assert_close(results[2].p_adjusted, 0.08);
    assert_close(results[2].p, 0.04);
    assert_verdict(results[2], VERDICT_INCONCLUSIVE, "pass alone");
    // Fails are corrected among themselves, at their own level.
    ClaimResult fails[] = {{.verdict = VERDICT_FAIL, .p = 1, .p_fail = 0.004},
                           {.verdict = VERDICT_FAIL, .p = 1, .p_fail = 0.001}};
    claims_settle(claims, fails, 1);
    assert_int_equal(fails[0].verdict, VERDICT_FAIL);
    claims_settle(claims, fails, 2);
    assert_int_equal(fails[0].verdict, VERDICT_FAIL);
    assert_close(fails[1].p_fail_adjusted, 0.002);
    ClaimResult more[] = {fails[0], {.verdict = VERDICT_INCONCLUSIVE, .p = 0.2, .p_fail = 0.8}};
    claims_settle(claims, more, 2);
    assert_verdict(more[0], VERDICT_INCONCLUSIVE, "fail alone");
    claims_settle(claims, more, 0);
}

static int status_of(ClaimExpectation expect, Verdict verdict) {
    Claim claims[] = {claim_of(CLAIM_AT_LEAST), claim_of(CLAIM_AT_LEAST)};
    ClaimResult results[] = {{.verdict = VERDICT_PASS}, {.verdict = verdict}};
    claims[1].expect = expect;
    return claims_exit_status(claims, results, 2);
}

static void exit_status_follows_expectations(void **state) {
    (void)state;
    assert_int_equal(status_of(EXPECT_PASS, VERDICT_PASS), 0);
    assert_int_equal(status_of(EXPECT_PASS, VERDICT_FAIL), 1);
    assert_int_equal(status_of(EXPECT_PASS, VERDICT_INCONCLUSIVE), 3);
    assert_int_equal(status_of(EXPECT_FAIL, VERDICT_FAIL), 0);
    assert_int_equal(status_of(EXPECT_FAIL, VERDICT_PASS), 1);
    assert_int_equal(status_of(EXPECT_FAIL, VERDICT_INCONCLUSIVE), 3);
    for (int v = 0; v < VERDICT_COUNT; v++) assert_int_equal(status_of(EXPECT_OPEN, (Verdict)v), 0);
    // A contradiction outweighs what is undecided.
    Claim claims[] = {claim_of(CLAIM_AT_LEAST), claim_of(CLAIM_AT_LEAST)};
    const ClaimResult results[] = {{.verdict = VERDICT_INCONCLUSIVE}, {.verdict = VERDICT_FAIL}};
    assert_int_equal(claims_exit_status(claims, results, 2), 1);
    claims[0].expect = EXPECT_OPEN;
    const ClaimResult pass = {.verdict = VERDICT_PASS};
    assert_true(claim_promotable(&claims[0], &pass) && !claim_promotable(&claims[1], &pass));
    assert_false(claim_promotable(&claims[0], &results[0]));
}

static void assert_refused(Claim claim, const char *word) {
    Error error = {""};
    claim.id = "b1";
    assert_false(claim_check(&claim, &error));
    if (!strstr(error.message, word) || !strstr(error.message, "b1")) fail_msg("message: %s", error.message);
}

static void nonsense_is_refused_before_any_data(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_EQUIVALENT);
    assert_refused(claim, "above 0");
    claim.threshold = NAN;
    assert_refused(claim, "finite");
    claim = claim_of(CLAIM_SUPERIOR);
    claim.threshold = -1;
    assert_refused(claim, "noninferior");
    claim.threshold = 0;
    claim.share = true;
    assert_refused(claim, "at_least, at_most and within");
    claim = claim_of(CLAIM_AT_LEAST);
    claim.paired = true;
    assert_refused(claim, "pairing");
    claim.paired = false;
    claim.level_fail = 0.7;
    assert_refused(claim, "level_fail");
    claim = claim_of(CLAIM_AT_LEAST);
    claim.fail_below = 1;
    assert_refused(claim, "fail_below");
    claim.kind = CLAIM_AT_MOST;
    assert_refused(claim, "fail_below");
    claim = claim_of(CLAIM_AT_LEAST);
    claim.share = true;
    claim.threshold = 80;
    assert_refused(claim, "0..1");
    claim.threshold = 0.8;
    claim.failed = FAILED_WORST;
    assert_refused(claim, "0 or 1");
    claim.worst = -1;
    assert_refused(claim, "0 or 1");
    claim.failed = FAILED_ERROR;
    claim.fail_below = -0.1;
    assert_refused(claim, "above 0");
    claim = claim_of(CLAIM_CORRELATES);
    claim.threshold = 1;
    assert_refused(claim, "(-1, 1)");
    claim.threshold = 0;
    claim.permutations = 0;
    assert_refused(claim, "permutations");
    claim.permutations = 1;
    claim.failed = FAILED_WORST;
    claim.worst = 0;
    assert_refused(claim, "has no pair");
}

// Levels as promised: at the boundary, at_least passes wrongly in 5 % and fails wrongly in 0.5 % of normal-like samples.
static void levels_hold_at_the_boundary(void **state) {
    (void)state;
    enum { SETS = 4000, N = 10 };
    Rng rng = rng_stream(17, RNG_TEST, 2);
    int passed = 0, failed = 0;
    Claim claim = claim_of(CLAIM_AT_LEAST);
    for (int s = 0; s < SETS; s++) {
        double value[N];
        for (int i = 0; i < N; i++) {
            value[i] = -3;
            for (int k = 0; k < 6; k++) value[i] += rng_uniform(&rng);    // mean 0, near normal
        }
        ClaimArm a = arm(value, N);
        Verdict verdict = claim_judge(&claim, &a, NULL).verdict;
        passed += verdict == VERDICT_PASS;
        failed += verdict == VERDICT_FAIL;
    }
    // Binomial(4000, 0.05) and (4000, 0.005) at four standard deviations; the seed is fixed.
    assert_in_range(passed, 145, 255);
    assert_in_range(failed, 3, 38);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_follow_their_bounds),
        cmocka_unit_test(fail_below_opens_a_gap),
        cmocka_unit_test(shares_follow_clopper_pearson),
        cmocka_unit_test(arms_are_compared_by_welch_or_in_pairs),
        cmocka_unit_test(equivalence_is_shown_never_assumed),
        cmocka_unit_test(correlations_need_bound_and_shuffle),
        cmocka_unit_test(tasks_are_averaged_and_must_match),
        cmocka_unit_test(too_little_is_inconclusive),
        cmocka_unit_test(holm_takes_back_what_does_not_survive),
        cmocka_unit_test(exit_status_follows_expectations),
        cmocka_unit_test(nonsense_is_refused_before_any_data),
        cmocka_unit_test(levels_hold_at_the_boundary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
