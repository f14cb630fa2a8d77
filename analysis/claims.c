#include "analysis/claims.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/correlation.h"
#include "analysis/multiplicity.h"
#include "analysis/permutation.h"
#include "analysis/proportion.h"
#include "core/arena.h"

enum { FEWEST_RUNS = 3, FEWEST_PAIRS_OF_RANKS = 4, FEWEST_VALID_PERCENT = 80 };

const char *const claim_kind_names[CLAIM_KIND_COUNT] = {"at_least",    "at_most",    "superior",
                                                        "noninferior", "equivalent", "correlates"};
const char *const claim_expectation_names[EXPECTATION_COUNT] = {"pass", "fail", "open"};
const char *const verdict_names[VERDICT_COUNT] = {"pass", "fail", "inconclusive"};

Claim claim_default(ClaimKind kind) {
    return (Claim){
        .id = "",
        .kind = kind,
        .fail_below = NAN,
        .failed_value = NAN,
        .level_pass = 0.05,
        .level_fail = 0.005,
        .permutations = 10000,
        .expect = EXPECT_PASS,
    };
}

// ---- what the file may say ----

static bool has_two_arms(ClaimKind kind) {
    return kind == CLAIM_SUPERIOR || kind == CLAIM_NONINFERIOR || kind == CLAIM_EQUIVALENT;
}

static bool has_margin(ClaimKind kind) {
    return kind == CLAIM_NONINFERIOR || kind == CLAIM_EQUIVALENT;
}

// The claimed region, and the outer boundary beyond which the claim fails.
static void claim_regions(const Claim *claim, Interval *claimed, Interval *tolerated) {
    *claimed = (Interval){claim->threshold, INFINITY};
    if (claim->kind == CLAIM_AT_MOST) *claimed = (Interval){-INFINITY, claim->threshold};
    if (has_margin(claim->kind)) claimed->low = -claim->threshold;
    if (claim->kind == CLAIM_EQUIVALENT) claimed->high = claim->threshold;
    *tolerated = *claimed;
    if (!isnan(claim->fail_below)) tolerated->low = claim->fail_below;
}

static bool check_fail_below(const Claim *claim, Error *error) {
    if (isnan(claim->fail_below)) return true;
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    const char *kind = claim_kind_names[claim->kind];
    if (isinf(claimed.low) || isfinite(claimed.high)) {
        return error_set(error,
                         "claim %s: fail_below does not fit kind %s; it fits at_least, superior, noninferior, correlates",
                         claim->id, kind);
    }
    double lowest = claim->share ? 0 : claim->kind == CLAIM_CORRELATES ? -1 : -INFINITY;
    if (!(claim->fail_below > lowest)) {
        return error_set(error, "claim %s: fail_below is %g; it must be above %g", claim->id, claim->fail_below, lowest);
    }
    if (!(claim->fail_below <= claimed.low)) {
        return error_set(error, "claim %s: fail_below is %g; it must not exceed the boundary of pass, %g", claim->id,
                         claim->fail_below, claimed.low);
    }
    return true;
}

static bool check_options(const Claim *claim, Error *error) {
    const char *id = claim->id, *kind = claim_kind_names[claim->kind];
    bool one_mean = claim->kind == CLAIM_AT_LEAST || claim->kind == CLAIM_AT_MOST;
    if (claim->share && !one_mean) {
        return error_set(error, "claim %s: share does not fit kind %s; it fits at_least and at_most", id, kind);
    }
    if (claim->share && !(claim->threshold >= 0 && claim->threshold <= 1)) {
        return error_set(error, "claim %s: threshold of a share is %g; it must be in 0..1", id, claim->threshold);
    }
    if (claim->share && !isnan(claim->failed_value) && claim->failed_value != 0 && claim->failed_value != 1) {
        return error_set(error, "claim %s: failed_value of a share is %g; it must be 0 or 1", id, claim->failed_value);
    }
    if (claim->paired && !has_two_arms(claim->kind)) {
        return error_set(error, "claim %s: pairing does not fit kind %s; it fits superior, noninferior, equivalent", id, kind);
    }
    if (claim->kind == CLAIM_CORRELATES && !(claim->threshold > -1 && claim->threshold < 1)) {
        return error_set(error, "claim %s: threshold of a correlation is %g; it must be in (-1, 1)", id, claim->threshold);
    }
    if (claim->kind == CLAIM_CORRELATES && claim->permutations < 1) {
        return error_set(error, "claim %s: %d permutations; at least 1 is needed", id, claim->permutations);
    }
    if (claim->kind == CLAIM_CORRELATES && !isnan(claim->failed_value)) {
        return error_set(error, "claim %s: failed_value does not fit kind correlates: a failed run has no pair", id);
    }
    return true;
}

