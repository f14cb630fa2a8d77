// The kinds and tests of claims beyond means: bands, order, dominance, published results, digests, bounded values, relabelling,
// bets, several looks; each in all the verdicts that it can have.
#include "analysis/claims.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/bounded.h"
#include "analysis/effect.h"
#include "analysis/paired.h"
#include "analysis/proportion.h"
#include "analysis/sequential.h"
#include "analysis/two_sample.h"
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

static Claim claim_of(ClaimKind kind) {
    Claim claim = claim_default(kind);
    claim.fewest = 3;
    return claim;
}

static ClaimArm arm(const double *value, int n) {
    return (ClaimArm){.value = value, .n = n};
}

static void assert_allowed(const Claim *claim) {
    Error error = {""};
    if (!claim_check(claim, &error)) fail_msg("%s", error.message);
}

static void assert_refused(const Claim *claim, const char *word) {
    Error error = {""};
    assert_false(claim_check(claim, &error));
    if (!strstr(error.message, word)) fail_msg("message: %s", error.message);
}

static const double FIVE[] = {1, 2, 3, 4, 5};    // mean 3, se sqrt(0.5)

static void a_band_is_left_on_either_side(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_WITHIN);
    ClaimArm a = arm(FIVE, 5);
    Estimate e = estimate_mean(FIVE, 5);
    claim.band = (Interval){1, 5};
    assert_allowed(&claim);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.p, fmax(estimate_p(e, 1, ALTERNATIVE_GREATER), estimate_p(e, 5, ALTERNATIVE_LESS)));
    claim.band = (Interval){2, 5};    // the lower bound is 1.49
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "");
    assert_close(r.threshold, 2);
    claim.band = (Interval){-9, -1};
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_FAIL, "outside");
    assert_close(r.p_fail, estimate_p(e, -1, ALTERNATIVE_GREATER));
    claim.band = (Interval){8, 9};
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "outside");
    claim.band = (Interval){5, 1};
    assert_refused(&claim, "lower one first");
    claim.band.high = INFINITY;
    assert_refused(&claim, "finite");
}

// Dominance is Brunner and Munzel's interval on the logit, of two samples or of pairs.
static void dominance_depends_on_order_alone(void **state) {
    (void)state;
    const double x[] = {3, 5, 4, 8, 9, 7, 6, 10}, y[] = {1, 2, 5.5, 0, 3.5, 2.5, 4.5, 6.5};
    Claim claim = claim_of(CLAIM_DOMINATES);
    ClaimArm a = arm(x, 8), b = arm(y, 8);
    claim.threshold = 0.5;
    assert_allowed(&claim);
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_close(r.effect, superiority(x, 8, y, 8));
    Estimate logit = estimate_logit(superiority_estimate(x, 8, y, 8));
    assert_close(r.low, 1 / (1 + exp(-estimate_lower(logit, 0.05))));
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.cliff, 2 * r.effect - 1);
    claim.paired = true;
    assert_allowed(&claim);
    r = claim_judge(&claim, &a, &b);
    logit = estimate_logit(superiority_paired_estimate(x, y, 8));
    assert_close(r.low, 1 / (1 + exp(-estimate_lower(logit, 0.05))));
    assert_verdict(claim_judge(&claim, &b, &a), VERDICT_INCONCLUSIVE, "");
    claim.threshold = 0.99;
    assert_verdict(claim_judge(&claim, &b, &a), VERDICT_FAIL, "outside");
    claim.threshold = 1;
    assert_refused(&claim, "(0, 1)");
}

