// What a claim may say, before any data: names, defaults, what fits which kind, and how many runs it takes.
#include <math.h>

#include "analysis/claim_rules.h"
#include "analysis/correlation.h"
#include "analysis/power.h"

const char *const claim_kind_names[CLAIM_KIND_COUNT + 1] = {"at_least",   "at_most",   "within",     "superior", "noninferior",
                                                            "equivalent", "dominates", "correlates", "ordered",  "trend",
                                                            "reproduces", "bitwise",   "described",  NULL};
const char *const claim_test_names[CLAIM_TEST_COUNT + 1] = {"default", "t", "bounded", "permutation", "betting", NULL};
const char *const failed_policy_names[FAILED_POLICY_COUNT + 1] = {"error", "worst", "rank-worst", "drop", NULL};
const char *const claim_expectation_names[EXPECTATION_COUNT + 1] = {"pass", "fail", "open", NULL};
const char *const verdict_names[VERDICT_COUNT + 1] = {"pass", "fail", "inconclusive", "described", NULL};

enum { FEWEST_RUNS = 10, FEWEST_PAIRS_OF_RANKS = 4 };

Claim claim_default(ClaimKind kind) {
    return (Claim){
        .id = "",
        .kind = kind,
        .band = {NAN, NAN},
        .fail_below = NAN,
        .bounds = {NAN, NAN},
        .published = {NAN, NAN, 0},
        .worst = NAN,
        .fewest = FEWEST_RUNS,
        .level_pass = 0.05,
        .level_fail = 0.005,
        .family = "",
        .permutations = 10000,
        .expect = EXPECT_PASS,
    };
}

// ---- what fits which kind ----

bool claim_has_two_arms(ClaimKind kind) {
    return kind == CLAIM_SUPERIOR || kind == CLAIM_NONINFERIOR || kind == CLAIM_EQUIVALENT || kind == CLAIM_DOMINATES;
}

bool claim_is_tested(ClaimKind kind) {
    return kind != CLAIM_BITWISE && kind != CLAIM_DESCRIBED;
}

static bool has_one_mean(ClaimKind kind) {
    return kind == CLAIM_AT_LEAST || kind == CLAIM_AT_MOST || kind == CLAIM_WITHIN;
}

bool claim_has_share(const Claim *claim) {
    return claim->share && claim->test == TEST_DEFAULT;
}

bool claim_is_exact(const Claim *claim, bool one_task) {
    bool known = !isnan(claim->bounds.low) && has_one_mean(claim->kind) && claim->test == TEST_DEFAULT;
    return claim_has_share(claim) || claim->test == TEST_BOUNDED || claim->test == TEST_BETTING || (known && one_task);
}

int claim_fewest(const Claim *claim, bool one_task) {
    if (claim_is_exact(claim, one_task) || claim->kind == CLAIM_DESCRIBED) return 1;
    return claim->kind == CLAIM_CORRELATES && claim->fewest < FEWEST_PAIRS_OF_RANKS ? FEWEST_PAIRS_OF_RANKS : claim->fewest;
}

static bool has_margin(ClaimKind kind) {
    return kind == CLAIM_NONINFERIOR || kind == CLAIM_EQUIVALENT || kind == CLAIM_REPRODUCES;
}

void claim_regions(const Claim *claim, Interval *claimed, Interval *tolerated) {
    *claimed = (Interval){claim->threshold, INFINITY};
    if (claim->kind == CLAIM_AT_MOST || claim->kind == CLAIM_TREND) *claimed = (Interval){-INFINITY, claim->threshold};
    if (claim->kind == CLAIM_WITHIN) *claimed = claim->band;
    if (has_margin(claim->kind)) claimed->low = -claim->threshold;
    if (claim->kind == CLAIM_EQUIVALENT || claim->kind == CLAIM_REPRODUCES) claimed->high = claim->threshold;
    *tolerated = *claimed;
    if (!isnan(claim->fail_below)) tolerated->low = claim->fail_below;
}

static bool check_fail_below(const Claim *claim, Error *error) {
    if (isnan(claim->fail_below)) return true;
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    const char *kind = claim_kind_names[claim->kind];
    if (isinf(claimed.low) || isfinite(claimed.high) || claim->kind == CLAIM_ORDERED) {
        return error_set(
            error, "claim %s: fail_below does not fit kind %s; it fits at_least, superior, noninferior, dominates, correlates",
            claim->id, kind);
    }
    double lowest = claim->share || claim->kind == CLAIM_DOMINATES ? 0 : claim->kind == CLAIM_CORRELATES ? -1 : -INFINITY;
    if (!(claim->fail_below > lowest)) {
        return error_set(error, "claim %s: fail_below is %g; it must be above %g", claim->id, claim->fail_below, lowest);
    }
    if (!(claim->fail_below <= claimed.low)) {
        return error_set(error, "claim %s: fail_below is %g; it must not exceed the boundary of pass, %g", claim->id,
                         claim->fail_below, claimed.low);
    }
    return true;
}