bool claim_check(const Claim *claim, Error *error) {
    const char *id = claim->id;
    if (!isfinite(claim->threshold)) return error_set(error, "claim %s: threshold must be a finite number", id);
    if (has_margin(claim->kind) && !(claim->threshold > 0)) {
        return error_set(error, "claim %s: margin of kind %s is %g; it must be above 0", id, claim_kind_names[claim->kind],
                         claim->threshold);
    }
    if (claim->kind == CLAIM_SUPERIOR && claim->threshold < 0) {
        return error_set(error, "claim %s: superior by %g; it must be 0 or more (kind noninferior takes a margin)", id,
                         claim->threshold);
    }
    if (!(claim->level_pass > 0 && claim->level_pass < 0.5) || !(claim->level_fail > 0 && claim->level_fail < 0.5)) {
        return error_set(error, "claim %s: level_pass is %g and level_fail %g; both must be in (0, 0.5)", id, claim->level_pass,
                         claim->level_fail);
    }
    return check_fail_below(claim, error) && check_options(claim, error);
}

// ---- runs that count ----

typedef struct Runs {
    double *value, *other;
    int *stratum;    // NULL: one
    int count, failed, expected;
} Runs;

static Runs runs_create(int n, bool strata) {
    Runs runs = {.expected = n};
    runs.value = memory_alloc(sizeof(double) * (2 * (size_t)n + 1));
    runs.other = runs.value + n;
    if (strata) runs.stratum = memory_alloc(sizeof(int) * ((size_t)n + 1));
    return runs;
}

static void runs_destroy(Runs *runs) {
    free(runs->value);
    free(runs->stratum);
}

// Value of run i, or the stand-in; NaN if the run is left out. `valid` says whether the run itself counts as valid.
static double run_value(const ClaimArm *arm, int i, double failed_value, bool *valid) {
    *valid = !(arm->failed && arm->failed[i]) && isfinite(arm->value[i]) && (!arm->other || isfinite(arm->other[i]));
    return *valid ? arm->value[i] : failed_value;
}

static Runs runs_of_arm(const Claim *claim, const ClaimArm *arm) {
    Runs runs = runs_create(arm->n, arm->stratum != NULL);
    for (int i = 0; i < arm->n; i++) {
        bool valid;
        double value = run_value(arm, i, claim->failed_value, &valid);
        runs.failed += !valid;
        if (isnan(value)) continue;
        runs.value[runs.count] = value;
        runs.other[runs.count] = arm->other ? arm->other[i] : NAN;
        if (arm->stratum) runs.stratum[runs.count] = arm->stratum[i];
        runs.count++;
    }
    return runs;
}

static Runs runs_of_pairs(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    assert(a->n == b->n);
    Runs runs = runs_create(a->n, a->stratum != NULL);
    for (int i = 0; i < a->n; i++) {
        bool valid_a, valid_b;
        double difference = run_value(a, i, claim->failed_value, &valid_a) - run_value(b, i, claim->failed_value, &valid_b);
        runs.failed += !valid_a || !valid_b;
        if (isnan(difference)) continue;
        runs.value[runs.count] = difference;
        if (a->stratum) runs.stratum[runs.count] = a->stratum[i];
        runs.count++;
    }
    return runs;
}

// ---- evidence about theta ----

typedef enum EvidenceScale { EVIDENCE_MEAN, EVIDENCE_SHARE, EVIDENCE_RANKS } EvidenceScale;