// Where the arms do not overlap there is no spread to estimate an error from: pair after pair is a trial, and all went one way.
static void arms_apart_are_judged_by_their_number(void **state) {
    (void)state;
    double far[20], near[20];
    for (int i = 0; i < 20; i++) {
        far[i] = 100 + i;
        near[i] = i;
    }
    Claim claim = claim_of(CLAIM_DOMINATES);
    claim.threshold = 0.5;
    for (int paired = 0; paired < 2; paired++) {
        claim.paired = paired == 1;
        ClaimArm a = arm(far, 20), b = arm(near, 20);
        ClaimResult r = claim_judge(&claim, &a, &b);
        assert_verdict(r, VERDICT_PASS, "inside");
        assert_close(r.low, proportion_lower(20, 20, 0.05));
        assert_verdict(claim_judge(&claim, &b, &a), VERDICT_FAIL, "outside");
        a.n = b.n = 4;
        assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "does not decide");    // 0.5^4 is above 0.05
    }
    // One task of two without an overlap does not spoil the other.
    const double x[] = {9, 8, 9, 7, 3, 5, 4, 8}, y[] = {1, 2, 1, 0, 1, 2, 5.5, 4.5};
    const int task[] = {0, 0, 0, 0, 1, 1, 1, 1};
    ClaimArm first = {.value = x, .stratum = task, .n = 8}, second = {.value = y, .stratum = task, .n = 8};
    claim.paired = false;
    ClaimResult both = claim_judge(&claim, &first, &second);
    assert_true(both.low > 0 && both.low < both.effect && both.high < 1);
    const double same[] = {1, 1, 1, 1};
    ClaimArm a = arm(same, 4), b = arm(same, 4);
    claim.paired = false;
    assert_verdict(claim_judge(&claim, &a, &b), VERDICT_INCONCLUSIVE, "neither arm varies");
}

// A pair of which one side is left out is left out on both: the others stay together.
static void a_dropped_run_takes_its_partner_along(void **state) {
    (void)state;
    double x[20], y[20], shorter_x[19], shorter_y[19];
    for (int i = 0; i < 20; i++) {
        x[i] = (i * 7) % 20;
        y[i] = (i * 7 + 3) % 20 + (i % 3 ? 0.5 : -2.5);
        if (i > 0) shorter_x[i - 1] = x[i], shorter_y[i - 1] = y[i];
    }
    Claim claim = claim_of(CLAIM_DOMINATES);
    claim.threshold = 0.2;
    claim.paired = true;
    claim.failed = FAILED_DROP;
    x[0] = NAN;
    ClaimArm a = arm(x, 20), b = arm(y, 20), c = arm(shorter_x, 19), d = arm(shorter_y, 19);
    ClaimResult r = claim_judge(&claim, &a, &b), expected = claim_judge(&claim, &c, &d);
    assert_close(r.p, expected.p);
    assert_true(r.runs_a == 19 && r.runs_b == 19 && r.failed == 1);
    claim.kind = CLAIM_SUPERIOR;
    claim.threshold = 0;
    r = claim_judge(&claim, &a, &b);
    expected = claim_judge(&claim, &c, &d);
    assert_close(r.p, expected.p);
    assert_true(r.runs_a == 19 && r.failed == 1);
}

static void tasks_share_a_dominance(void **state) {
    (void)state;
    const double x[] = {3, 5, 4, 8, 103, 105, 104, 108}, y[] = {1, 2, 5.5, 4.5, 101, 102, 105.5, 104.5};
    const int task[] = {0, 0, 0, 0, 1, 1, 1, 1};
    Claim claim = claim_of(CLAIM_DOMINATES);
    claim.threshold = 0.5;
    ClaimArm a = {.value = x, .stratum = task, .n = 8}, b = {.value = y, .stratum = task, .n = 8};
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_close(r.effect, superiority(x, 4, y, 4));    // both tasks are alike; values of different tasks do not meet
}

static void a_crashed_run_can_rank_last(void **state) {
    (void)state;
    const double x[] = {3, NAN, 4, 8, 9, 7}, y[] = {1, 2, 5.5, 0, 3.5, 2.5}, replaced[] = {3, -1, 4, 8, 9, 7};
    Claim claim = claim_of(CLAIM_DOMINATES);
    claim.threshold = 0.3;
    claim.failed = FAILED_RANK_WORST;
    assert_allowed(&claim);
    ClaimArm a = arm(x, 6), b = arm(y, 6), c = arm(replaced, 6);
    ClaimResult r = claim_judge(&claim, &a, &b), expected = claim_judge(&claim, &c, &b);
    assert_close(r.low, expected.low);
    assert_int_equal(r.failed, 1);
    claim.kind = CLAIM_SUPERIOR;
    claim.threshold = 0;
    assert_refused(&claim, "rank-worst");
    claim.failed = FAILED_WORST;
    assert_refused(&claim, "`worst`");
    claim.worst = 3;
    claim.bounds = (Interval){0, 1};
    assert_refused(&claim, "outside the bounds");
}