static bool check_boundaries(const Claim *claim, Error *error) {
    const char *id = claim->id;
    double threshold = claim->threshold;
    if (claim->kind == CLAIM_WITHIN) {
        if (claim->band.low < claim->band.high && isfinite(claim->band.low) && isfinite(claim->band.high)) return true;
        return error_set(error, "claim %s: band is [%g, %g]; it must be two finite numbers, the lower one first", id,
                         claim->band.low, claim->band.high);
    }
    if (!isfinite(threshold)) return error_set(error, "claim %s: threshold must be a finite number", id);
    if (has_margin(claim->kind) && !(threshold > 0)) {
        return error_set(error, "claim %s: margin of kind %s is %g; it must be above 0", id, claim_kind_names[claim->kind],
                         threshold);
    }
    if ((claim->kind == CLAIM_SUPERIOR || claim->kind == CLAIM_ORDERED) && threshold < 0) {
        return error_set(error, "claim %s: %s by %g; it must be 0 or more (kind noninferior takes a margin)", id,
                         claim_kind_names[claim->kind], threshold);
    }
    if (claim->kind == CLAIM_CORRELATES && !(threshold > -1 && threshold < 1))
        return error_set(error, "claim %s: threshold of a correlation is %g; it must be in (-1, 1)", id, threshold);
    if (claim->kind == CLAIM_DOMINATES && !(threshold > 0 && threshold < 1))
        return error_set(error, "claim %s: threshold of a probability is %g; it must be in (0, 1)", id, threshold);
    return true;
}

static bool check_share(const Claim *claim, Error *error) {
    const char *id = claim->id;
    if (!claim->share) return true;
    if (!has_one_mean(claim->kind) && claim->kind != CLAIM_DESCRIBED) {
        return error_set(error, "claim %s: share does not fit kind %s; it fits at_least, at_most and within", id,
                         claim_kind_names[claim->kind]);
    }
    bool within = claim->kind == CLAIM_WITHIN;
    double low = within ? claim->band.low : claim->threshold, high = within ? claim->band.high : claim->threshold;
    if (!(low >= 0 && high <= 1))
        return error_set(error, "claim %s: threshold of a share is %g; it must be in 0..1", id, low < 0 ? low : high);
    if (claim->failed == FAILED_WORST && claim->worst != 0 && claim->worst != 1)
        return error_set(error, "claim %s: worst of a share is %g; it must be 0 or 1", id, claim->worst);
    return true;
}

static bool check_failed(const Claim *claim, Error *error) {
    const char *id = claim->id, *kind = claim_kind_names[claim->kind];
    if (claim->failed == FAILED_WORST && !isfinite(claim->worst))
        return error_set(error, "claim %s: the policy worst for failed runs needs the value `worst`", id);
    if (claim->failed == FAILED_WORST && claim->kind == CLAIM_CORRELATES)
        return error_set(error, "claim %s: worst does not fit kind correlates: a failed run has no pair", id);
    if (claim->failed == FAILED_WORST && claim->kind == CLAIM_WITHIN && claim->worst > claim->band.low &&
        claim->worst < claim->band.high) {
        return error_set(error, "claim %s: worst is %g, inside the band: a broken run would speak for the claim", id,
                         claim->worst);
    }
    if (claim->failed == FAILED_WORST && claim->kind == CLAIM_REPRODUCES &&
        fabs(claim->worst - claim->published.mean) < claim->threshold) {
        return error_set(
            error, "claim %s: worst is %g, within the margin of the published mean: a broken run would speak for the claim", id,
            claim->worst);
    }
    if (claim->failed != FAILED_WORST && !claim->share && !isnan(claim->worst))
        return error_set(error, "claim %s: worst is given, but nan: %s does not use it", id,
                         failed_policy_names[claim->failed]);
    if (claim->failed == FAILED_RANK_WORST && claim->kind != CLAIM_DOMINATES) {
        return error_set(error, "claim %s: rank-worst does not fit kind %s; it fits dominates, whose theta depends on ranks",
                         id, kind);
    }
    if (claim->failed == FAILED_WORST && !isnan(claim->bounds.low) &&
        !(claim->worst >= claim->bounds.low && claim->worst <= claim->bounds.high)) {
        return error_set(error, "claim %s: worst is %g, outside the bounds [%g, %g]", id, claim->worst, claim->bounds.low,
                         claim->bounds.high);
    }
    return true;
}