typedef struct Evidence {
    EvidenceScale scale;
    double effect;
    Estimate estimate;    // of means; of atanh rho for ranks
    int hits, trials;     // of shares
    double p_shuffled;    // of ranks
} Evidence;

static double evidence_lower(const Evidence *e, double alpha) {
    if (e->scale == EVIDENCE_SHARE) return proportion_lower(e->hits, e->trials, alpha);
    double bound = estimate_lower(e->estimate, alpha);
    return e->scale == EVIDENCE_RANKS ? tanh(bound) : bound;
}

static double evidence_upper(const Evidence *e, double alpha) {
    if (e->scale == EVIDENCE_SHARE) return proportion_upper(e->hits, e->trials, alpha);
    double bound = estimate_upper(e->estimate, alpha);
    return e->scale == EVIDENCE_RANKS ? tanh(bound) : bound;
}

// p of "theta is not beyond the boundary" on the given side; a boundary at infinity is never in doubt.
static double evidence_p(const Evidence *e, double boundary, Alternative side) {
    if (isinf(boundary)) return (boundary < 0) == (side == ALTERNATIVE_GREATER) ? 0 : 1;
    if (e->scale == EVIDENCE_SHARE) return proportion_p(e->hits, e->trials, boundary, side);
    return estimate_p(e->estimate, e->scale == EVIDENCE_RANKS ? atanh(boundary) : boundary, side);
}

// Writes the reason and returns false: without evidence the verdict stays inconclusive.
__attribute__((format(printf, 2, 3))) static bool explain(ClaimResult *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->reason, sizeof result->reason, format, arguments);
    va_end(arguments);
    return false;
}

static bool enough_runs(const Runs *runs, int fewest, ClaimResult *result) {
    int valid = runs->expected - runs->failed;
    if (100 * valid < FEWEST_VALID_PERCENT * runs->expected) {
        return explain(result, "only %d of %d runs are valid, %d %% are needed", valid, runs->expected, FEWEST_VALID_PERCENT);
    }
    if (runs->count < fewest)
        return explain(result, "%d run%s, at least %d are needed", runs->count, runs->count == 1 ? "" : "s", fewest);
    return true;
}

static bool has_stratum(const Runs *runs, int stratum) {
    for (int i = 0; i < runs->count; i++) {
        if (runs->stratum[i] == stratum) return true;
    }
    return false;
}

// Both arms must cover the same tasks: otherwise the difference of their means is one of tasks.
static bool same_strata(const Runs *a, const Runs *b, ClaimResult *result) {
    if (!a->stratum && !b->stratum) return true;
    if (!a->stratum || !b->stratum) return explain(result, "one arm has tasks, the other has not");
    for (int i = 0; i < a->count; i++) {
        if (!has_stratum(b, a->stratum[i])) return explain(result, "task %d has no runs in b", a->stratum[i]);
    }
    for (int i = 0; i < b->count; i++) {
        if (!has_stratum(a, b->stratum[i])) return explain(result, "task %d has no runs in a", b->stratum[i]);
    }
    return true;
}

static bool evidence_of_means(Estimate estimate, Evidence *evidence, ClaimResult *result) {
    *evidence = (Evidence){.scale = EVIDENCE_MEAN, .effect = estimate.value, .estimate = estimate, .p_shuffled = NAN};
    result->effect = estimate.value;
    if (isnan(estimate.se)) return explain(result, "a task has a single run, so its spread is unknown");
    return estimate.se > 0 || explain(result, "all runs gave the same value: no spread to judge by");
}

static bool evidence_of_share(const Runs *runs, Evidence *evidence, ClaimResult *result) {
    *evidence = (Evidence){.scale = EVIDENCE_SHARE, .trials = runs->count, .p_shuffled = NAN};
    for (int i = 0; i < runs->count; i++) {
        if (runs->value[i] != 0 && runs->value[i] != 1) {
            return explain(result, "a share is judged from values 0 or 1, a run has %g", runs->value[i]);
        }
        evidence->hits += runs->value[i] == 1;
    }
    evidence->effect = result->effect = (double)evidence->hits / runs->count;
    return true;
}