static void an_order_is_as_sure_as_its_weakest_pair(void **state) {
    (void)state;
    const double first[] = {9, 10, 11.5, 12}, second[] = {5, 6, 7, 8}, third[] = {4, 5, 6.5, 7};
    ClaimArm arms[] = {arm(first, 4), arm(second, 4), arm(third, 4)};
    Claim claim = claim_of(CLAIM_ORDERED), pair = claim_of(CLAIM_SUPERIOR);
    assert_allowed(&claim);
    ClaimResult r = claim_judge_order(&claim, arms, 3), weak = claim_judge(&pair, &arms[1], &arms[2]);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "the pair that decides is 2 and 3 of 3");
    assert_close(r.effect, weak.effect);
    assert_close(r.p, weak.p);
    claim.paired = true;    // the second leads the third by 1, 1, 0.5, 1
    r = claim_judge_order(&claim, arms, 3);
    assert_verdict(r, VERDICT_PASS, "inside");
    ClaimArm reversed[] = {arms[2], arms[1], arms[0]};
    r = claim_judge_order(&claim, reversed, 3);
    assert_verdict(r, VERDICT_FAIL, "outside");
    pair.paired = true;
    ClaimResult worst = claim_judge(&pair, &arms[1], &arms[0]), other = claim_judge(&pair, &arms[2], &arms[1]);
    assert_close(r.p_fail, 2 * fmin(worst.p_fail, other.p_fail));
    // A pair without any spread cannot pass, and does not hide another that fails.
    const double solved[] = {3, 3, 3, 3}, behind[] = {3, 3, 3, 3}, last[] = {9, 9.1, 9.2, 9.3};
    ClaimArm stuck[] = {arm(solved, 4), arm(behind, 4), arm(last, 4)};
    claim.paired = false;
    r = claim_judge_order(&claim, stuck, 3);
    assert_verdict(r, VERDICT_FAIL, "the pair that decides is 2 and 3 of 3");
    const double ahead[] = {1, 1.1, 1.2, 1.3}, broken[] = {3, NAN, 3, 3};
    stuck[2] = arm(ahead, 4);
    assert_verdict(claim_judge_order(&claim, stuck, 3), VERDICT_INCONCLUSIVE, "no spread");
    stuck[1] = arm(broken, 4);
    assert_int_equal(claim_judge_order(&claim, stuck, 3).failed, 1);
    claim.fail_below = -1;
    assert_refused(&claim, "fail_below");
}

static void a_trend_must_fall(void **state) {
    (void)state;
    const double slopes[] = {-1.2, -0.8, -1.1, -0.9};
    Claim claim = claim_of(CLAIM_TREND);
    claim.threshold = -0.5;
    assert_allowed(&claim);
    ClaimArm a = arm(slopes, 4);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.high, estimate_upper(estimate_mean(slopes, 4), 0.05));
    claim.threshold = -2;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "outside");
}

static void a_published_mean_is_reproduced_within_a_margin(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_REPRODUCES);
    claim.threshold = 1;
    assert_refused(&claim, "published mean");
    claim.published = (Published){3.1, 0.2, 16};
    assert_allowed(&claim);
    double ours[20];
    for (int i = 0; i < 20; i++) ours[i] = 3 + (i % 2 ? 0.4 : -0.4);
    ClaimArm a = arm(ours, 20);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_PASS, "inside");
    Estimate theirs = {3.1, 0.2 / 4, 15};
    assert_close(r.low, estimate_lower(estimate_difference(estimate_mean(ours, 20), theirs), 0.05));
    claim.published.mean = 7;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "outside");
    // Without their spread it may be refuted, never confirmed.
    claim.published = (Published){3, NAN, 0};
    assert_allowed(&claim);
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "cannot pass");
    claim.published.mean = 12;
    r = claim_judge(&claim, &a, NULL);
    assert_verdict(r, VERDICT_FAIL, "outside");
    double sd = sqrt(0.16 * 20 / 19);
    assert_close(r.high - r.low, 2 * 1.7291328115 * sd * sqrt(1.0 / 20 + 1));    // t with 19 degrees
    claim.published = (Published){3, 0.2, 1};
    assert_refused(&claim, "2 runs");
}

static void digests_are_equal_or_not(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_BITWISE);
    assert_allowed(&claim);
    assert_verdict(claim_judge_digests(&claim, 10, 0, 0), VERDICT_PASS, "all 10");
    assert_verdict(claim_judge_digests(&claim, 9, 1, 0), VERDICT_FAIL, "1 of 10");
    assert_verdict(claim_judge_digests(&claim, 9, 0, 1), VERDICT_INCONCLUSIVE, "1 of 10");
    assert_verdict(claim_judge_digests(&claim, 0, 0, 0), VERDICT_INCONCLUSIVE, "missing");
}

