#include "analysis/statistics.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "core/arena.h"

static bool all_finite(const double *x, int n) {
    for (int i = 0; i < n; i++) {
        if (!isfinite(x[i])) return false;
    }
    return true;
}

// ---- estimates with an error ----

static const Estimate UNDEFINED = {NAN, NAN, NAN};

Estimate estimate_mean(const double *x, int n) {
    if (n < 1 || !all_finite(x, n)) return UNDEFINED;
    Estimate e = {.value = gsl_stats_mean(x, 1, (size_t)n), .se = NAN, .df = n - 1};
    if (n < 2) return e;
    // The mean of equal values may be off by one rounding: a constant sample must have se = 0 exactly.
    double lowest, highest;
    gsl_stats_minmax(&lowest, &highest, x, 1, (size_t)n);
    if (lowest == highest) return (Estimate){.value = lowest, .se = 0, .df = n - 1};
    e.se = gsl_stats_sd(x, 1, (size_t)n) / sqrt((double)n);
    return e;
}

Estimate estimate_difference(Estimate a, Estimate b) {
    double variance_a = a.se * a.se, variance_b = b.se * b.se, variance = variance_a + variance_b;
    Estimate e = {.value = a.value - b.value, .se = sqrt(variance), .df = a.df + b.df};
    if (variance == 0) return e;
    // Shares of the variance instead of fourth powers: no underflow.
    double share_a = variance_a / variance, share_b = variance_b / variance;
    double inverse = 0;
    if (share_a != 0) inverse += share_a * share_a / a.df;
    if (share_b != 0) inverse += share_b * share_b / b.df;
    e.df = 1 / inverse;
    return e;
}

// Values of one stratum, in order; returns how many.
static int stratum_values(const double *x, const int *stratum, int n, int wanted, double *out) {
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (stratum[i] == wanted) out[count++] = x[i];
    }
    return count;
}

Estimate estimate_stratified(const double *x, const int *stratum, int n) {
    if (!stratum) return estimate_mean(x, n);
    int last = -1, tasks = 0;
    for (int i = 0; i < n; i++) {
        assert(stratum[i] >= 0);
        if (stratum[i] > last) last = stratum[i];
    }
    double *values = memory_alloc(sizeof(double) * (size_t)(n + 1));
    Estimate sum = {.value = 0, .se = 0, .df = 0};
    for (int s = 0; s <= last; s++) {
        int count = stratum_values(x, stratum, n, s, values);
        if (count == 0) continue;
        Estimate task = estimate_mean(values, count);
        task.value = -task.value;    // a - (-b): the sum, with the same error
        sum = estimate_difference(sum, task);
        tasks++;
    }
    free(values);
    if (tasks == 0) return UNDEFINED;
    return (Estimate){sum.value / tasks, sum.se / tasks, sum.df};
}

// Upper tail of the error's distribution; GSL is not asked about infinities.
static double upper_tail(double t, double df) {
    if (isnan(t) || isnan(df)) return NAN;
    if (isinf(t)) return t > 0 ? 0 : 1;
    return isinf(df) ? gsl_cdf_ugaussian_Q(t) : gsl_cdf_tdist_Q(t, df);
}

static double upper_quantile(double alpha, double df) {
    assert(alpha > 0 && alpha < 1);
    if (!(df > 0)) return NAN;
    return isinf(df) ? gsl_cdf_ugaussian_Qinv(alpha) : gsl_cdf_tdist_Qinv(alpha, df);
}

double estimate_lower(Estimate e, double alpha) {
    return e.se == 0 ? e.value : e.value - upper_quantile(alpha, e.df) * e.se;
}

double estimate_upper(Estimate e, double alpha) {
    return e.se == 0 ? e.value : e.value + upper_quantile(alpha, e.df) * e.se;
}

Interval estimate_interval(Estimate e, double level) {
    double alpha = (1 - level) / 2;
    return (Interval){estimate_lower(e, alpha), estimate_upper(e, alpha)};
}

static double two_sided(double p_greater, double p_less) {
    return fmin(1, 2 * fmin(p_greater, p_less));
}

double estimate_p(Estimate e, double null, Alternative alternative) {
    if (isnan(e.value) || isnan(e.se) || isnan(null)) return NAN;
    double distance = e.value - null;
    if (e.se == 0) {
        bool beyond = alternative == ALTERNATIVE_GREATER ? distance > 0
                      : alternative == ALTERNATIVE_LESS  ? distance < 0
                                                         : distance != 0;
        return beyond ? 0 : 1;
    }
    double greater = upper_tail(distance / e.se, e.df), less = upper_tail(-distance / e.se, e.df);
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return two_sided(greater, less);
}

double estimate_tost(Estimate e, double margin) {
    assert(margin > 0);
    double above = estimate_p(e, -margin, ALTERNATIVE_GREATER), below = estimate_p(e, margin, ALTERNATIVE_LESS);
    return isnan(above) || isnan(below) ? NAN : fmax(above, below);
}

