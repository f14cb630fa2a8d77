#include "analysis/two_sample.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/correlation.h"
#include "core/arena.h"

enum { MOST_EXACT_PAIRS = 4000 };

static bool usable(const double *x, int n_x, const double *y, int n_y, int fewest) {
    return n_x >= fewest && n_y >= fewest && values_finite(x, n_x) && values_finite(y, n_y);
}

// ---- means ---------------------------------------------------------------------------------------------------------------

Estimate welch_estimate(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 2)) return estimate_undefined;
    return estimate_difference(estimate_mean(x, n_x), estimate_mean(y, n_y));
}

Estimate student_estimate(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 2)) return estimate_undefined;
    Estimate a = estimate_mean(x, n_x), b = estimate_mean(y, n_y);
    double squares = a.se * a.se * n_x * a.df + b.se * b.se * n_y * b.df, df = a.df + b.df;
    return (Estimate){.value = a.value - b.value, .se = sqrt(squares / df * (1.0 / n_x + 1.0 / n_y)), .df = df};
}

Equivalence equivalence_test(Estimate difference, double margin) {
    assert(margin > 0);
    Equivalence e = {.p_lower = estimate_p(difference, -margin, ALTERNATIVE_GREATER),
                     .p_upper = estimate_p(difference, margin, ALTERNATIVE_LESS)};
    e.p = fmax(e.p_lower, e.p_upper);
    return e;
}

// ---- Mann-Whitney --------------------------------------------------------------------------------------------------------

// Mid-ranks of x, then y, in the pooled sample, to be freed; *ties = sum of t^3 - t.
static double *pooled_ranks(const double *x, int n_x, const double *y, int n_y, double *ties) {
    size_t total = (size_t)n_x + (size_t)n_y;
    double *pooled = memory_alloc(sizeof(double) * 2 * total), *rank = pooled + total;
    memcpy(pooled, x, sizeof(double) * (size_t)n_x);
    memcpy(pooled + n_x, y, sizeof(double) * (size_t)n_y);
    *ties = ranks(pooled, (int)total, rank);
    memcpy(pooled, rank, sizeof(double) * total);
    return pooled;
}

static double sum_of(const double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return sum;
}

static double u_of_ranks(const double *rank, int n_x) {
    return sum_of(rank, n_x) - n_x * (n_x + 1.0) / 2;
}

double mann_whitney_u(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 1)) return NAN;
    double ties, *rank = pooled_ranks(x, n_x, y, n_y, &ties), u = u_of_ranks(rank, n_x);
    free(rank);
    return u;
}

// One-sided p-values of the sum of some ranks drawn without replacement.
typedef struct Tails {
    double at_least, at_most;
} Tails;

// Of the first `count` among rank[total]. p[k][s] = P(k drawn from the first i have the sum s): the i-th is among them with
// probability k / i. Mid-ranks are counted in halves.
static Tails rank_sum_tails(const double *rank, int count, int total, bool tied) {
    double unit = tied ? 2 : 1;
    int observed = (int)lround(unit * sum_of(rank, count)), most = 0;
    int *step = memory_alloc(sizeof(int) * (size_t)total);
    for (int i = 0; i < total; i++) step[i] = (int)lround(unit * rank[i]);
    for (int i = 0; i < count; i++) most += (int)unit * (total - i);    // no sum is larger
    size_t width = (size_t)most + 1;
    double *p = memory_zeroed((size_t)(count + 1) * width, sizeof *p);
    p[0] = 1;
    for (int i = 1; i <= total; i++) {
        for (int k = i < count ? i : count; k > 0; k--) {
            double *with = p + (size_t)k * width, *before = with - width, taken = (double)k / i, left = (double)(i - k) / i;
            for (int s = most; s >= step[i - 1]; s--) with[s] = left * with[s] + taken * before[s - step[i - 1]];
            for (int s = step[i - 1] - 1; s >= 0; s--) with[s] *= left;
        }
    }
    Tails tails = {0, 0};
    const double *last = p + (size_t)count * width;
    for (int s = most; s >= observed; s--) tails.at_least += last[s];
    for (int s = 0; s <= observed; s++) tails.at_most += last[s];
    free(p);
    free(step);
    return (Tails){fmin(1, tails.at_least), fmin(1, tails.at_most)};    // rounding
}