static void what_is_described_has_no_verdict(void **state) {
    (void)state;
    const double with_gap[] = {1, NAN, 2, 3};
    Claim claim = claim_of(CLAIM_DESCRIBED);
    ClaimArm a = arm(with_gap, 4);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_int_equal(r.verdict, VERDICT_DESCRIBED);
    assert_close(r.effect, 2);
    assert_true(r.runs_a == 3 && r.failed == 1 && isnan(r.threshold));
    a.n = 1;    // one run: a number without an interval
    r = claim_judge(&claim, &a, NULL);
    assert_true(r.effect == 1 && isnan(r.low));
    a.n = 0;
    r = claim_judge(&claim, &a, NULL);
    assert_true(isnan(r.effect) && r.runs_a == 0);
}

// ---- other evidence ----

static void values_in_bounds_need_no_spread(void **state) {
    (void)state;
    const double solved[] = {1, 1, 1, 1, 1, 1};
    Claim claim = claim_default(CLAIM_AT_LEAST);
    claim.test = TEST_BOUNDED;
    claim.threshold = 0.6;
    assert_refused(&claim, "needs the bounds");
    claim.bounds = (Interval){0, 1};
    assert_allowed(&claim);
    ClaimArm a = arm(solved, 6);
    ClaimResult r = claim_judge(&claim, &a, NULL);    // t would have had no spread to judge by, and six runs are below `fewest`
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_close(r.low, proportion_lower(6, 6, 0.05));
    claim.threshold = 0.61;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "");
    // Runs of one seed are one value: their mean.
    const double pairs[] = {1, 0.5, 1, 0.5, 1, 0.5};
    const int seed[] = {0, 0, 1, 1, 2, 2};
    a = (ClaimArm){.value = pairs, .block = seed, .n = 6};
    const double means[] = {0.75, 0.75, 0.75};
    r = claim_judge(&claim, &a, NULL);
    assert_close(r.low, bounded_lower(means, 3, 0, 1, 0.05));
    const double outside[] = {0.5, 1.5};
    a = arm(outside, 2);
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "outside the bounds");
    claim.kind = CLAIM_SUPERIOR;
    assert_refused(&claim, "without pairs");
    claim.paired = true;
    assert_allowed(&claim);
}

static void relabelling_judges_differences(void **state) {
    (void)state;
    const double x[] = {3.1, 4.2, 5.3, 6.1, 4.9}, y[] = {1.2, 2.0, 2.9, 1.6, 2.4};
    Claim claim = claim_of(CLAIM_SUPERIOR);
    claim.test = TEST_PERMUTATION;
    assert_allowed(&claim);
    ClaimArm a = arm(x, 5), b = arm(y, 5);
    ClaimResult r = claim_judge(&claim, &a, &b);
    assert_close(r.p, 1.0 / 252);    // all of x lie above all of y: the most extreme of C(10, 5)
    assert_verdict(r, VERDICT_PASS, "inside");
    assert_true(r.low > 0 && r.low < r.effect && r.high > r.effect);
    // The bound is where the p-value crosses the level.
    claim.threshold = r.low - 1e-6;
    assert_true(claim_judge(&claim, &a, &b).p < 0.05);
    claim.threshold = r.low + 1e-6;
    assert_true(claim_judge(&claim, &a, &b).p >= 0.05);
    claim.threshold = 0;
    claim.paired = true;
    r = claim_judge(&claim, &a, &b);
    assert_close(r.p, 1.0 / 32);
    // Five pairs cannot reach the strict level, and no bound is below 0.005.
    assert_true(isinf(r.fail_high));
    claim.kind = CLAIM_AT_LEAST;
    claim.paired = false;
    assert_refused(&claim, "permutation does not fit");
}

