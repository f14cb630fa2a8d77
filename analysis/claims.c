#include "analysis/claims.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/claim_rules.h"
#include "analysis/claim_runs.h"
#include "analysis/correlation.h"
#include "analysis/effect.h"
#include "analysis/evidence.h"
#include "analysis/multiplicity.h"
#include "analysis/permutation.h"
#include "analysis/sequential.h"
#include "analysis/two_sample.h"
#include "core/arena.h"

enum { FEWEST_VALID_PERCENT = 80 };

// Writes the reason and returns false: without evidence the verdict stays inconclusive.
__attribute__((format(printf, 2, 3))) static bool explain(ClaimResult *result, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->reason, sizeof result->reason, format, arguments);
    va_end(arguments);
    return false;
}

// ---- whether there is enough ----

static bool one_task(const ClaimRuns *runs) {
    for (int i = 1; runs->stratum && i < runs->count; i++) {
        if (runs->stratum[i] != runs->stratum[0]) return false;
    }
    return true;
}

static bool enough_runs(const Claim *claim, const ClaimRuns *runs, ClaimResult *result) {
    int valid = runs->expected - runs->failed, fewest = claim_fewest(claim, one_task(runs));
    if (runs->failed > 0 && claim->failed == FAILED_ERROR) {
        return explain(result, "%d of %d runs broke down, and the claim does not say what stands for them (nan: error)",
                       runs->failed, runs->expected);
    }
    if (100 * valid < FEWEST_VALID_PERCENT * runs->expected) {
        return explain(result, "only %d of %d runs are valid, %d %% are needed", valid, runs->expected, FEWEST_VALID_PERCENT);
    }
    if (runs->count < fewest)
        return explain(result, "%d run%s, at least %d are needed", runs->count, runs->count == 1 ? "" : "s", fewest);
    return true;
}

static bool has_stratum(const ClaimRuns *runs, int stratum) {
    for (int i = 0; i < runs->count; i++) {
        if (runs->stratum[i] == stratum) return true;
    }
    return false;
}