// ---- shares ----

double proportion_lower(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n);
    return k == 0 ? 0 : gsl_cdf_beta_Pinv(alpha, k, n - k + 1);
}

double proportion_upper(int k, int n, double alpha) {
    assert(n > 0 && k >= 0 && k <= n);
    return k == n ? 1 : gsl_cdf_beta_Qinv(alpha, k + 1, n - k);
}

Interval proportion_interval(int k, int n, double level) {
    double alpha = (1 - level) / 2;
    return (Interval){proportion_lower(k, n, alpha), proportion_upper(k, n, alpha)};
}

double proportion_p(int k, int n, double null, Alternative alternative) {
    assert(n > 0 && k >= 0 && k <= n && null >= 0 && null <= 1);
    // P(at least k | null) and P(at most k | null) as beta integrals, the ones that the bounds invert.
    double greater = k == 0 ? 1 : gsl_cdf_beta_P(null, k, n - k + 1);
    double less = k == n ? 1 : gsl_cdf_beta_Q(null, k + 1, n - k);
    if (alternative == ALTERNATIVE_GREATER) return greater;
    if (alternative == ALTERNATIVE_LESS) return less;
    return two_sided(greater, less);
}

double fisher_exact(int k_x, int n_x, int k_y, int n_y, Alternative alternative) {
    assert(n_x > 0 && n_y > 0 && k_x >= 0 && k_x <= n_x && k_y >= 0 && k_y <= n_y);
    // Given k_x + k_y successes in all, those of x are hypergeometric.
    unsigned drawn = (unsigned)(k_x + k_y), size_x = (unsigned)n_x, size_y = (unsigned)n_y;
    double observed = gsl_ran_hypergeometric_pdf((unsigned)k_x, size_x, size_y, drawn);
    double p = 0;
    for (int k = 0; k <= n_x && k <= k_x + k_y; k++) {
        double probability = gsl_ran_hypergeometric_pdf((unsigned)k, size_x, size_y, drawn);
        bool counts = alternative == ALTERNATIVE_GREATER ? k >= k_x
                      : alternative == ALTERNATIVE_LESS  ? k <= k_x
                                                         : probability <= observed * (1 + 1e-7);
        if (counts) p += probability;
    }
    return fmin(1, p);
}

// ---- ranks ----

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

double spearman(const double *x, const double *y, int n) {
    if (n < 3 || !all_finite(x, n) || !all_finite(y, n)) return NAN;
    double *rank_x = memory_alloc(sizeof(double) * 2 * (size_t)n), *rank_y = rank_x + n;
    double whole = (double)n * n * n - n, rho = NAN;
    bool varied = ranks(x, n, rank_x) < whole;
    varied = ranks(y, n, rank_y) < whole && varied;
    if (varied) rho = fmax(-1, fmin(1, gsl_stats_correlation(rank_x, 1, rank_y, 1, (size_t)n)));
    free(rank_x);
    return rho;
}

double spearman_p(double rho, int n, Alternative alternative) {
    if (isnan(rho) || n < 3) return NAN;
    double t = rho * sqrt((n - 2) / ((1 - rho) * (1 + rho)));
    return estimate_p((Estimate){.value = t, .se = 1, .df = n - 2}, 0, alternative);
}

Estimate spearman_estimate(double rho, int n) {
    if (isnan(rho) || n < 4) return UNDEFINED;
    double limit = 1 - 12 / ((double)n * n * n - n);
    // Rounding may leave a perfect correlation just below 1; ties may give values between the limit and 1.
    double kept = fabs(rho) > 1 - 1e-12 ? copysign(limit, rho) : rho;
    return (Estimate){.value = atanh(kept), .se = sqrt((1 + kept * kept / 2) / (n - 3)), .df = INFINITY};
}

Interval spearman_interval(double rho, int n, double level) {
    Interval z = estimate_interval(spearman_estimate(rho, n), level);
    return (Interval){tanh(z.low), tanh(z.high)};
}

// P(W >= w) over all 2^n signs, where the doubled mid-ranks are integers and W2 = sum of those with a plus.
static double signed_rank_tail(const double *rank, int n, double w) {
    int total = n * (n + 1), reached = 0;
    double *probability = memory_zeroed((size_t)total + 1, sizeof(double));
    probability[0] = 1;
    for (int i = 0; i < n; i++) {
        int step = (int)lround(2 * rank[i]);
        for (int sum = reached; sum >= 0; sum--) {
            double half = probability[sum] / 2;    // powers of two: exact
            probability[sum] = half;
            probability[sum + step] += half;
        }
        reached += step;
    }
    double p = 0;
    for (int sum = total; sum >= (int)lround(2 * w); sum--) p += probability[sum];
    free(probability);
    return fmin(1, p);
}

enum { EXACT_LIMIT = 50 };

