#include "analysis/correlation.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_permutation.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

enum { FEWEST = 3, SPEARMAN_MOST_EXACT = 9, KENDALL_MOST_EXACT = 33 };

double ranks(const double *x, int n, double *out) {
    if (n == 0) return 0;
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)n);
    gsl_sort_index(order, x, 1, (size_t)n);
    double ties = 0;
    for (int first = 0, next; first < n; first = next) {
        next = first + 1;
        while (next < n && x[order[next]] == x[order[first]]) next++;
        for (int i = first; i < next; i++) out[order[i]] = 0.5 * (first + 1 + next);
        double t = next - first;
        ties += t * t * t - t;
    }
    free(order);
    return ties;
}

static bool is_constant(const double *x, int n) {
    double lowest, highest;
    gsl_stats_minmax(&lowest, &highest, x, 1, (size_t)n);
    return lowest == highest;
}

static bool has_correlation(const double *x, const double *y, int n) {
    return n >= FEWEST && values_finite(x, n) && values_finite(y, n) && !is_constant(x, n) && !is_constant(y, n);
}

double correlation_p(double r, int n, Alternative alternative) {
    if (isnan(r) || n < FEWEST) return NAN;
    double t = fabs(r) < 1 ? r * sqrt((n - 2) / ((1 - r) * (1 + r))) : copysign(INFINITY, r);
    return estimate_p((Estimate){.value = t, .se = 1, .df = n - 2}, 0, alternative);
}

// ---- Pearson -------------------------------------------------------------------------------------------------------------

double pearson(const double *x, const double *y, int n) {
    if (!has_correlation(x, y, n)) return NAN;
    return fmax(-1, fmin(1, gsl_stats_correlation(x, 1, y, 1, (size_t)n)));
}

TestResult pearson_test(const double *x, const double *y, int n, Alternative alternative) {
    double r = pearson(x, y, n);
    return (TestResult){r, correlation_p(r, n, alternative)};
}

Estimate pearson_estimate(double r, int n) {
    if (isnan(r) || n < 4) return estimate_undefined;
    return (Estimate){.value = atanh(r), .se = 1 / sqrt(n - 3), .df = INFINITY};
}

// ---- Spearman ------------------------------------------------------------------------------------------------------------

double spearman(const double *x, const double *y, int n) {
    if (!has_correlation(x, y, n)) return NAN;
    double *rank_x = memory_alloc(sizeof(double) * 2 * (size_t)n), *rank_y = rank_x + n;
    ranks(x, n, rank_x);
    ranks(y, n, rank_y);
    double rho = fmax(-1, fmin(1, gsl_stats_correlation(rank_x, 1, rank_y, 1, (size_t)n)));
    free(rank_x);
    return rho;
}

// Over all pairings. The sum of products of ranks is rho up to constants, and exact: a multiple of 1/4.
static double spearman_exact_p(const double *x, const double *y, int n, Alternative alternative) {
    double rank_x[SPEARMAN_MOST_EXACT], rank_y[SPEARMAN_MOST_EXACT], observed = 0;
    ranks(x, n, rank_x);
    ranks(y, n, rank_y);
    for (int i = 0; i < n; i++) observed += rank_x[i] * rank_y[i];
    gsl_permutation *pairing = gsl_permutation_calloc((size_t)n);
    double all = 0, at_least = 0, at_most = 0;
    do {
        const size_t *partner = pairing->data;
        double sum = 0;
        for (int i = 0; i < n; i++) sum += rank_x[i] * rank_y[partner[i]];
        at_least += sum >= observed;
        at_most += sum <= observed;
        all++;
    } while (gsl_permutation_next(pairing) == GSL_SUCCESS);
    gsl_permutation_free(pairing);
    return alternative_p(at_least / all, at_most / all, alternative);
}

TestResult spearman_test(const double *x, const double *y, int n, Alternative alternative) {
    double rho = spearman(x, y, n);
    if (isnan(rho)) return test_undefined;
    bool exact = n <= SPEARMAN_MOST_EXACT;
    return (TestResult){rho, exact ? spearman_exact_p(x, y, n, alternative) : correlation_p(rho, n, alternative)};
}

// A perfect correlation is replaced by the next smaller one. Rounding may leave it just below 1; ties may give values
// between the two.
static double spearman_kept(double rho, int n) {
    double limit = 1 - 12 / ((double)n * n * n - n);
    return fabs(rho) > 1 - 1e-12 ? copysign(limit, rho) : rho;
}

Estimate spearman_estimate(double rho, int n) {
    if (isnan(rho) || n < 4) return estimate_undefined;
    double kept = spearman_kept(rho, n);
    return (Estimate){.value = atanh(kept), .se = sqrt((1 + kept * kept / 2) / (n - 3)), .df = INFINITY};
}