// Both arms must cover the same tasks: otherwise the difference of their means is one of tasks.
static bool same_strata(const ClaimRuns *a, const ClaimRuns *b, ClaimResult *result) {
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

// ---- evidence from one set of values ----

static bool take_mean(Estimate estimate, Evidence *evidence, ClaimResult *result) {
    *evidence = evidence_mean(estimate);
    result->effect = estimate.value;
    if (isnan(estimate.se)) return explain(result, "a task has a single run, so its spread is unknown");
    return estimate.se > 0 || explain(result, "all runs gave the same value: no spread to judge by");
}

static bool take_share(const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    int hits = 0;
    for (int i = 0; i < runs->count; i++) {
        if (runs->value[i] != 0 && runs->value[i] != 1)
            return explain(result, "a share is judged from values 0 or 1, a run has %g", runs->value[i]);
        hits += runs->value[i] == 1;
    }
    *evidence = evidence_share(hits, runs->count);
    result->effect = evidence->effect;
    return true;
}

// Values in known bounds: one per block, because only blocks are independent and alike.
static bool take_bounded(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    Interval bounds = claim->bounds;
    if (claim->paired) bounds = (Interval){bounds.low - bounds.high, bounds.high - bounds.low};
    double *value = memory_alloc(sizeof(double) * ((size_t)runs->count + 1));
    int count = claim_runs_by_block(runs, value);
    *evidence = claim->test == TEST_BETTING ? evidence_betting(value, count, bounds) : evidence_bounded(value, count, bounds);
    free(value);
    result->effect = evidence->effect;
    return !isnan(evidence->effect) ||
           explain(result, "a run's value lies outside the bounds [%g, %g]", claim->bounds.low, claim->bounds.high);
}

static bool take_values(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    if (claim_has_share(claim)) return take_share(runs, evidence, result);
    if (claim_is_exact(claim, one_task(runs))) return take_bounded(claim, runs, evidence, result);
    if (claim->test == TEST_PERMUTATION) {
        *evidence = evidence_sign_flips(runs->value, runs->count, claim->permutations, claim->seed);
        result->effect = evidence->effect;
        return true;
    }
    return take_mean(estimate_stratified(runs->value, runs->stratum, runs->count), evidence, result);
}

static bool take_ranks(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    double rho = spearman(runs->value, runs->other, runs->count);
    result->effect = rho;
    if (isnan(rho)) return explain(result, "one of the two quantities is the same in all runs: no correlation");
    *evidence = evidence_ranks(rho, runs->count);
    result->p_shuffled = spearman_permutation_p(runs->value, runs->other, runs->stratum, runs->count, ALTERNATIVE_GREATER,
                                                claim->permutations, claim->seed);
    return true;
}

// Our mean minus the published one. Its error is the published one, or, where that is not stated, that of a prediction: the
// spread of ours, over as many runs as they had (one, if that is not stated either).
static bool take_published(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    const Published *published = &claim->published;
    Estimate ours = estimate_stratified(runs->value, runs->stratum, runs->count);
    Estimate theirs = {published->mean, published->sd / sqrt((double)published->n), published->n - 1};
    Estimate difference = estimate_difference(ours, theirs);
    if (isnan(published->sd)) {
        double their_runs = published->n > 0 ? published->n : 1;
        difference = (Estimate){ours.value - published->mean, ours.se * sqrt(1 + runs->count / their_runs), ours.df};
    }
    return take_mean(difference, evidence, result);
}

static bool take_one_arm(const Claim *claim, const ClaimArm *a, Evidence *evidence, ClaimResult *result) {
    bool ranked = claim->kind == CLAIM_CORRELATES;
    assert(!ranked || a->other);
    ClaimRuns runs = claim_runs(claim, a);
    result->runs_a = runs.count;
    result->failed = runs.failed;
    bool known = enough_runs(claim, &runs, result);
    if (known && ranked) {
        known = take_ranks(claim, &runs, evidence, result);
    } else if (known && claim->kind == CLAIM_REPRODUCES) {
        known = take_published(claim, &runs, evidence, result);
    } else if (known) {
        known = take_values(claim, &runs, evidence, result);
    }
    claim_runs_free(&runs);
    return known;
}

// ---- evidence from two ----

static bool take_two_samples(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y, Evidence *evidence,
                             ClaimResult *result) {
    if (claim->test == TEST_PERMUTATION) {
        TaskSample a = {x->value, x->stratum, x->count}, b = {y->value, y->stratum, y->count};
        *evidence = evidence_permutation(a, b, claim->permutations, claim->seed);
        result->effect = evidence->effect;
        return true;
    }
    return take_mean(estimate_difference(estimate_stratified(x->value, x->stratum, x->count),
                                         estimate_stratified(y->value, y->stratum, y->count)),
                     evidence, result);
}

// The values of one stratum. Those that rank below every value get a finite place there.
static int values_of_task(const ClaimRuns *runs, int stratum, double least, double *out) {
    int n = 0;
    for (int i = 0; i < runs->count; i++) {
        if (!runs->stratum || runs->stratum[i] == stratum) out[n++] = isinf(runs->value[i]) ? least - 1 : runs->value[i];
    }
    return n;
}

static double least_value(const ClaimRuns *runs) {
    double least = INFINITY;
    for (int i = 0; i < runs->count; i++) {
        if (isfinite(runs->value[i])) least = fmin(least, runs->value[i]);
    }
    return least;
}

// Mean over tasks of P(a > b) + P(a = b) / 2.
static Estimate superiority_over_tasks(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y) {
    int last = 0, tasks = 0;
    for (int i = 0; x->stratum && i < x->count; i++) last = x->stratum[i] > last ? x->stratum[i] : last;
    double least = fmin(least_value(x), least_value(y));
    double *a = memory_alloc(sizeof(double) * ((size_t)x->count + (size_t)y->count + 2)), *b = a + x->count + 1;
    Estimate sum = {.value = 0, .se = 0, .df = 0};
    for (int task = 0; task <= last; task++) {
        int n_a = values_of_task(x, task, least, a), n_b = values_of_task(y, task, least, b);
        if (n_a == 0) continue;
        Estimate one = claim->paired ? superiority_paired_estimate(a, b, n_a) : superiority_estimate(a, n_a, b, n_b);
        one.value = -one.value;    // a - (-b): the sum, with the same error
        sum = estimate_difference(sum, one);
        tasks++;
    }
    free(a);
    return (Estimate){sum.value / tasks, sum.se / tasks, sum.df};
}

static bool take_dominance(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y, Evidence *evidence,
                           ClaimResult *result) {
    Estimate superiority = superiority_over_tasks(claim, x, y);
    *evidence = evidence_dominance(estimate_logit(superiority));
    result->effect = superiority.value;
    if (superiority.se > 0) return true;
    return explain(result, "the arms do not overlap, or have no spread: P(a > b) = %.3g has no interval", result->effect);
}

static bool take_two_arms(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence, ClaimResult *result) {
    ClaimRuns x = claim_runs(claim, a), y = claim_runs(claim, b);
    bool dominance = claim->kind == CLAIM_DOMINATES, pairs = claim->paired && !dominance;
    ClaimRuns differences = pairs ? claim_runs_paired(claim, a, b) : (ClaimRuns){0};
    result->runs_a = pairs ? differences.count : x.count;
    result->runs_b = pairs ? 0 : y.count;
    result->failed = pairs ? differences.failed : x.failed + y.failed;
    result->cliff = cliff_delta(x.value, x.count, y.value, y.count);
    bool known;
    if (pairs) {
        known = enough_runs(claim, &differences, result) && take_values(claim, &differences, evidence, result);
    } else {
        known = enough_runs(claim, &x, result) && enough_runs(claim, &y, result) && same_strata(&x, &y, result);
        if (known && dominance) known = take_dominance(claim, &x, &y, evidence, result);
        else if (known) known = take_two_samples(claim, &x, &y, evidence, result);
    }
    claim_runs_free(&x);
    claim_runs_free(&y);
    claim_runs_free(&differences);
    return known;
}

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
        explain(r, "%.3g %% interval [%.4g, %.4g] lies inside the claimed region", confidence, r->low, r->high);
    } else if (r->p_fail < claim->level_fail) {
        r->verdict = VERDICT_FAIL;
        explain(r, "%.3g %% interval [%.4g, %.4g] lies outside the claimed region", strict, r->fail_low, r->fail_high);
    } else if (predicted) {
        explain(r, "nothing speaks against it; without the published spread it cannot pass");
    } else if (r->p_shuffled >= claim->level_pass && r->low > claim->threshold) {
        explain(r, "interval lies inside, but shuffled runs do as well with p = %.3g", r->p_shuffled);
    } else {
        explain(r, "%.3g %% interval [%.4g, %.4g] does not decide", confidence, r->low, r->high);
    }
}

