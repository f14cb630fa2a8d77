#include "analysis/claim_evidence.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/claim_rules.h"
#include "analysis/claim_runs.h"
#include "analysis/correlation.h"
#include "analysis/effect.h"
#include "analysis/two_sample.h"
#include "core/arena.h"

enum { FEWEST_VALID_PERCENT = 80 };

bool claim_explain(ClaimResult *result, const char *format, ...) {
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
        return claim_explain(result, "%d of %d runs broke down, and the claim does not say what stands for them (nan: error)",
                             runs->failed, runs->expected);
    }
    if (100 * valid < FEWEST_VALID_PERCENT * runs->expected) {
        return claim_explain(result, "only %d of %d runs are valid, %d %% are needed", valid, runs->expected,
                             FEWEST_VALID_PERCENT);
    }
    if (runs->count < fewest)
        return claim_explain(result, "%d run%s, at least %d are needed", runs->count, runs->count == 1 ? "" : "s", fewest);
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
    if (!a->stratum || !b->stratum) return claim_explain(result, "one arm has tasks, the other has not");
    for (int i = 0; i < a->count; i++) {
        if (!has_stratum(b, a->stratum[i])) return claim_explain(result, "task %d has no runs in b", a->stratum[i]);
    }
    for (int i = 0; i < b->count; i++) {
        if (!has_stratum(a, b->stratum[i])) return claim_explain(result, "task %d has no runs in a", b->stratum[i]);
    }
    return true;
}

// ---- evidence from one set of values ----

bool claim_take_estimate(Estimate estimate, Evidence *evidence, ClaimResult *result) {
    *evidence = evidence_mean(estimate);
    result->effect = estimate.value;
    if (isnan(estimate.se)) return claim_explain(result, "a task has a single run, so its spread is unknown");
    return estimate.se > 0 || claim_explain(result, "the runs of each task gave the same value: no spread to judge by");
}

