#include "analysis/claims.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/claim_evidence.h"
#include "analysis/claim_rules.h"
#include "analysis/multiplicity.h"
#include "analysis/sequential.h"
#include "core/arena.h"

// ---- the verdict ----

// Distances by which the deciding bounds clear the boundaries (negative: by which they miss them).
static double margin_to_flip(const ClaimResult *r, Interval claimed, Interval tolerated, double se) {
    double pass = fmin(r->low - claimed.low, claimed.high - r->high);
    double fail = fmax(tolerated.low - r->fail_high, r->fail_low - tolerated.high);
    if (r->verdict == VERDICT_PASS) return pass / se;
    if (r->verdict == VERDICT_FAIL) return fail / se;
    bool fits = r->high - r->low < claimed.high - claimed.low;    // wider than the region: no shift makes it pass
    return fmax(0, fits ? fmin(-pass, -fail) : -fail) / se;
}

// p of a fixed number of runs, made one of a design with several looks. An e-process needs nothing of this.
static double over_looks(const Claim *claim, double p) {
    const ClaimLooks *looks = &claim->looks;
    if (looks->count == 0 || claim->test == TEST_BETTING) return p;
    SequentialShape shape = looks->pocock ? SEQUENTIAL_POCOCK : SEQUENTIAL_OBRIEN_FLEMING;
    return sequential_p(shape, looks->fraction, looks->count, looks->look, sequential_z(p));
}

// The level at this look of a bound that holds at all of them.
static double level_at_look(const Claim *claim, double level) {
    const ClaimLooks *looks = &claim->looks;
    if (looks->count == 0 || claim->test == TEST_BETTING) return level;
    SequentialShape shape = looks->pocock ? SEQUENTIAL_POCOCK : SEQUENTIAL_OBRIEN_FLEMING;
    double constant = sequential_constant(shape, looks->fraction, looks->count, level);
    return gsl_cdf_ugaussian_Q(sequential_boundary(shape, constant, looks->fraction[looks->look]));
}

static void conclude(const Claim *claim, ClaimResult *r) {
    double confidence = 100 * (1 - 2 * claim->level_pass), strict = 100 * (1 - 2 * claim->level_fail);
    bool predicted = claim->kind == CLAIM_REPRODUCES && isnan(claim->published.sd);
    r->verdict = VERDICT_INCONCLUSIVE;
    if (r->p < claim->level_pass && !predicted) {
        r->verdict = VERDICT_PASS;
        claim_explain(r, "%.3g %% interval [%.4g, %.4g] lies inside the claimed region", confidence, r->low, r->high);
    } else if (r->p_fail < claim->level_fail) {
        r->verdict = VERDICT_FAIL;
        claim_explain(r, "%.3g %% interval [%.4g, %.4g] lies outside the claimed region", strict, r->fail_low, r->fail_high);
    } else if (predicted) {
        claim_explain(r, "nothing speaks against it; without the published spread it cannot pass");
    } else if (r->p_shuffled >= claim->level_pass && r->low > claim->threshold) {
        claim_explain(r, "interval lies inside, but shuffled runs do as well with p = %.3g", r->p_shuffled);
    } else {
        claim_explain(r, "%.3g %% interval [%.4g, %.4g] does not decide", confidence, r->low, r->high);
    }
}

// Deviations of a run, of a pair's difference (d_z), or of the runs of several tasks around their means.
static double effect_in_deviations(const Claim *claim, const Evidence *e, const ClaimResult *r) {
    if (e->scale != EVIDENCE_MEAN || !(e->estimate.se > 0)) return NAN;
    double runs = r->runs_b > 0 ? 1.0 / (1.0 / r->runs_a + 1.0 / r->runs_b) : r->runs_a;
    bool differs = claim_has_two_arms(claim->kind) || claim->kind == CLAIM_ORDERED;
    double origin = differs ? 0 : claim->kind == CLAIM_WITHIN ? (claim->band.low + claim->band.high) / 2 : claim->threshold;
    return (e->effect - origin) / (e->estimate.se * sqrt(runs));
}

// What the interval amounts to as a standard error, where there is none.
static double error_of(const Evidence *e, const ClaimResult *r, double pass) {
    if (e->scale == EVIDENCE_MEAN) return e->estimate.se;
    return (r->high - r->low) / (2 * gsl_cdf_ugaussian_Qinv(pass));
}

// Whether some shift of the estimate would flip the verdict: not where a shuffle or an unknown spread stands in the way.
static bool can_flip(const Claim *claim, const ClaimResult *r, Interval claimed) {
    bool inside = r->low > claimed.low && r->high < claimed.high;
    return r->verdict != VERDICT_INCONCLUSIVE || !inside || claim->looks.count > 0;
}

