#include "analysis/scores.h"

#include <assert.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

const char *const score_status_names[SCORE_STATUS_COUNT] = {"ok", "diverged", "crashed", "timeout", "missing"};
const char *const failure_policy_names[FAILURE_POLICY_COUNT] = {"error", "worst", "rank-worst", "drop"};

int scores_count(const Scores *x) {
    int count = 0;
    for (int t = 0; t < x->tasks; t++) count += x->runs[t];
    return count;
}

bool scores_defined(const Scores *x) {
    for (int t = 0; t < x->tasks; t++) {
        if (x->runs[t] < 1) return false;
    }
    int count = scores_count(x);
    for (int i = 0; i < count; i++) {
        if (!(x->value[i] < INFINITY)) return false;    // NaN as well
    }
    return x->tasks > 0;
}

Scores scores_of_table(const double *table, int runs, int tasks, double *value, int *runs_of) {
    for (int t = 0; t < tasks; t++) {
        runs_of[t] = runs;
        for (int i = 0; i < runs; i++) value[t * runs + i] = table[i * tasks + t];
    }
    return (Scores){tasks, runs_of, value};
}

// ---- means ----

// Mean of min(value, limit).
static double mean_below(const double *value, int n, double limit) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += value[i] < limit ? value[i] : limit;
    return sum / n;
}

// Mean over tasks of the mean of min(score, limit) over runs; NaN when it is not finite.
static double stratified_mean(const Scores *x, double limit) {
    if (!scores_defined(x)) return NAN;
    const double *value = x->value;
    double sum = 0;
    for (int t = 0; t < x->tasks; value += x->runs[t++]) sum += mean_below(value, x->runs[t], limit);
    return isfinite(sum) ? sum / x->tasks : NAN;
}

double scores_mean(const Scores *x) {
    return stratified_mean(x, INFINITY);
}

double scores_gap(const Scores *x, double gamma) {
    return gamma - stratified_mean(x, gamma);
}

double scores_optimality_gap(const Scores *x) {
    return scores_gap(x, 1);
}

double scores_mean_difference(const Scores *x, const Scores *y) {
    return x->tasks == y->tasks ? scores_mean(x) - scores_mean(y) : NAN;
}

double scores_median(const Scores *x) {
    if (!scores_defined(x)) return NAN;
    size_t tasks = (size_t)x->tasks;
    double *mean = memory_alloc(sizeof(double) * tasks);
    const double *value = x->value;
    for (int t = 0; t < x->tasks; value += x->runs[t++]) mean[t] = mean_below(value, x->runs[t], INFINITY);
    gsl_sort(mean, 1, tasks);
    double median = gsl_stats_median_from_sorted_data(mean, 1, tasks);
    free(mean);
    return median;
}

static void exchange(double *a, double *b) {
    double kept = *a;
    *a = *b;
    *b = kept;
}

// Quickselect (Hoare 1961): reorders so that the first k values are the k smallest. Replicates of the bootstrap spend their
// time here; sorting takes several times as long.
static void select_smallest(double *value, int n, int k) {
    int first = 0, last = n - 1;
    while (first < last) {
        double pivot = value[first + (last - first) / 2];
        int i = first, j = last;
        while (i <= j) {
            while (value[i] < pivot) i++;
            while (value[j] > pivot) j--;
            if (i <= j) exchange(&value[i++], &value[j--]);
        }
        // Now first..j hold at most the pivot and i..last at least; what lies between equals it.
        if (k <= j) last = j;
        else if (k >= i) first = i;
        else return;
    }
}

double scores_iqm(const Scores *x) {
    if (!scores_defined(x)) return NAN;
    int n = scores_count(x), cut = n / 4;
    double *value = memory_alloc(sizeof(double) * (size_t)n), sum = 0;
    memcpy(value, x->value, sizeof(double) * (size_t)n);
    if (cut > 0) {
        select_smallest(value, n, cut);
        select_smallest(value + cut, n - cut, n - 2 * cut);
    }
    for (int i = cut; i < n - cut; i++) sum += value[i];
    free(value);
    return sum / (n - 2 * cut);
}

// ---- shares ----

static double share_above(const double *value, int n, double tau) {
    int above = 0;
    for (int i = 0; i < n; i++) above += value[i] > tau;
    return (double)above / n;
}

double scores_profile(const Scores *x, double tau) {
    return scores_defined(x) ? share_above(x->value, scores_count(x), tau) : NAN;
}

double scores_average_profile(const Scores *x, double tau) {
    if (!scores_defined(x)) return NAN;
    const double *value = x->value;
    int above = 0;
    for (int t = 0; t < x->tasks; value += x->runs[t++]) above += mean_below(value, x->runs[t], INFINITY) > tau;
    return (double)above / x->tasks;
}

double scores_profile_area(const Scores *x, double low, double high) {
    if (!scores_defined(x)) return NAN;
    int n = scores_count(x);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += fmin(fmax(x->value[i], low), high) - low;
    return sum / n;
}

// Of all pairs; ties count half.
static double share_greater(const double *x, int n_x, const double *y, int n_y) {
    int twice = 0;
    for (int i = 0; i < n_x; i++) {
        for (int j = 0; j < n_y; j++) twice += (x[i] > y[j]) + (x[i] >= y[j]);
    }
    return 0.5 * twice / ((double)n_x * n_y);
}

double scores_improvement(const Scores *x, const Scores *y) {
    if (x->tasks != y->tasks || !scores_defined(x) || !scores_defined(y)) return NAN;
    const double *value_x = x->value, *value_y = y->value;
    double sum = 0;
    for (int t = 0; t < x->tasks; t++) {
        sum += share_greater(value_x, x->runs[t], value_y, y->runs[t]);
        value_x += x->runs[t];
        value_y += y->runs[t];
    }
    return sum / x->tasks;
}

// ---- before the statistics ----

void scores_normalise(double *value, const int *runs, int tasks, const double *low, const double *high) {
    for (int t = 0; t < tasks; value += runs[t++]) {
        double range = high[t] - low[t];
        bool usable = isfinite(range) && range != 0;
        for (int i = 0; i < runs[t]; i++) value[i] = usable ? (value[i] - low[t]) / range : NAN;
    }
}

bool scores_settle(const Scores *x, const ScoreStatus *status, FailurePolicy policy, const double *worst, double *value,
                   int *runs, Error *error) {
    assert(policy != FAILURE_WORST || worst);
    int from = 0, to = 0;
    for (int t = 0; t < x->tasks; t++) {
        runs[t] = 0;
        for (int i = 0; i < x->runs[t]; i++, from++) {
            bool failed = status[from] != SCORE_OK;
            if (failed && policy == FAILURE_ERROR) {
                return error_set(error, "task %d, run %d: %s; the policy for failed runs is error", t, i,
                                 score_status_names[status[from]]);
            }
            if (failed && policy == FAILURE_DROP) continue;
            value[to++] = !failed ? x->value[from] : policy == FAILURE_WORST ? worst[t] : -INFINITY;
            runs[t]++;
        }
    }
    return true;
}

static int count_valid(const ScoreStatus *status, int count) {
    int valid = 0;
    for (int i = 0; i < count; i++) valid += status[i] == SCORE_OK;
    return valid;
}

double scores_valid_share(const ScoreStatus *status, int count) {
    return count > 0 ? (double)count_valid(status, count) / count : NAN;
}

bool scores_enough_valid(const ScoreStatus *status, int count) {
    return count > 0 && 5 * count_valid(status, count) >= 4 * count;    // in whole numbers: exactly 80 % are enough
}