static double effect_in_deviations(const Claim *claim, const Evidence *e, const ClaimResult *r) {
    if (e->scale != EVIDENCE_MEAN || !(e->estimate.se > 0)) return NAN;
    double runs = r->runs_b > 0 ? 2.0 / (1.0 / r->runs_a + 1.0 / r->runs_b) : r->runs_a;
    double deviation = e->estimate.se * sqrt(r->runs_b > 0 ? runs / 2 : runs);
    bool differs = claim_has_two_arms(claim->kind) || claim->kind == CLAIM_ORDERED || claim->kind == CLAIM_REPRODUCES;
    double origin = differs ? 0 : claim->kind == CLAIM_WITHIN ? (claim->band.low + claim->band.high) / 2 : claim->threshold;
    return (e->effect - origin) / deviation;
}

static void decide(const Claim *claim, const Evidence *e, ClaimResult *r) {
    Interval claimed, tolerated;
    claim_regions(claim, &claimed, &tolerated);
    double pass = level_at_look(claim, claim->level_pass), fail = level_at_look(claim, claim->level_fail);
    r->low = evidence_lower(e, pass);
    r->high = evidence_upper(e, pass);
    r->fail_low = evidence_lower(e, fail);
    r->fail_high = evidence_upper(e, fail);
    r->p = fmax(evidence_p(e, claimed.low, ALTERNATIVE_GREATER), evidence_p(e, claimed.high, ALTERNATIVE_LESS));
    if (!isnan(r->p_shuffled)) r->p = fmax(r->p, r->p_shuffled);
    r->p_fail = fmin(evidence_p(e, tolerated.low, ALTERNATIVE_LESS), evidence_p(e, tolerated.high, ALTERNATIVE_GREATER));
    r->p_adjusted = r->p = over_looks(claim, r->p);
    r->p_fail_adjusted = r->p_fail = over_looks(claim, r->p_fail);
    if (claim->kind == CLAIM_WITHIN) {
        bool nearer_low = r->effect - claimed.low < claimed.high - r->effect;
        r->threshold = nearer_low ? claimed.low : claimed.high;
    }
    r->standardised = effect_in_deviations(claim, e, r);
    conclude(claim, r);
    double se = e->estimate.se;
    if (e->scale != EVIDENCE_MEAN) {
        double width = estimate_upper((Estimate){0, 1, INFINITY}, claim->level_pass);
        se = (r->high - r->low) / (2 * width);    // what the asymmetric interval amounts to
    }
    r->margin = se > 0 ? margin_to_flip(r, claimed, tolerated, se) : INFINITY;
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
        .standardised = NAN,
        .cliff = NAN,
        .margin = NAN,
    };
}