static void a_bet_is_valid_whenever_one_looks(void **state) {
    (void)state;
    double wins[20], wealth[20];
    for (int i = 0; i < 20; i++) wins[i] = i % 10 ? 1 : 0;    // 18 of 20
    Claim claim = claim_default(CLAIM_AT_LEAST);
    claim.test = TEST_BETTING;
    claim.bounds = (Interval){0, 1};
    claim.threshold = 0.4;
    assert_allowed(&claim);
    ClaimArm a = arm(wins, 20);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    eprocess_mixture(wins, 20, 0.4, ALTERNATIVE_GREATER, wealth);
    double most = 1;
    for (int i = 0; i < 20; i++) most = fmax(most, wealth[i]);
    assert_close(r.p, 1 / most);
    assert_verdict(r, VERDICT_PASS, "inside");
    claim.looks = (ClaimLooks){.count = 2, .look = 0, .fraction = {0.5, 1}};    // no boundary is needed
    assert_close(claim_judge(&claim, &a, NULL).p, 1 / most);
    claim.threshold = 1.2;
    claim.looks.count = 0;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_FAIL, "");    // a mean cannot exceed what a value can be
}

static void an_estimate_without_an_error_decides_nothing(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_NONINFERIOR);
    claim.threshold = 1;
    ClaimResult r = claim_judge_estimate(&claim, (Estimate){-5, 0.5, NAN}, 10, 10);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "no p-value");
    r = claim_judge_estimate(&claim, (Estimate){-5, 0.5, 30}, 10, 10);
    assert_verdict(r, VERDICT_FAIL, "outside");
}

// Shuffled runs have no correlation: that is no null for a claim that it is not very negative.
static void a_negative_threshold_needs_no_shuffle(void **state) {
    (void)state;
    enum { MANY = 200 };
    double x[MANY], y[MANY];
    Rng rng = rng_stream(5, RNG_TEST, 0);
    for (int i = 0; i < MANY; i++) {
        x[i] = rng_uniform(&rng);
        y[i] = rng_uniform(&rng);
    }
    Claim claim = claim_of(CLAIM_CORRELATES);
    claim.threshold = -0.5;
    ClaimArm a = {.value = x, .other = y, .n = MANY};
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_PASS, "inside");
    claim.threshold = 0;
    assert_verdict(claim_judge(&claim, &a, NULL), VERDICT_INCONCLUSIVE, "");
}

// ---- several looks ----

static void looks_pay_for_themselves(void **state) {
    (void)state;
    Claim once = claim_of(CLAIM_AT_LEAST), looking = once;
    once.threshold = looking.threshold = 1.2;
    looking.looks = (ClaimLooks){.count = 5, .look = 1, .fraction = {1.0 / 3, 0.5, 2.0 / 3, 5.0 / 6, 1}};
    ClaimArm a = arm(FIVE, 5);
    ClaimResult single = claim_judge(&once, &a, NULL), early = claim_judge(&looking, &a, NULL);
    assert_verdict(single, VERDICT_PASS, "");
    assert_verdict(early, VERDICT_INCONCLUSIVE, "");    // O'Brien and Fleming spare the level for the end
    assert_close(early.p, sequential_p(SEQUENTIAL_OBRIEN_FLEMING, looking.looks.fraction, 5, 1, sequential_z(single.p)));
    assert_true(early.low < single.low && early.high > single.high);
    // The interval is the one whose bound crosses the threshold when p crosses the level.
    looking.threshold = early.low - 1e-6;
    assert_true(claim_judge(&looking, &a, NULL).p < 0.05);
    looking.threshold = early.low + 1e-6;
    assert_true(claim_judge(&looking, &a, NULL).p > 0.05);
}

static void what_was_seen_stays_seen(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_AT_LEAST);
    claim.looks = (ClaimLooks){.count = 2, .look = 1, .fraction = {0.5, 1}};
    claim.threshold = 2.9;
    ClaimArm a = arm(FIVE, 5);
    ClaimResult r = claim_judge(&claim, &a, NULL);
    assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
    ClaimSeen seen = {0.01, 1};    // an earlier look had passed
    claim_remember(&claim, &r, &seen);
    assert_verdict(r, VERDICT_PASS, "decided at an earlier look");
    assert_close(r.p, 0.01);
    ClaimArm few = arm(FIVE, 2);    // what cannot be judged now is not decided by what was seen
    r = claim_judge(&claim, &few, NULL);
    claim_remember(&claim, &r, &seen);
    assert_verdict(r, VERDICT_INCONCLUSIVE, "at least 3");
    seen = (ClaimSeen){1, 1};
    r = claim_judge(&claim, &a, NULL);
    double p = r.p;
    claim_remember(&claim, &r, &seen);
    assert_close(seen.p, p);
    assert_int_equal(r.verdict, VERDICT_INCONCLUSIVE);
}