static bool check_test(const Claim *claim, Error *error) {
    const char *id = claim->id, *kind = claim_kind_names[claim->kind], *test = claim_test_names[claim->test];
    bool bounded = claim->test == TEST_BOUNDED || claim->test == TEST_BETTING;
    bool pairs = claim_has_two_arms(claim->kind) && claim->kind != CLAIM_DOMINATES;
    bool fits = claim->test == TEST_DEFAULT;
    if (claim->test == TEST_T)
        fits = claim_is_tested(claim->kind) && claim->kind != CLAIM_DOMINATES && claim->kind != CLAIM_CORRELATES;
    if (bounded) fits = has_one_mean(claim->kind) || (pairs && claim->paired);
    if (claim->test == TEST_PERMUTATION) fits = pairs;
    if (!fits) {
        return error_set(error,
                         "claim %s: test %s does not fit kind %s%s; by default it is judged by what analysis/claims.h says", id,
                         test, kind, bounded && pairs ? " without pairs" : "");
    }
    bool known = isfinite(claim->bounds.low) && isfinite(claim->bounds.high);
    bool given = !isnan(claim->bounds.low) || !isnan(claim->bounds.high);
    if (given && claim->test == TEST_DEFAULT && !has_one_mean(claim->kind)) {
        return error_set(
            error, "claim %s: bounds are used for one mean, and by the tests bounded and betting; kind %s has test default", id,
            kind);
    }
    if (bounded && !known) return error_set(error, "claim %s: test %s needs the bounds of a value", id, test);
    if (given && !(claim->bounds.low < claim->bounds.high)) {
        return error_set(error, "claim %s: bounds are [%g, %g]; the lower one must come first", id, claim->bounds.low,
                         claim->bounds.high);
    }
    if (claim->permutations < 1)
        return error_set(error, "claim %s: %d permutations; at least 1 is needed", id, claim->permutations);
    return true;
}

static bool check_published(const Claim *claim, Error *error) {
    if (claim->kind != CLAIM_REPRODUCES) return true;
    const Published *published = &claim->published;
    if (!isfinite(published->mean)) return error_set(error, "claim %s: published mean is missing", claim->id);
    if (!isnan(published->sd) && !(published->sd >= 0 && published->n >= 2)) {
        return error_set(error, "claim %s: published sd of %g over %d runs; it must be 0 or more, over 2 runs or more",
                         claim->id, published->sd, published->n);
    }
    return true;
}

bool claim_check(const Claim *claim, Error *error) {
    const char *id = claim->id;
    if (claim->test != TEST_DEFAULT && !claim_is_tested(claim->kind))
        return error_set(error, "claim %s: test does not fit kind %s, which has no verdict by a test", id,
                         claim_kind_names[claim->kind]);
    if (!claim_is_tested(claim->kind)) return check_share(claim, error);
    if (!(claim->level_pass > 0 && claim->level_pass < 0.5) || !(claim->level_fail > 0 && claim->level_fail < 0.5)) {
        return error_set(error, "claim %s: level_pass is %g and level_fail %g; both must be in (0, 0.5)", id, claim->level_pass,
                         claim->level_fail);
    }
    if (claim->paired && !claim_has_two_arms(claim->kind) && claim->kind != CLAIM_ORDERED) {
        return error_set(error, "claim %s: pairing does not fit kind %s; it fits those with two arms and ordered", id,
                         claim_kind_names[claim->kind]);
    }
    if (claim->fewest < 2) return error_set(error, "claim %s: fewest is %d; it must be 2 or more", id, claim->fewest);
    return check_boundaries(claim, error) && check_share(claim, error) && check_failed(claim, error) &&
           check_published(claim, error) && check_test(claim, error) && check_fail_below(claim, error);
}

// ---- how many runs ----

// Values that are all on the good side of a share's, or a bounded mean's, boundaries: the p of n of them is at best
// distance^n, where distance is how far the boundary is from the bad end (0) to the good one (1).
static int runs_of_best_values(const Claim *claim, double level) {
    Interval claimed, tolerated, bounds = claim->share ? (Interval){0, 1} : claim->bounds;
    claim_regions(claim, &claimed, &tolerated);
    if (claim->paired) bounds = (Interval){bounds.low - bounds.high, bounds.high - bounds.low};
    double width = bounds.high - bounds.low, most = 0;
    double sides[] = {(claimed.low - bounds.low) / width, (bounds.high - claimed.high) / width};
    for (int i = 0; i < 2; i++) {
        if (isfinite(sides[i])) most = fmax(most, sides[i]);
    }
    if (most >= 1) return INT32_MAX;    // no value of this kind can lie inside
    double runs = most <= 0 ? 1 : ceil(log(level) / log(most));
    return runs < INT32_MAX ? (int)runs : INT32_MAX;
}

static int runs_of_a_correlation(const Claim *claim, double level) {
    for (int n = 4; n < 100000; n++) {
        Estimate best = spearman_estimate(1, n);
        if (estimate_p(best, atanh(claim->threshold), ALTERNATIVE_GREATER) < level) return n;
    }
    return INT32_MAX;
}

int claim_runs_needed(const Claim *claim, int family) {
    if (!claim_is_tested(claim->kind)) return 1;
    double level = claim->level_pass / (family > 1 ? family : 1);
    if (claim_is_exact(claim, true)) return runs_of_best_values(claim, level);
    int needed = claim_fewest(claim, true);
    if (claim->kind == CLAIM_CORRELATES) needed = (int)fmax(needed, runs_of_a_correlation(claim, level));
    PowerDesign design = claim->paired ? POWER_ONE_SAMPLE : POWER_TWO_SAMPLE;
    if (claim->test == TEST_PERMUTATION) needed = (int)fmax(needed, power_permutation_size(design, level, ALTERNATIVE_GREATER));
    return needed;
}
