#include "analysis/evidence.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounded.h"
#include "analysis/correlation.h"
#include "analysis/paired.h"
#include "analysis/permutation.h"
#include "analysis/proportion.h"
#include "analysis/sequential.h"
#include "core/arena.h"

enum { BISECTIONS = 24 };    // a bound to the range's 2^-24

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static double logit(double p) {
    return log(p / (1 - p));
}

// ---- making it ----

Evidence evidence_mean(Estimate estimate) {
    return (Evidence){.scale = EVIDENCE_MEAN, .effect = estimate.value, .estimate = estimate};
}

Evidence evidence_share(int hits, int trials) {
    return (Evidence){.scale = EVIDENCE_SHARE, .effect = (double)hits / trials, .hits = hits, .trials = trials};
}

Evidence evidence_ranks(double rho, int n) {
    return (Evidence){.scale = EVIDENCE_RANKS, .effect = rho, .estimate = spearman_estimate(rho, n)};
}

Evidence evidence_dominance(Estimate estimate) {
    return (Evidence){.scale = EVIDENCE_DOMINANCE, .effect = logistic(estimate.value), .estimate = estimate};
}

static Evidence of_values(EvidenceScale scale, const double *x, int n_x, const double *y, int n_y) {
    Evidence evidence = {.scale = scale, .count = n_x + n_y, .count_a = n_x};
    evidence.value = memory_alloc(sizeof(double) * ((size_t)evidence.count + 1));
    memcpy(evidence.value, x, sizeof(double) * (size_t)n_x);
    if (n_y > 0) memcpy(evidence.value + n_x, y, sizeof(double) * (size_t)n_y);
    return evidence;
}

static Evidence in_bounds(EvidenceScale scale, const double *x, int n, Interval bounds) {
    Evidence evidence = of_values(scale, x, n, NULL, 0);
    evidence.bounds = bounds;
    evidence.effect = estimate_mean(x, n).value;
    for (int i = 0; i < n; i++) {
        if (!(x[i] >= bounds.low && x[i] <= bounds.high)) evidence.effect = NAN;
    }
    return evidence;
}

Evidence evidence_bounded(const double *x, int n, Interval bounds) {
    return in_bounds(EVIDENCE_BOUNDED, x, n, bounds);
}

Evidence evidence_betting(const double *x, int n, Interval bounds) {
    return in_bounds(EVIDENCE_BETTING, x, n, bounds);
}

Evidence evidence_permutation(TaskSample x, TaskSample y, int permutations, uint64_t seed) {
    Evidence evidence = of_values(EVIDENCE_PERMUTATION, x.value, x.n, y.value, y.n);
    evidence.permutations = permutations;
    evidence.seed = seed;
    evidence.estimate =
        estimate_difference(estimate_stratified(x.value, x.task, x.n), estimate_stratified(y.value, y.task, y.n));
    evidence.effect = evidence.estimate.value;
    if (!x.task) return evidence;
    evidence.task = memory_alloc(sizeof(int) * ((size_t)evidence.count + 1));
    memcpy(evidence.task, x.task, sizeof(int) * (size_t)x.n);
    memcpy(evidence.task + x.n, y.task, sizeof(int) * (size_t)y.n);
    return evidence;
}

Evidence evidence_sign_flips(const double *difference, int n, int permutations, uint64_t seed) {
    Evidence evidence = of_values(EVIDENCE_PERMUTATION, difference, n, NULL, 0);
    evidence.permutations = permutations;
    evidence.seed = seed;
    evidence.estimate = estimate_mean(difference, n);
    evidence.effect = evidence.estimate.value;
    return evidence;
}

void evidence_free(Evidence *evidence) {
    free(evidence->value);
    free(evidence->task);
    evidence->value = NULL;
    evidence->task = NULL;
}

// ---- p-values ----

// Under "theta = boundary", a less the boundary and b are exchangeable; so are the signs of differences less it.
static double permutation_p(const Evidence *e, double boundary, Alternative side) {
    double *x = memory_alloc(sizeof(double) * (size_t)e->count);
    double *zero = memory_zeroed((size_t)e->count, sizeof(double));    // differences are pairs with nothing
    for (int i = 0; i < e->count; i++) x[i] = e->value[i] - (i < e->count_a ? boundary : 0);
    TaskSample a = {x, e->task, e->count_a};
    TaskSample b = {x + e->count_a, e->task ? e->task + e->count_a : NULL, e->count - e->count_a};
    double p = b.n > 0 ? permutation_test(a, b, permutation_welch_t, side, e->permutations, e->seed).p
                       : sign_flip_test(x, zero, e->count_a, side, e->permutations, e->seed).p;
    free(x);
    free(zero);
    return p;
}