// ---- families and how many runs ----

static void families_are_corrected_apart(void **state) {
    (void)state;
    Claim claims[4];
    ClaimResult results[4];
    static const char *const families[] = {"one", "two", "one", "two"};
    for (int i = 0; i < 4; i++) {
        claims[i] = claim_of(i == 3 ? CLAIM_BITWISE : CLAIM_AT_LEAST);
        claims[i].family = families[i];
        results[i] = (ClaimResult){.verdict = VERDICT_PASS, .p = 0.03, .p_fail = 1};
    }
    claims_settle(claims, results, 4);
    assert_int_equal(results[0].verdict, VERDICT_INCONCLUSIVE);    // two of 0.03
    assert_int_equal(results[2].verdict, VERDICT_INCONCLUSIVE);
    assert_int_equal(results[1].verdict, VERDICT_PASS);    // alone: a comparison of digests is no test
    assert_int_equal(results[3].verdict, VERDICT_PASS);
    assert_close(results[0].p_adjusted, 0.06);
    assert_close(results[1].p_adjusted, 0.03);
}

static void needed_runs_are_the_fewest_that_can_pass(void **state) {
    (void)state;
    Claim claim = claim_of(CLAIM_AT_LEAST);
    claim.share = true;
    claim.threshold = 0.5;
    for (int family = 1; family <= 6; family += 5) {
        int n = claim_runs_needed(&claim, family);
        assert_true(proportion_p(n, n, 0.5, ALTERNATIVE_GREATER) < 0.05 / family);
        assert_true(!(proportion_p(n - 1, n - 1, 0.5, ALTERNATIVE_GREATER) < 0.05 / family));
    }
    claim.threshold = 1;
    assert_true(claim_runs_needed(&claim, 1) == INT32_MAX);    // a share cannot exceed 1
    claim = claim_default(CLAIM_SUPERIOR);
    assert_int_equal(claim_runs_needed(&claim, 1), 10);
    claim.fewest = 2;
    claim.test = TEST_PERMUTATION;
    assert_int_equal(claim_runs_needed(&claim, 1), 4);     // 1 / C(8, 4) = 1 / 70; 1 / C(6, 3) = 0.05 is not below
    assert_int_equal(claim_runs_needed(&claim, 20), 6);    // 1 / 924 < 0.0025
    claim.paired = true;
    assert_int_equal(claim_runs_needed(&claim, 1), 5);
    claim = claim_of(CLAIM_CORRELATES);
    claim.threshold = 0.5;
    int n = claim_runs_needed(&claim, 1);
    double x[64];
    for (int i = 0; i < 64; i++) x[i] = i;
    ClaimArm a = {.value = x, .other = x, .n = n};
    assert_int_equal(claim_judge(&claim, &a, NULL).verdict, VERDICT_PASS);
    a.n = n - 1;
    assert_int_equal(claim_judge(&claim, &a, NULL).verdict, VERDICT_INCONCLUSIVE);
    claim.kind = CLAIM_BITWISE;
    assert_int_equal(claim_runs_needed(&claim, 9), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_band_is_left_on_either_side),
        cmocka_unit_test(dominance_depends_on_order_alone),
        cmocka_unit_test(arms_apart_are_judged_by_their_number),
        cmocka_unit_test(a_dropped_run_takes_its_partner_along),
        cmocka_unit_test(tasks_share_a_dominance),
        cmocka_unit_test(a_crashed_run_can_rank_last),
        cmocka_unit_test(an_order_is_as_sure_as_its_weakest_pair),
        cmocka_unit_test(a_trend_must_fall),
        cmocka_unit_test(a_published_mean_is_reproduced_within_a_margin),
        cmocka_unit_test(digests_are_equal_or_not),
        cmocka_unit_test(what_is_described_has_no_verdict),
        cmocka_unit_test(values_in_bounds_need_no_spread),
        cmocka_unit_test(relabelling_judges_differences),
        cmocka_unit_test(a_bet_is_valid_whenever_one_looks),
        cmocka_unit_test(an_estimate_without_an_error_decides_nothing),
        cmocka_unit_test(a_negative_threshold_needs_no_shuffle),
        cmocka_unit_test(looks_pay_for_themselves),
        cmocka_unit_test(what_was_seen_stays_seen),
        cmocka_unit_test(families_are_corrected_apart),
        cmocka_unit_test(needed_runs_are_the_fewest_that_can_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