TestResult wilcoxon_signed_rank(const double *difference, int n, Alternative alternative) {
    if (!all_finite(difference, n)) return (TestResult){NAN, NAN};
    double *size = memory_alloc(sizeof(double) * (2 * (size_t)n + 1)), *rank = size + n;
    bool *positive = memory_alloc((size_t)n + 1);
    int count = 0;
    for (int i = 0; i < n; i++) {
        if (difference[i] == 0) continue;
        size[count] = fabs(difference[i]);
        positive[count++] = difference[i] > 0;
    }
    double ties = ranks(size, count, rank), plus = 0;
    for (int i = 0; i < count; i++) plus += positive[i] ? rank[i] : 0;
    double whole = 0.5 * count * (count + 1.0), greater, less;
    if (count <= EXACT_LIMIT) {
        greater = signed_rank_tail(rank, count, plus);
        less = signed_rank_tail(rank, count, whole - plus);    // the distribution is symmetric
    } else {
        double variance = count * (count + 1.0) * (2.0 * count + 1) / 24 - ties / 48;
        greater = gsl_cdf_ugaussian_Q((plus - whole / 2) / sqrt(variance));
        less = 1 - greater;
    }
    free(positive);
    free(size);
    double p = alternative == ALTERNATIVE_GREATER ? greater : alternative == ALTERNATIVE_LESS ? less : two_sided(greater, less);
    return (TestResult){plus, p};
}

// P(U >= u) without ties. The largest of all values is from x with probability m / (m + n), and then beats all n of y:
// f(m, n, u) = m / (m + n) f(m - 1, n, u - n) + n / (m + n) f(m, n - 1, u).
static double mann_whitney_tail(int n_x, int n_y, double u) {
    int top = n_x * n_y;
    size_t width = (size_t)top + 1;
    double *f = memory_zeroed((size_t)(n_x + 1) * width, sizeof(double));    // [m][u] for the current n
    for (int m = 0; m <= n_x; m++) f[(size_t)m * width] = 1;                 // n = 0: U = 0
    for (int n = 1; n <= n_y; n++) {
        for (int m = 1; m <= n_x; m++) {
            double *row = f + (size_t)m * width, *shorter = row - width;
            for (int v = m * n; v >= 0; v--) {
                double beaten = v >= n ? shorter[v - n] : 0;
                row[v] = (m * beaten + n * row[v]) / (m + n);
            }
        }
    }
    double p = 0;
    for (int v = top; v >= 0 && v >= ceil(u); v--) p += f[(size_t)n_x * width + (size_t)v];
    free(f);
    return fmin(1, p);
}

static double mann_whitney_normal(int n_x, int n_y, double ties, double u) {
    double total = n_x + n_y, product = (double)n_x * n_y;
    double variance = product / 12 * (total + 1 - ties / (total * (total - 1)));
    if (!(variance > 0)) return 1;
    return gsl_cdf_ugaussian_Q((u - product / 2 - 0.5) / sqrt(variance));
}

TestResult mann_whitney(const double *x, int n_x, const double *y, int n_y, Alternative alternative, MannWhitneyMethod method) {
    if (n_x < 1 || n_y < 1 || !all_finite(x, n_x) || !all_finite(y, n_y)) return (TestResult){NAN, NAN};
    int total = n_x + n_y;
    double *both = memory_alloc(sizeof(double) * 2 * (size_t)total), *rank = both + total;
    for (int i = 0; i < n_x; i++) both[i] = x[i];
    for (int i = 0; i < n_y; i++) both[n_x + i] = y[i];
    double ties = ranks(both, total, rank), u = -0.5 * n_x * (n_x + 1.0);
    for (int i = 0; i < n_x; i++) u += rank[i];
    free(both);
    bool small = n_x <= EXACT_LIMIT && n_y <= EXACT_LIMIT;
    bool exact = method == MANN_WHITNEY_EXACT || (method == MANN_WHITNEY_AUTO && ties == 0 && small);
    double other = (double)n_x * n_y - u;
    double greater = exact ? mann_whitney_tail(n_x, n_y, u) : mann_whitney_normal(n_x, n_y, ties, u);
    double less = exact ? mann_whitney_tail(n_y, n_x, other) : mann_whitney_normal(n_x, n_y, ties, other);
    double p = alternative == ALTERNATIVE_GREATER ? greater : alternative == ALTERNATIVE_LESS ? less : two_sided(greater, less);
    return (TestResult){u, p};
}

// ---- several tests at once ----

void holm_adjust(const double *p, int count, double *adjusted) {
    if (count == 0) return;
    double *known = memory_alloc(sizeof(double) * (size_t)count);
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)count);
    for (int i = 0; i < count; i++) known[i] = isnan(p[i]) ? 1 : p[i];
    gsl_sort_index(order, known, 1, (size_t)count);
    double running = 0;
    for (int i = 0; i < count; i++) {
        running = fmax(running, fmin(1, (count - i) * known[order[i]]));
        adjusted[order[i]] = running;
    }
    free(order);
    free(known);
}