static bool evidence_of_ranks(const Claim *claim, const Runs *runs, Evidence *evidence, ClaimResult *result) {
    double rho = spearman(runs->value, runs->other, runs->count);
    result->effect = rho;
    if (isnan(rho)) return explain(result, "one of the two quantities is the same in all runs: no correlation");
    *evidence = (Evidence){.scale = EVIDENCE_RANKS, .effect = rho, .estimate = spearman_estimate(rho, runs->count)};
    evidence->p_shuffled = spearman_permutation_p(runs->value, runs->other, runs->stratum, runs->count, ALTERNATIVE_GREATER,
                                                  claim->permutations, claim->seed);
    result->p_shuffled = evidence->p_shuffled;
    return true;
}

static bool evidence_of_two_arms(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence,
                                 ClaimResult *result) {
    Runs x = claim->paired ? runs_of_pairs(claim, a, b) : runs_of_arm(claim, a);
    Runs y = claim->paired ? (Runs){0} : runs_of_arm(claim, b);
    result->runs_a = x.count;
    result->runs_b = y.count;
    result->failed = x.failed + y.failed;
    bool known = enough_runs(&x, FEWEST_RUNS, result);
    if (known && claim->paired) {
        known = evidence_of_means(estimate_stratified(x.value, x.stratum, x.count), evidence, result);
    } else if (known && enough_runs(&y, FEWEST_RUNS, result) && same_strata(&x, &y, result)) {
        Estimate estimate = estimate_difference(estimate_stratified(x.value, x.stratum, x.count),
                                                estimate_stratified(y.value, y.stratum, y.count));
        known = evidence_of_means(estimate, evidence, result);
    } else {
        known = false;
    }
    runs_destroy(&x);
    runs_destroy(&y);
    return known;
}

static bool evidence_of_one_arm(const Claim *claim, const ClaimArm *a, Evidence *evidence, ClaimResult *result) {
    bool ranked = claim->kind == CLAIM_CORRELATES;
    assert(!ranked || a->other);
    Runs runs = runs_of_arm(claim, a);
    result->runs_a = runs.count;
    result->failed = runs.failed;
    bool known = enough_runs(&runs, ranked ? FEWEST_PAIRS_OF_RANKS : FEWEST_RUNS, result);
    if (known && ranked) {
        known = evidence_of_ranks(claim, &runs, evidence, result);
    } else if (known && claim->share) {
        known = evidence_of_share(&runs, evidence, result);
    } else if (known) {
        known = evidence_of_means(estimate_stratified(runs.value, runs.stratum, runs.count), evidence, result);
    }
    runs_destroy(&runs);
    return known;
}

// ---- the verdict ----

// Distances in score units by which the deciding bounds clear the boundaries (negative: by which they miss them).
static double margin_to_flip(const ClaimResult *r, Interval claimed, Interval tolerated, double se) {
    double pass = fmin(r->low - claimed.low, claimed.high - r->high);
    double fail = fmax(tolerated.low - r->fail_high, r->fail_low - tolerated.high);
    if (r->verdict == VERDICT_PASS) return pass / se;
    if (r->verdict == VERDICT_FAIL) return fail / se;
    bool fits = r->high - r->low < claimed.high - claimed.low;    // wider than the region: no shift makes it pass
    return fmax(0, fits ? fmin(-pass, -fail) : -fail) / se;
}