// Numbers without a verdict, from however few runs there are: those that are not valid are left out.
static ClaimResult describe(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    ClaimResult r = undecided(claim);
    Claim lenient = *claim;
    lenient.failed = FAILED_DROP;
    lenient.paired = b != NULL;
    ClaimRuns runs = b ? claim_runs_paired(&lenient, a, b) : claim_runs(&lenient, a);
    Evidence evidence = {.effect = NAN};
    if (runs.count > 0) take_values(&lenient, &runs, &evidence, &r);
    if (runs.count > 0) {
        r.low = evidence_lower(&evidence, claim->level_pass);
        r.high = evidence_upper(&evidence, claim->level_pass);
    }
    r.verdict = VERDICT_DESCRIBED;
    r.p = r.p_adjusted = NAN;
    r.runs_a = runs.count;
    r.failed = runs.failed;
    explain(&r, "described, not judged");
    evidence_free(&evidence);
    claim_runs_free(&runs);
    return r;
}

ClaimResult claim_judge(const Claim *claim, const ClaimArm *a, const ClaimArm *b) {
    if (claim->kind == CLAIM_DESCRIBED) return describe(claim, a, b);
    assert(claim->kind != CLAIM_ORDERED && claim->kind != CLAIM_BITWISE);
    assert(claim_has_two_arms(claim->kind) == (b != NULL));
    ClaimResult result = undecided(claim);
    Evidence evidence = {.effect = NAN};
    bool known = b ? take_two_arms(claim, a, b, &evidence, &result) : take_one_arm(claim, a, &evidence, &result);
    if (known) decide(claim, &evidence, &result);
    evidence_free(&evidence);
    return result;
}

// PASS: every pair does (an intersection of claims needs no correction: the largest p). FAIL: some pair does, by Holm over the pairs,
// which for the smallest p is Bonferroni.
ClaimResult claim_judge_order(const Claim *claim, const ClaimArm *arms, int count) {
    assert(claim->kind == CLAIM_ORDERED && count >= 2);
    Claim pair = *claim;
    pair.kind = CLAIM_SUPERIOR;
    ClaimResult weakest = undecided(claim);
    double p_fail = 1;
    int failed = 0, at = 0;
    for (int i = 0; i + 1 < count; i++) {
        ClaimResult r = claim_judge(&pair, &arms[i], &arms[i + 1]);
        p_fail = fmin(p_fail, r.p_fail);
        failed += r.failed;
        if (i == 0 || !(r.p < weakest.p)) weakest = r, at = i;
    }
    weakest.p_fail = weakest.p_fail_adjusted = fmin(1, (count - 1) * p_fail);
    weakest.failed = failed;
    if (isnan(weakest.low)) return weakest;    // it has its reason
    conclude(claim, &weakest);
    char pairs[80];
    snprintf(pairs, sizeof pairs, "; the least sure pair is %d and %d of %d", at + 1, at + 2, count);
    strncat(weakest.reason, pairs, sizeof weakest.reason - strlen(weakest.reason) - 1);
    return weakest;
}

ClaimResult claim_judge_estimate(const Claim *claim, Estimate difference, int runs_a, int runs_b) {
    assert(claim_has_two_arms(claim->kind));
    ClaimResult result = undecided(claim);
    Evidence evidence;
    result.runs_a = runs_a;
    result.runs_b = runs_b;
    if (take_mean(difference, &evidence, &result)) decide(claim, &evidence, &result);
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
        explain(&r, "%d of %d digests differ from the stored ones", different, known);
    } else if (missing > 0 || known == 0) {
        explain(&r, "%d of %d runs or stored digests are missing", missing, known + missing);
    } else {
        r.verdict = VERDICT_PASS;
        explain(&r, "all %d digests equal the stored ones", known);
    }
    return r;
}

void claim_remember(const Claim *claim, ClaimResult *result, ClaimSeen *seen) {
    if (!claim_is_tested(claim->kind)) return;
    seen->p = fmin(seen->p, result->p);
    seen->p_fail = fmin(seen->p_fail, result->p_fail);
    bool earlier = seen->p < result->p || seen->p_fail < result->p_fail;
    result->p = result->p_adjusted = seen->p;
    result->p_fail = result->p_fail_adjusted = seen->p_fail;
    if (earlier) conclude(claim, result);
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
        explain(r, "%s alone, but not among %d claims: p = %.3g becomes %.3g (Holm)", verdict_names[r->verdict], count,
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