static double betting_p(const Evidence *e, double boundary, Alternative side) {
    double width = e->bounds.high - e->bounds.low, null = (boundary - e->bounds.low) / width;
    // A mean at or outside the ends of what a value can be is nothing to bet on: it is refuted by one value off that end, or never.
    if (null <= 0) return side == ALTERNATIVE_GREATER && (null < 0 || e->effect > e->bounds.low) ? 0 : 1;
    if (null >= 1) return side == ALTERNATIVE_LESS && (null > 1 || e->effect < e->bounds.high) ? 0 : 1;
    double *x = memory_alloc(sizeof(double) * (2 * (size_t)e->count + 1)), *p = x + e->count;
    for (int i = 0; i < e->count; i++) x[i] = (e->value[i] - e->bounds.low) / width;
    eprocess_mixture(x, e->count, null, side, p);
    eprocess_p(p, e->count, p);
    double last = e->count > 0 ? p[e->count - 1] : 1;
    free(x);
    return last;
}

double evidence_p(const Evidence *e, double boundary, Alternative side) {
    if (isinf(boundary)) return (boundary < 0) == (side == ALTERNATIVE_GREATER) ? 0 : 1;
    switch (e->scale) {
    case EVIDENCE_MEAN: return estimate_p(e->estimate, boundary, side);
    case EVIDENCE_SHARE: return proportion_p(e->hits, e->trials, boundary, side);
    case EVIDENCE_RANKS: return estimate_p(e->estimate, atanh(boundary), side);
    case EVIDENCE_DOMINANCE: return estimate_p(e->estimate, logit(boundary), side);
    case EVIDENCE_BOUNDED: return bounded_p(e->value, e->count, e->bounds.low, e->bounds.high, boundary, side);
    case EVIDENCE_PERMUTATION: return permutation_p(e, boundary, side);
    case EVIDENCE_BETTING: return betting_p(e, boundary, side);
    }
    assert(false);
    return NAN;
}

// ---- bounds ----

// The boundary at which p of the side crosses alpha, for evidence that is only known by its p-values: p grows with the boundary
// (greater) or falls (less). Between `near` (the effect, where p is large) and `far` (where it is small); a far end that is not
// rejected is the answer.
static double bound_by_bisection(const Evidence *e, double alpha, Alternative side, double near, double far) {
    if (!(evidence_p(e, far, side) < alpha)) return far;
    for (int i = 0; i < BISECTIONS && near != far; i++) {
        double middle = (near + far) / 2;
        if (evidence_p(e, middle, side) < alpha) far = middle;
        else near = middle;
    }
    return far;
}

// How far a shift can be before every relabelling is less extreme: beyond the spread of all values.
static double permutation_bound(const Evidence *e, double alpha, Alternative side) {
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < e->count; i++) {
        low = fmin(low, e->value[i]);
        high = fmax(high, e->value[i]);
    }
    double reach = 2 * (high - low) + fabs(e->effect), sign = side == ALTERNATIVE_GREATER ? -1 : 1;
    double bound = bound_by_bisection(e, alpha, side, e->effect, e->effect + sign * reach);
    return fabs(bound - e->effect) >= reach ? sign * INFINITY : bound;    // too few arrangements for this level
}

double evidence_lower(const Evidence *e, double alpha) {
    switch (e->scale) {
    case EVIDENCE_SHARE: return proportion_lower(e->hits, e->trials, alpha);
    case EVIDENCE_RANKS: return tanh(estimate_lower(e->estimate, alpha));
    case EVIDENCE_DOMINANCE: return logistic(estimate_lower(e->estimate, alpha));
    case EVIDENCE_BOUNDED: return bounded_lower(e->value, e->count, e->bounds.low, e->bounds.high, alpha);
    case EVIDENCE_PERMUTATION: return permutation_bound(e, alpha, ALTERNATIVE_GREATER);
    case EVIDENCE_BETTING: return bound_by_bisection(e, alpha, ALTERNATIVE_GREATER, e->effect, e->bounds.low);
    case EVIDENCE_MEAN: break;
    }
    return estimate_lower(e->estimate, alpha);
}

double evidence_upper(const Evidence *e, double alpha) {
    switch (e->scale) {
    case EVIDENCE_SHARE: return proportion_upper(e->hits, e->trials, alpha);
    case EVIDENCE_RANKS: return tanh(estimate_upper(e->estimate, alpha));
    case EVIDENCE_DOMINANCE: return logistic(estimate_upper(e->estimate, alpha));
    case EVIDENCE_BOUNDED: return bounded_upper(e->value, e->count, e->bounds.low, e->bounds.high, alpha);
    case EVIDENCE_PERMUTATION: return permutation_bound(e, alpha, ALTERNATIVE_LESS);
    case EVIDENCE_BETTING: return bound_by_bisection(e, alpha, ALTERNATIVE_LESS, e->effect, e->bounds.high);
    case EVIDENCE_MEAN: break;
    }
    return estimate_upper(e->estimate, alpha);
}
