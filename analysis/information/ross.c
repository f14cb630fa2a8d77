#include "analysis/information/ross.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/information/entropy.h"
#include "analysis/information/prepare.h"
#include "analysis/information/subsample.h"
#include "core/arena.h"

static const ParamSpec rows[] = {
    {"k", PARAM_INT, offsetof(RossParams, k), "3", 1, 100000, NULL, "neighbours of the same label"},
    {"metric", PARAM_CHOICE, offsetof(RossParams, metric), "max", 0, 0, neighbour_metrics, "norm inside x"},
    {"scaling", PARAM_CHOICE, offsetof(RossParams, scaling), "standard", 0, 0, pairs_scalings, "of every column of x"},
    {"parts", PARAM_INT, offsetof(RossParams, parts), "10", 0, 1000, NULL,
     "subsampling for the interval, parts at most; 0: none"},
};
const ParamTable ross_params = {"ross", rows, sizeof rows / sizeof *rows, sizeof(RossParams)};

// psi(k_i) - psi(N_i) - psi(m_i) of point i, from its distances to all.
static double term(const double *distance, const int *labels, const int *count, int i, int n, int k, const double *psi) {
    int own = count[labels[i]], among = k < own - 1 ? k : own - 1;
    Nearest nearest = nearest_create(among);
    for (int j = 0; j < n; j++) {
        if (labels[j] == labels[i] && j != i) nearest_offer(&nearest, distance[j], j);
    }
    double radius = nearest.distance[among - 1];
    nearest_free(&nearest);
    return psi[among] - psi[own] - psi[distances_within(distance, n, radius, radius <= 0)];
}

// Every label occurs at least twice.
static double value_of(Matrix x, const int *labels, const int *count, NeighbourMetric metric, int k) {
    int n = x.rows;
    double *psi = neighbours_psi(n), *distance = memory_alloc(sizeof(double) * POINTS_AT_ONCE * (size_t)n), sum = 0;
    Points *points = points_create(x, metric);
    for (int first = 0; first < n; first += POINTS_AT_ONCE) {
        int together = n - first < POINTS_AT_ONCE ? n - first : POINTS_AT_ONCE;
        points_distances(points, first, together, distance);
        for (int q = 0; q < together; q++) {
            sum += term(distance + (size_t)q * (size_t)n, labels, count, first + q, n, k, psi);
        }
    }
    double information = psi[n] + sum / n;
    points_destroy(points);
    free(distance);
    free(psi);
    return information;
}

double ross_value(Matrix x, const int *labels, NeighbourMetric metric, int k, int *kept) {
    int n = x.rows, left = 0;
    int *count = memory_zeroed((size_t)n + 1, sizeof *count), *row = memory_alloc(sizeof(int) * 2 * (size_t)n + 1),
        *own = row + n;
    for (int i = 0; i < n; i++) {
        assert(labels[i] >= 0 && labels[i] < n);
        count[labels[i]]++;
    }
    for (int i = 0; i < n; i++) {
        if (count[labels[i]] == 1) continue;
        row[left] = i;
        own[left++] = labels[i];
    }
    Matrix repeated = subsample_rows(x, row, left);
    double value = left > 0 ? value_of(repeated, own, count, metric, k) : NAN;
    free(repeated.data);
    free(row);
    free(count);
    if (kept) *kept = left;
    return value;
}

// ---- the estimate -----------------------------------------------------------------------------------------------------

// Labels as numbers in one column: what subsampling takes for y.
static Matrix column_of(const int *labels, int n) {
    Matrix column = matrix_view(DTYPE_F64, n, 1, memory_alloc(sizeof(double) * (size_t)n));
    for (int i = 0; i < n; i++) matrix_set(column, i, 0, labels[i]);
    return column;
}

static double value_of_part(const void *context, Matrix x, Matrix column) {
    const RossParams *params = context;
    int n = x.rows, classes, *labels = memory_alloc(sizeof(int) * (size_t)n);
    bool small = pairs_classes(column, labels, &classes, NULL);
    assert(small);
    double value = ross_value(x, labels, (NeighbourMetric)params->metric, params->k, NULL);
    free(labels);
    return value;
}

static bool estimate_labels(const RossParams *params, const PreparedPairs *pairs, const int *labels, int classes, uint64_t seed,
                            InformationEstimate *estimate, Error *error) {
    double entropy = entropy_plug_in(labels, pairs->rows, classes);
    bool trivial = pairs_trivial(pairs, estimate);
    if (!trivial) *estimate = information_unknown();
    estimate->ceiling = entropy;
    if (trivial) return true;
    estimate->value = ross_value(pairs->x, labels, (NeighbourMetric)params->metric, params->k, &estimate->pairs);
    if (estimate->pairs == 0) {
        return error_set(error, "each of %d pairs has a label of its own; accepted are labels that occur more than once",
                         pairs->rows);
    }
    estimate->unreliable = pairs->distinct_x < 0.9 || pairs_heavy(pairs) || estimate->pairs < 0.9 * pairs->rows;
    Matrix column = column_of(labels, pairs->rows);
    SubsamplePlan plan = {value_of_part, params, params->parts, SUBSAMPLE_PER_NEIGHBOUR * params->k, seed};
    subsample_interval(&plan, pairs->x, column, 0, estimate);
    free(column.data);
    return true;
}

static bool estimate_ross(const void *context, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    const RossParams *params = context;
    PreparedPairs pairs;
    if (!pairs_prepare(&task->test, (PairsScaling)params->scaling, SCALING_NONE, &pairs, error)) return false;
    int classes, *labels = memory_alloc(sizeof(int) * (size_t)pairs.rows);
    bool usable = neighbours_enough(pairs.rows, params->k, error) && pairs_classes(pairs.y, labels, &classes, error) &&
                  estimate_labels(params, &pairs, labels, classes, task->seed, estimate, error);
    free(labels);
    pairs_free(&pairs);
    return usable;
}

const EstimatorType estimator_ross = {
    .name = "ross",
    .help = "k nearest neighbours of a continuous x within and across the labels of a discrete y",
    .source = "Ross 2014, \"Mutual information between discrete and continuous data sets\", PLoS ONE 9, e87357",
    .params = &ross_params,
    .discrete = true,
    .estimate = estimate_ross,
};