static void decide(const Claim *claim, const Evidence *e, ClaimResult *r) {
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    double pass = level_at_look(claim, claim->level_pass), fail = level_at_look(claim, claim->level_fail);
    double above = evidence_p(e, claimed.low, ALTERNATIVE_GREATER), below = evidence_p(e, claimed.high, ALTERNATIVE_LESS);
    double under = evidence_p(e, tolerated.low, ALTERNATIVE_LESS), over = evidence_p(e, tolerated.high, ALTERNATIVE_GREATER);
    if (isnan(above) || isnan(below) || isnan(under) || isnan(over)) {
        claim_explain(r, "the test has no p-value for these runs");
        return;
    }
    r->low = evidence_lower(e, pass);
    r->high = evidence_upper(e, pass);
    r->fail_low = evidence_lower(e, fail);
    r->fail_high = evidence_upper(e, fail);
    r->p = fmax(above, below);
    // Shuffled runs have rho = 0: they say something about claims of more than that.
    if (claim->kind == CLAIM_CORRELATES && claim->threshold >= 0) r->p = fmax(r->p, r->p_shuffled);
    r->p_fail = fmin(under, over);
    r->p_adjusted = r->p = over_looks(claim, r->p);
    r->p_fail_adjusted = r->p_fail = over_looks(claim, r->p_fail);
    if (claim->kind == CLAIM_WITHIN) {
        bool nearer_low = r->effect - claimed.low < claimed.high - r->effect;
        r->threshold = nearer_low ? claimed.low : claimed.high;
    }
    if (isnan(r->standardised)) r->standardised = effect_in_deviations(claim, e, r);
    r->se = error_of(e, r, pass);
    conclude(claim, r);
    if (r->se > 0 && can_flip(claim, r, claimed)) r->margin = margin_to_flip(r, claimed, tolerated, r->se);
}

static ClaimResult undecided(const Claim *claim) {
    return (ClaimResult){
        .verdict = VERDICT_INCONCLUSIVE,
        .effect = NAN,
        .low = NAN,
        .high = NAN,
        .fail_low = NAN,
        .fail_high = NAN,
        .threshold = claim->kind == CLAIM_DESCRIBED ? NAN : claim->threshold,
        .p = 1,
        .p_adjusted = 1,
        .p_fail = 1,
        .p_fail_adjusted = 1,
        .p_shuffled = NAN,
        .se = NAN,
        .standardised = NAN,
        .cliff = NAN,
        .margin = NAN,
    };
}

// Numbers without a verdict.
static ClaimResult describe(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    ClaimResult r = undecided(claim);
    Evidence evidence = {.effect = NAN};
    if (claim_take_described(claim, a, b, &evidence, &r)) {
        r.low = evidence_lower(&evidence, claim->level_pass);
        r.high = evidence_upper(&evidence, claim->level_pass);
    }
    r.verdict = VERDICT_DESCRIBED;
    r.p = r.p_adjusted = r.p_fail = r.p_fail_adjusted = NAN;
    claim_explain(&r, "described, not judged");
    evidence_free(&evidence);
    return r;
}

ClaimResult claim_judge(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    if (claim->kind == CLAIM_DESCRIBED) return describe(claim, a, b);
    assert(claim->kind != CLAIM_ORDERED && claim->kind != CLAIM_BITWISE);
    assert(claim_has_two_arms(claim->kind) == (b != NULL));
    ClaimResult result = undecided(claim);
    Evidence evidence = {.effect = NAN};
    bool known = b ? claim_take_two_arms(claim, a, b, &evidence, &result) : claim_take_one_arm(claim, a, &evidence, &result);
    if (known) decide(claim, &evidence, &result);
    evidence_free(&evidence);
    return result;
}

static int count_failed(const ClaimArm *arm) {
    int count = 0;
    for (int i = 0; i < arm->n; i++) count += (arm->failed && arm->failed[i]) || !isfinite(arm->value[i]);
    return count;
}

// PASS: every pair does (an intersection of claims needs no correction: the largest p). FAIL: some pair does, by Holm over the pairs,
// which for the smallest p is Bonferroni; a pair that cannot be judged does not stand in the way.
ClaimResult claim_judge_order(const Claim *claim, const ClaimArm *arms, int count) {
    assert(claim->kind == CLAIM_ORDERED && count >= 2);
    Claim pair = *claim;
    pair.kind = CLAIM_SUPERIOR;
    ClaimResult weakest = undecided(claim), contrary = undecided(claim);
    int failed = count_failed(&arms[0]), at = 0, contrary_at = 0;
    for (int i = 0; i + 1 < count; i++) {
        ClaimResult r = claim_judge(&pair, &arms[i], &arms[i + 1]);
        failed += count_failed(&arms[i + 1]);
        if (i == 0 || r.p > weakest.p || isnan(r.low)) weakest = r, at = i;
        if (i == 0 || r.p_fail < contrary.p_fail) contrary = r, contrary_at = i;
    }
    double p_fail = fmin(1, (count - 1) * contrary.p_fail);
    if (p_fail < claim->level_fail) weakest = contrary, at = contrary_at;
    weakest.p_adjusted = weakest.p;
    weakest.p_fail = weakest.p_fail_adjusted = p_fail;
    weakest.failed = failed;
    if (isnan(weakest.low)) return weakest;    // it has its reason
    conclude(claim, &weakest);
    char pairs[80];
    snprintf(pairs, sizeof pairs, "; the pair that decides is %d and %d of %d", at + 1, at + 2, count);
    strncat(weakest.reason, pairs, sizeof weakest.reason - strlen(weakest.reason) - 1);
    return weakest;
}