TestResult mann_whitney_exact(const double *x, int n_x, const double *y, int n_y, Alternative alternative) {
    if (!usable(x, n_x, y, n_y, 1)) return test_undefined;
    // The sum of the smaller arm has fewer values; x is large where y is small.
    bool swapped = n_y < n_x;
    int count = swapped ? n_y : n_x, others = swapped ? n_x : n_y;
    double ties, *rank = pooled_ranks(swapped ? y : x, count, swapped ? x : y, others, &ties), u = u_of_ranks(rank, count);
    Tails tails = rank_sum_tails(rank, count, count + others, ties > 0);
    free(rank);
    if (swapped) return (TestResult){(double)n_x * n_y - u, alternative_p(tails.at_most, tails.at_least, alternative)};
    return (TestResult){u, alternative_p(tails.at_least, tails.at_most, alternative)};
}

TestResult mann_whitney_normal(const double *x, int n_x, const double *y, int n_y, bool continuity, Alternative alternative) {
    if (!usable(x, n_x, y, n_y, 1)) return test_undefined;
    double ties, *rank = pooled_ranks(x, n_x, y, n_y, &ties), u = u_of_ranks(rank, n_x);
    free(rank);
    double pairs = (double)n_x * n_y, total = (double)n_x + n_y;
    double variance = pairs / 12 * (total + 1 - ties / (total * (total - 1)));
    if (variance <= 0) return (TestResult){u, 1};    // exactly 0 where all are tied
    Estimate above = {.value = u - pairs / 2 - (continuity ? 0.5 : 0), .se = sqrt(variance), .df = INFINITY}, below = above;
    below.value = pairs / 2 - u - (continuity ? 0.5 : 0);
    return (TestResult){
        u, alternative_p(estimate_p(above, 0, ALTERNATIVE_GREATER), estimate_p(below, 0, ALTERNATIVE_GREATER), alternative)};
}

TestResult mann_whitney(const double *x, int n_x, const double *y, int n_y, Alternative alternative) {
    if (!usable(x, n_x, y, n_y, 1)) return test_undefined;
    double ties, *rank = pooled_ranks(x, n_x, y, n_y, &ties);
    free(rank);
    if (ties == 0 && (double)n_x * n_y <= MOST_EXACT_PAIRS) return mann_whitney_exact(x, n_x, y, n_y, alternative);
    return mann_whitney_normal(x, n_x, y, n_y, true, alternative);
}

// ---- Brunner-Munzel ------------------------------------------------------------------------------------------------------

// How many of the other sample lie below each value, ties counting 1/2: place_x[n_x], place_y[n_y]. Exact: multiples of 1/2.
static void placements(const double *x, int n_x, const double *y, int n_y, double *place_x, double *place_y) {
    double ties, *rank = pooled_ranks(x, n_x, y, n_y, &ties);
    ranks(x, n_x, place_x);
    ranks(y, n_y, place_y);
    for (int i = 0; i < n_x; i++) place_x[i] = rank[i] - place_x[i];
    for (int i = 0; i < n_y; i++) place_y[i] = rank[n_x + i] - place_y[i];
    free(rank);
}

// An error of zero says only that there was nothing to estimate it from.
static Estimate without_zero_error(Estimate e) {
    if (e.se == 0) e.se = NAN;
    return e;
}

Estimate superiority_estimate(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 1)) return estimate_undefined;
    double *place_x = memory_alloc(sizeof(double) * (size_t)(n_x + n_y)), *place_y = place_x + n_x;
    placements(x, n_x, y, n_y, place_x, place_y);
    Estimate a = estimate_mean(place_x, n_x), b = estimate_mean(place_y, n_y);
    free(place_x);
    a = (Estimate){a.value / n_y, a.se / n_y, a.df};
    b = (Estimate){b.value / n_x, b.se / n_x, b.df};
    Estimate e = estimate_difference(a, b);    // A - (1 - A), with the error of A
    e.value = a.value;
    return without_zero_error(e);
}

