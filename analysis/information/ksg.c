#include "analysis/information/ksg.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/information/prepare.h"
#include "analysis/information/subsample.h"

static const ParamSpec rows[] = {
    {"k", PARAM_INT, offsetof(KsgParams, k), "5", 1, 100000, NULL,
     "neighbours: 3 for the least bias, more for the least variance"},
    {"metric", PARAM_CHOICE, offsetof(KsgParams, metric), "euclidean", 0, 0, neighbour_metrics, "norm inside x and inside y"},
    {"scaling", PARAM_CHOICE, offsetof(KsgParams, scaling), "standard", 0, 0, pairs_scalings, "of every column"},
    {"parts", PARAM_INT, offsetof(KsgParams, parts), "10", 0, 1000, NULL,
     "subsampling for the interval, parts at most; 0: none"},
};
const ParamTable ksg_params = {"ksg", rows, sizeof rows / sizeof *rows, sizeof(KsgParams)};

// psi(n_x + 1) + psi(n_y + 1) at the current point. At radius 0 the point itself is not nearer than the radius.
static double ksg1_term(const Neighbours *neighbours, const double *psi) {
    double radius = neighbours_radius(neighbours);
    int itself = radius > 0;
    int x = neighbours_within(neighbours, NEIGHBOUR_X, radius, false) - itself;
    int y = neighbours_within(neighbours, NEIGHBOUR_Y, radius, false) - itself;
    return psi[x + 1] + psi[y + 1];
}

static double ksg2_term(const Neighbours *neighbours, const double *psi) {
    int x = neighbours_within(neighbours, NEIGHBOUR_X, neighbours_extent(neighbours, NEIGHBOUR_X), true) - 1;
    int y = neighbours_within(neighbours, NEIGHBOUR_Y, neighbours_extent(neighbours, NEIGHBOUR_Y), true) - 1;
    return psi[x] + psi[y];
}

static double value(Matrix x, Matrix y, NeighbourMetric metric, int k, double (*term)(const Neighbours *, const double *)) {
    int n = x.rows;
    if (n <= k) return NAN;
    double *psi = neighbours_psi(n), sum = 0;
    Neighbours *neighbours = neighbours_create(x, y, metric, k);
    for (int i = 0; i < n; i++) {
        neighbours_move(neighbours, i);
        sum += term(neighbours, psi);
    }
    double information = psi[k] + psi[n] - sum / n;
    neighbours_destroy(neighbours);
    free(psi);
    return information;
}

double ksg1_value(Matrix x, Matrix y, NeighbourMetric metric, int k) {
    return value(x, y, metric, k, ksg1_term);
}

double ksg2_value(Matrix x, Matrix y, NeighbourMetric metric, int k) {
    return value(x, y, metric, k, ksg2_term) - 1.0 / k;
}

// ---- the estimates ----------------------------------------------------------------------------------------------------

static double value1(const void *context, Matrix x, Matrix y) {
    const KsgParams *params = context;
    return ksg1_value(x, y, (NeighbourMetric)params->metric, params->k);
}

static double value2(const void *context, Matrix x, Matrix y) {
    const KsgParams *params = context;
    return ksg2_value(x, y, (NeighbourMetric)params->metric, params->k);
}

static bool estimate_with(SubsampleValue *of, const KsgParams *params, const InformationTask *task,
                          InformationEstimate *estimate, Error *error) {
    PreparedPairs pairs;
    PairsScaling scaling = (PairsScaling)params->scaling;
    if (!pairs_prepare(&task->test, scaling, scaling, &pairs, error)) return false;
    bool enough = neighbours_enough(pairs.rows, params->k, error);
    if (enough && !pairs_trivial(&pairs, estimate)) {
        *estimate = information_unknown();
        estimate->value = of(params, pairs.x, pairs.y);
        estimate->ceiling = log(pairs.rows);
        estimate->pairs = pairs.rows;
        estimate->unreliable = pairs_tied(&pairs) || pairs_heavy(&pairs) || pairs.rows < 50;
        SubsamplePlan plan = {of, params, params->parts, SUBSAMPLE_PER_NEIGHBOUR * params->k, task->seed};
        subsample_interval(&plan, pairs.x, pairs.y, 0, estimate);
    }
    pairs_free(&pairs);
    return enough;
}

static bool estimate1(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return estimate_with(value1, params, task, estimate, error);
}

static bool estimate2(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return estimate_with(value2, params, task, estimate, error);
}

const EstimatorType estimator_ksg1 = {
    .name = "ksg1",
    .help = "k nearest neighbours of continuous vectors, smaller variance",
    .source = "Kraskov, Stögbauer and Grassberger 2004, Physical Review E 69, 066138, equation 8",
    .params = &ksg_params,
    .estimate = estimate1,
};

const EstimatorType estimator_ksg2 = {
    .name = "ksg2",
    .help = "k nearest neighbours of continuous vectors, smaller bias in many dimensions",
    .source = "Kraskov, Stögbauer and Grassberger 2004, Physical Review E 69, 066138, equation 9",
    .params = &ksg_params,
    .estimate = estimate2,
};