static void decide(const Claim *claim, const Evidence *e, ClaimResult *r) {
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    r->low = evidence_lower(e, claim->level_pass);
    r->high = evidence_upper(e, claim->level_pass);
    r->fail_low = evidence_lower(e, claim->level_fail);
    r->fail_high = evidence_upper(e, claim->level_fail);
    r->p = fmax(evidence_p(e, claimed.low, ALTERNATIVE_GREATER), evidence_p(e, claimed.high, ALTERNATIVE_LESS));
    bool inside = r->p < claim->level_pass;
    if (e->scale == EVIDENCE_RANKS) r->p = fmax(r->p, e->p_shuffled);
    r->p_fail = fmin(evidence_p(e, tolerated.low, ALTERNATIVE_LESS), evidence_p(e, tolerated.high, ALTERNATIVE_GREATER));
    r->p_adjusted = r->p;
    r->p_fail_adjusted = r->p_fail;
    double confidence = 100 * (1 - 2 * claim->level_pass), strict = 100 * (1 - 2 * claim->level_fail);
    if (r->p < claim->level_pass) {
        r->verdict = VERDICT_PASS;
        explain(r, "%.3g %% interval [%.4g, %.4g] lies inside the claimed region", confidence, r->low, r->high);
    } else if (r->p_fail < claim->level_fail) {
        r->verdict = VERDICT_FAIL;
        explain(r, "%.3g %% interval [%.4g, %.4g] lies outside the claimed region", strict, r->fail_low, r->fail_high);
    } else if (inside) {
        explain(r, "interval lies inside, but shuffled runs do as well with p = %.3g", e->p_shuffled);
    } else {
        explain(r, "%.3g %% interval [%.4g, %.4g] does not decide", confidence, r->low, r->high);
    }
    double se = e->estimate.se;
    if (e->scale != EVIDENCE_MEAN) {
        double width = estimate_upper((Estimate){0, 1, INFINITY}, claim->level_pass);
        se = (r->high - r->low) / (2 * width);    // what the asymmetric interval amounts to
    }
    r->margin = se > 0 ? margin_to_flip(r, claimed, tolerated, se) : INFINITY;
}

ClaimResult claim_judge(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    assert(has_two_arms(claim->kind) == (b != NULL));
    ClaimResult result = {
        .verdict = VERDICT_INCONCLUSIVE,
        .effect = NAN,
        .low = NAN,
        .high = NAN,
        .fail_low = NAN,
        .fail_high = NAN,
        .threshold = claim->threshold,
        .p = 1,
        .p_adjusted = 1,
        .p_fail = 1,
        .p_fail_adjusted = 1,
        .p_shuffled = NAN,
        .margin = NAN,
    };
    Evidence evidence = {.effect = NAN};
    bool known = b ? evidence_of_two_arms(claim, a, b, &evidence, &result) : evidence_of_one_arm(claim, a, &evidence, &result);
    if (known) decide(claim, &evidence, &result);
    return result;
}

// ---- the family ----

void claims_settle(const Claim *claims, ClaimResult *results, int count) {
    double *p = memory_alloc(sizeof(double) * (2 * (size_t)count + 1)), *p_fail = p + count;
    for (int i = 0; i < count; i++) {
        p[i] = results[i].p;
        p_fail[i] = results[i].p_fail;
    }
    holm_adjust(p, count, p);
    holm_adjust(p_fail, count, p_fail);
    for (int i = 0; i < count; i++) {
        ClaimResult *r = &results[i];
        r->p_adjusted = p[i];
        r->p_fail_adjusted = p_fail[i];
        bool pass_lost = r->verdict == VERDICT_PASS && !(p[i] < claims[i].level_pass);
        bool fail_lost = r->verdict == VERDICT_FAIL && !(p_fail[i] < claims[i].level_fail);
        if (!pass_lost && !fail_lost) continue;
        explain(r, "%s alone, but not among %d claims: p = %.3g becomes %.3g (Holm)", verdict_names[r->verdict], count,
                pass_lost ? r->p : r->p_fail, pass_lost ? p[i] : p_fail[i]);
        r->verdict = VERDICT_INCONCLUSIVE;
    }
    free(p);
}

int claims_exit_status(const Claim *claims, const ClaimResult *results, int count) {
    bool contrary = false, undecided = false;
    for (int i = 0; i < count; i++) {
        if (claims[i].expect == EXPECT_OPEN) continue;
        Verdict expected = claims[i].expect == EXPECT_PASS ? VERDICT_PASS : VERDICT_FAIL;
        if (results[i].verdict == VERDICT_INCONCLUSIVE) {
            undecided = true;
        } else if (results[i].verdict != expected) {
            contrary = true;
        }
    }
    return contrary ? CLAIMS_CONTRARY : undecided ? CLAIMS_UNDECIDED : CLAIMS_AS_EXPECTED;
}

bool claim_promotable(const Claim *claim, const ClaimResult *result) {
    return claim->expect == EXPECT_OPEN && result->verdict == VERDICT_PASS;
}