Estimate superiority_paired_estimate(const double *x, const double *y, int n) {
    if (!usable(x, n, y, n, 1)) return estimate_undefined;
    double *place_x = memory_alloc(sizeof(double) * 2 * (size_t)n), *place_y = place_x + n;
    placements(x, n, y, n, place_x, place_y);
    for (int i = 0; i < n; i++) place_x[i] -= place_y[i];
    Estimate e = estimate_mean(place_x, n);    // n (A - (1 - A)), with n times the error of A
    free(place_x);
    return without_zero_error((Estimate){0.5 + e.value / n / 2, e.se / n, e.df});
}

TestResult brunner_munzel(const double *x, int n_x, const double *y, int n_y, Alternative alternative) {
    return estimate_test(superiority_estimate(x, n_x, y, n_y), 0.5, alternative);
}

// ---- distributions, spread -------------------------------------------------------------------------------------------------

// Walks through the pooled sample in order. ends[k]: whether the k smallest are separated from the rest (k = 0..total).
// Returns the largest |i n_y - j n_x| = n_x n_y |F_x - F_y| between groups of tied values.
static double largest_gap(const double *x, int n_x, const double *y, int n_y, bool *ends) {
    double ties, *rank = pooled_ranks(x, n_x, y, n_y, &ties), gap = 0, largest = 0;
    int total = n_x + n_y;
    size_t *order = memory_alloc(sizeof(size_t) * (size_t)total);
    gsl_sort_index(order, rank, 1, (size_t)total);
    ends[0] = true;
    for (int k = 0; k < total; k++) {
        gap += order[k] < (size_t)n_x ? n_y : -n_x;
        ends[k + 1] = k + 1 == total || rank[order[k]] != rank[order[k + 1]];
        if (ends[k + 1]) largest = fmax(largest, fabs(gap));
    }
    free(order);
    free(rank);
    return largest;
}

// P(a random order of n_x and n_y values has a gap of at least `reached` somewhere). touched[j] for i of x and j of y among the
// smallest: the last of these is from x with probability i / (i + j). Adds only, so that a small p keeps its digits.
static double gap_p(int n_x, int n_y, const bool *ends, double reached) {
    double *touched = memory_zeroed((size_t)n_y + 1, sizeof *touched);
    for (int i = 0; i <= n_x; i++) {
        for (int j = 0; j <= n_y; j++) {
            if (ends[i + j] && fabs((double)i * n_y - (double)j * n_x) >= reached) {
                touched[j] = 1;
            } else if (i + j > 0) {
                double from_x = i > 0 ? touched[j] * i : 0, from_y = j > 0 ? touched[j - 1] * j : 0;
                touched[j] = (from_x + from_y) / (i + j);
            }
        }
    }
    double p = touched[n_y];
    free(touched);
    return p;
}

TestResult kolmogorov_smirnov(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 1)) return test_undefined;
    bool *ends = memory_alloc(sizeof(bool) * (size_t)(n_x + n_y + 1));
    double gap = largest_gap(x, n_x, y, n_y, ends);
    TestResult result = {gap / ((double)n_x * n_y), gap_p(n_x, n_y, ends, gap)};
    free(ends);
    return result;
}

// |x - median| into out[n].
static void distances_from_median(const double *x, int n, double *out) {
    memcpy(out, x, sizeof(double) * (size_t)n);
    gsl_sort(out, 1, (size_t)n);
    double median = gsl_stats_median_from_sorted_data(out, 1, (size_t)n);
    for (int i = 0; i < n; i++) out[i] = fabs(x[i] - median);
}

TestResult brown_forsythe(const double *x, int n_x, const double *y, int n_y) {
    if (!usable(x, n_x, y, n_y, 3)) return test_undefined;
    double *distance = memory_alloc(sizeof(double) * (size_t)(n_x + n_y));
    distances_from_median(x, n_x, distance);
    distances_from_median(y, n_y, distance + n_x);
    Estimate e = student_estimate(distance, n_x, distance + n_x, n_y);
    free(distance);
    if (!(e.se > 0)) return test_undefined;
    TestResult t = estimate_test(e, 0, ALTERNATIVE_TWO_SIDED);
    return (TestResult){t.statistic * t.statistic, t.p};
}