ClaimResult claim_judge_estimate(const Claim *claim, Estimate difference, int runs_a, int runs_b) {
    assert(claim_has_two_arms(claim->kind));
    ClaimResult result = undecided(claim);
    Evidence evidence;
    result.runs_a = runs_a;
    result.runs_b = runs_b;
    if (claim_take_estimate(difference, &evidence, &result)) decide(claim, &evidence, &result);
    return result;
}

ClaimResult claim_judge_digests(const Claim *claim, int equal, int different, int missing) {
    ClaimResult r = undecided(claim);
    int known = equal + different;
    r.effect = known > 0 ? (double)equal / known : NAN;
    r.threshold = 1;
    r.runs_a = known;
    r.p = r.p_adjusted = r.p_fail = r.p_fail_adjusted = NAN;
    if (different > 0) {
        r.verdict = VERDICT_FAIL;
        claim_explain(&r, "%d of %d digests differ from the stored ones", different, known);
    } else if (missing > 0 || known == 0) {
        claim_explain(&r, "%d of %d runs or stored digests are missing", missing, known + missing);
    } else {
        r.verdict = VERDICT_PASS;
        claim_explain(&r, "all %d digests equal the stored ones", known);
    }
    return r;
}

void claim_remember(const Claim *claim, ClaimResult *result, ClaimSeen *seen) {
    if (!claim_is_tested(claim->kind)) return;
    bool known = !isnan(result->low);
    seen->p = fmin(seen->p, result->p);
    seen->p_fail = fmin(seen->p_fail, result->p_fail);
    bool earlier = seen->p < result->p || seen->p_fail < result->p_fail;
    if (!known || !earlier) return;    // what cannot be judged now is not decided by what was seen before
    bool open = result->verdict == VERDICT_INCONCLUSIVE;
    result->p = result->p_adjusted = seen->p;
    result->p_fail = result->p_fail_adjusted = seen->p_fail;
    if (!open) return;
    bool pass = seen->p < claim->level_pass, fail = !pass && seen->p_fail < claim->level_fail;
    if (!pass && !fail) return;
    result->verdict = pass ? VERDICT_PASS : VERDICT_FAIL;
    claim_explain(result, "decided at an earlier look, p = %.3g over all looks", pass ? seen->p : seen->p_fail);
}

// ---- the family ----

static void settle_family(const Claim *claims, ClaimResult *results, const int *member, int count) {
    double *p = memory_alloc(sizeof(double) * (2 * (size_t)count + 1)), *p_fail = p + count;
    for (int i = 0; i < count; i++) {
        p[i] = results[member[i]].p;
        p_fail[i] = results[member[i]].p_fail;
    }
    holm_adjust(p, count, p);
    holm_adjust(p_fail, count, p_fail);
    for (int i = 0; i < count; i++) {
        const Claim *claim = &claims[member[i]];
        ClaimResult *r = &results[member[i]];
        r->p_adjusted = p[i];
        r->p_fail_adjusted = p_fail[i];
        bool pass_lost = r->verdict == VERDICT_PASS && !(p[i] < claim->level_pass);
        bool fail_lost = r->verdict == VERDICT_FAIL && !(p_fail[i] < claim->level_fail);
        if (!pass_lost && !fail_lost) continue;
        claim_explain(r, "%s alone, but not among %d claims: p = %.3g becomes %.3g (Holm)", verdict_names[r->verdict], count,
                      pass_lost ? r->p : r->p_fail, pass_lost ? p[i] : p_fail[i]);
        r->verdict = VERDICT_INCONCLUSIVE;
    }
    free(p);
}

void claims_settle(const Claim *claims, ClaimResult *results, int count) {
    int *member = memory_alloc(sizeof(int) * ((size_t)count + 1));
    for (int first = 0; first < count; first++) {
        if (!claim_is_tested(claims[first].kind)) continue;
        int members = 0;
        bool known = false;
        for (int i = 0; i < count && !known; i++) {
            if (!claim_is_tested(claims[i].kind) || strcmp(claims[i].family, claims[first].family) != 0) continue;
            known = i < first;    // settled when its first member came
            member[members++] = i;
        }
        if (!known) settle_family(claims, results, member, members);
    }
    free(member);
}

int claims_exit_status(const Claim *claims, const ClaimResult *results, int count) {
    bool contrary = false, undecided = false;
    for (int i = 0; i < count; i++) {
        if (claims[i].expect == EXPECT_OPEN || results[i].verdict == VERDICT_DESCRIBED) continue;
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