Estimate spearman_estimate_fieller(double rho, int n) {
    if (isnan(rho) || n < 4) return estimate_undefined;
    return (Estimate){.value = atanh(spearman_kept(rho, n)), .se = sqrt(1.06 / (n - 3)), .df = INFINITY};
}

// ---- Kendall -------------------------------------------------------------------------------------------------------------

// Pairs of runs; those tied on both sides count in tied_x and in tied_y.
typedef struct PairCounts {
    double all, concordant, discordant, tied_x, tied_y;
} PairCounts;

static PairCounts pair_counts(const double *x, const double *y, int n) {
    PairCounts pairs = {.all = n * (n - 1.0) / 2};
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            int side_x = (x[i] > x[j]) - (x[i] < x[j]), side_y = (y[i] > y[j]) - (y[i] < y[j]);
            pairs.concordant += side_x * side_y > 0;
            pairs.discordant += side_x * side_y < 0;
            pairs.tied_x += side_x == 0;
            pairs.tied_y += side_y == 0;
        }
    }
    return pairs;
}

static double tau_b(PairCounts pairs) {
    return (pairs.concordant - pairs.discordant) / sqrt((pairs.all - pairs.tied_x) * (pairs.all - pairs.tied_y));
}

double kendall_tau_b(const double *x, const double *y, int n) {
    return has_correlation(x, y, n) ? tau_b(pair_counts(x, y, n)) : NAN;
}

// P(a random permutation of n has at most `most` inversions): the m-th element adds 0..m-1 of them, all equally likely.
static double inversions_p(int n, int most) {
    int all = n * (n - 1) / 2;
    if (most < 0) return 0;
    if (most > all / 2) return 1 - inversions_p(n, all - most - 1);    // symmetric; the side with fewer terms
    double *p = memory_zeroed((size_t)most + 1, sizeof *p), total = 0;
    p[0] = 1;
    for (int m = 2; m <= n; m++) {
        for (int k = most; k >= 0; k--) {
            double sum = 0;
            for (int added = 0; added < m && added <= k; added++) sum += p[k - added];
            p[k] = sum / m;
        }
    }
    for (int k = 0; k <= most; k++) total += p[k];
    free(p);
    return fmin(1, total);    // rounding
}

// Sums over the groups of t tied values that the variance of C - D needs.
typedef struct TieSums {
    double pairs, triples, weighted;    // t (t - 1), t (t - 1) (t - 2), t (t - 1) (2 t + 5)
} TieSums;

static TieSums tie_sums(const double *x, int n) {
    TieSums sums = {0, 0, 0};
    for (int i = 0; i < n; i++) {    // one of the t of its group
        double t = 0;
        for (int j = 0; j < n; j++) t += x[j] == x[i];
        sums.pairs += t - 1;
        sums.triples += (t - 1) * (t - 2);
        sums.weighted += (t - 1) * (2 * t + 5);
    }
    return sums;
}

static double kendall_normal_p(const double *x, const double *y, int n, PairCounts pairs, Alternative alternative) {
    TieSums of_x = tie_sums(x, n), of_y = tie_sums(y, n);
    double m = (double)n * (n - 1);
    double variance = (m * (2.0 * n + 5) - of_x.weighted - of_y.weighted) / 18 + of_x.pairs * of_y.pairs / (2 * m) +
                      of_x.triples * of_y.triples / (9 * m * (n - 2));
    Estimate e = {.value = pairs.concordant - pairs.discordant, .se = sqrt(variance), .df = INFINITY};
    return estimate_p(e, 0, alternative);
}

TestResult kendall_test(const double *x, const double *y, int n, Alternative alternative) {
    if (!has_correlation(x, y, n)) return test_undefined;
    PairCounts pairs = pair_counts(x, y, n);
    TestResult result = {.statistic = tau_b(pairs)};
    bool tied = pairs.tied_x > 0 || pairs.tied_y > 0;
    if (!tied && (n <= KENDALL_MOST_EXACT || fmin(pairs.concordant, pairs.discordant) <= 1)) {
        double greater = inversions_p(n, (int)pairs.discordant), less = inversions_p(n, (int)pairs.concordant);
        result.p = alternative_p(greater, less, alternative);
    } else {
        result.p = kendall_normal_p(x, y, n, pairs, alternative);
    }
    return result;
}

// ---- least squares -------------------------------------------------------------------------------------------------------

double least_squares_slope(const double *x, const double *y, int n) {
    if (n < 2 || !values_finite(x, n) || !values_finite(y, n) || is_constant(x, n)) return NAN;
    double constant, slope, cov00, cov01, cov11, residuals;
    gsl_fit_linear(x, 1, y, 1, (size_t)n, &constant, &slope, &cov00, &cov01, &cov11, &residuals);
    return slope;
}