static bool take_share(const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    int hits = 0;
    for (int i = 0; i < runs->count; i++) {
        if (runs->value[i] != 0 && runs->value[i] != 1)
            return claim_explain(result, "a share is judged from values 0 or 1, a run has %g", runs->value[i]);
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
           claim_explain(result, "a run's value lies outside the bounds [%g, %g]", claim->bounds.low, claim->bounds.high);
}

static bool take_values(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    if (claim_has_share(claim)) return take_share(runs, evidence, result);
    if (claim_is_exact(claim, one_task(runs))) return take_bounded(claim, runs, evidence, result);
    if (claim->test == TEST_PERMUTATION) {
        *evidence = evidence_sign_flips(runs->value, runs->count, claim->permutations, claim->seed);
        result->effect = evidence->effect;
        return true;
    }
    return claim_take_estimate(estimate_stratified(runs->value, runs->stratum, runs->count), evidence, result);
}

static bool take_ranks(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    double rho = spearman(runs->value, runs->other, runs->count);
    result->effect = rho;
    if (isnan(rho)) return claim_explain(result, "one of the two quantities is the same in all runs: no correlation");
    *evidence = evidence_ranks(rho, runs->count);
    result->p_shuffled = spearman_permutation_p(runs->value, runs->other, runs->stratum, runs->count, ALTERNATIVE_GREATER,
                                                claim->permutations, claim->seed);
    return true;
}

// Our mean minus the published one. Its error is the published one, or, where that is not stated, that of a prediction: the
// spread of ours, over as many runs as they had (one, if that is not stated either). The effect is told in deviations of our runs.
static bool take_published(const Claim *claim, const ClaimRuns *runs, Evidence *evidence, ClaimResult *result) {
    const Published *published = &claim->published;
    Estimate ours = estimate_stratified(runs->value, runs->stratum, runs->count);
    Estimate theirs = {published->mean, published->sd / sqrt((double)published->n), published->n - 1};
    Estimate difference = estimate_difference(ours, theirs);
    if (isnan(published->sd)) {
        double their_runs = published->n > 0 ? published->n : 1;
        difference = (Estimate){ours.value - published->mean, ours.se * sqrt(1 + runs->count / their_runs), ours.df};
    }
    if (ours.se > 0) result->standardised = difference.value / (ours.se * sqrt((double)runs->count));
    return claim_take_estimate(difference, evidence, result);
}

bool claim_take_one_arm(const Claim *claim, const ClaimArm *a, Evidence *evidence, ClaimResult *result) {
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
    if (one_task(x)) result->standardised = hedges_g(x->value, x->count, y->value, y->count);
    return claim_take_estimate(estimate_difference(estimate_stratified(x->value, x->stratum, x->count),
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

// P(a > b) + P(a = b) / 2 in one task of several. Arms that do not overlap leave no spread to estimate an error from: then as if one half
// of a further pair had gone the other way, and the error of a share of so many pairs, which is wider than the exact bound of a share.
static Estimate superiority_in_task(const double *a, int n_a, const double *b, int n_b, bool paired) {
    Estimate estimate = paired ? superiority_paired_estimate(a, b, n_a) : superiority_estimate(a, n_a, b, n_b);
    bool apart = isnan(estimate.se) && (estimate.value == 0 || estimate.value == 1);
    if (!apart) return estimate;
    int pairs = n_a < n_b ? n_a : n_b;
    double share = (estimate.value * pairs + 0.5) / (pairs + 1.0);
    return (Estimate){share, sqrt(share * (1 - share) / pairs), pairs - 1};
}

// Its mean over tasks.
static Estimate superiority_over_tasks(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y) {
    int last = 0, tasks = 0;
    for (int i = 0; x->stratum && i < x->count; i++) last = x->stratum[i] > last ? x->stratum[i] : last;
    double least = fmin(least_value(x), least_value(y));
    double *a = memory_alloc(sizeof(double) * ((size_t)x->count + (size_t)y->count + 2)), *b = a + x->count + 1;
    Estimate sum = {.value = 0, .se = 0, .df = 0};
    for (int task = 0; task <= last; task++) {
        int n_a = values_of_task(x, task, least, a), n_b = values_of_task(y, task, least, b);
        if (n_a == 0) continue;
        Estimate one = superiority_in_task(a, n_a, b, n_b, claim->paired);
        one.value = -one.value;    // a - (-b): the sum, with the same error
        sum = estimate_difference(sum, one);
        tasks++;
    }
    free(a);
    return (Estimate){sum.value / tasks, sum.se / tasks, sum.df};
}

static double superiority_of(const ClaimRuns *x, const ClaimRuns *y) {
    return superiority(x->value, x->count, y->value, y->count);
}

static bool take_dominance(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y, Evidence *evidence,
                           ClaimResult *result) {
    Estimate superiority = superiority_over_tasks(claim, x, y);
    double all = superiority_of(x, y);
    if (one_task(x) && (all == 0 || all == 1)) {    // no overlap: pairs one by one are trials, all of which went one way
        int pairs = x->count < y->count ? x->count : y->count;
        *evidence = evidence_share(all == 1 ? pairs : 0, pairs);
        result->effect = all;
        return true;
    }
    *evidence = evidence_dominance(estimate_logit(superiority));
    result->effect = superiority.value;
    if (superiority.se > 0) return true;
    return claim_explain(result, "neither arm varies against the other: P(a > b) = %.3g has no interval", result->effect);
}

// Two sets of runs; those of a pair of which one is left out are both left out.
static bool take_two_samples_or_ranks(const Claim *claim, const ClaimRuns *x, const ClaimRuns *y, Evidence *evidence,
                                      ClaimResult *result) {
    result->runs_a = x->count;
    result->runs_b = y->count;
    result->failed = x->failed + y->failed;
    result->cliff = cliff_delta(x->value, x->count, y->value, y->count);
    if (!enough_runs(claim, x, result) || !enough_runs(claim, y, result) || !same_strata(x, y, result)) return false;
    return claim->kind == CLAIM_DOMINATES ? take_dominance(claim, x, y, evidence, result)
                                          : take_two_samples(claim, x, y, evidence, result);
}

bool claim_take_two_arms(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence, ClaimResult *result) {
    ClaimRuns x, y;
    if (claim->paired) {
        claim_runs_of_pairs(claim, a, b, &x, &y);
    } else {
        x = claim_runs(claim, a);
        y = claim_runs(claim, b);
    }
    bool known;
    if (claim->paired && claim->kind != CLAIM_DOMINATES) {
        result->cliff = cliff_delta(x.value, x.count, y.value, y.count);
        claim_runs_subtract(&x, &y);
        result->runs_a = x.count;
        result->failed = x.failed;
        known = enough_runs(claim, &x, result) && take_values(claim, &x, evidence, result);
    } else {
        known = take_two_samples_or_ranks(claim, &x, &y, evidence, result);
        if (claim->paired) result->failed = x.failed;    // pairs: both sides count the same ones
    }
    claim_runs_free(&x);
    claim_runs_free(&y);
    return known;
}

bool claim_take_described(const Claim *claim, const ClaimArm *a, const ClaimArm *b, Evidence *evidence, ClaimResult *result) {
    Claim lenient = *claim;
    if (!claim->share) lenient.failed = FAILED_DROP;    // a share has its own policy: what broke down has not arrived
    ClaimRuns x = {0}, y = {0};
    if (b) {
        claim_runs_of_pairs(&lenient, a, b, &x, &y);
        claim_runs_subtract(&x, &y);
    } else {
        x = claim_runs(&lenient, a);
    }
    result->runs_a = x.count;
    result->failed = x.failed;
    bool known = x.count > 0;
    if (known) take_values(&lenient, &x, evidence, result);
    claim_runs_free(&x);
    claim_runs_free(&y);
    return known;
}
