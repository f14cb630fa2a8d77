#include "analysis/information/mixed.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/information/neighbours.h"
#include "analysis/information/prepare.h"
#include "analysis/information/subsample.h"

static const ParamSpec rows[] = {
    {"k", PARAM_INT, offsetof(MixedParams, k), "5", 1, 100000, NULL, "neighbours"},
    {"scaling", PARAM_CHOICE, offsetof(MixedParams, scaling), "standard", 0, 0, pairs_scalings, "of every column"},
    {"parts", PARAM_INT, offsetof(MixedParams, parts), "10", 0, 1000, NULL,
     "subsampling for the interval, parts at most; 0: none"},
};
const ParamTable mixed_params = {"mixed", rows, sizeof rows / sizeof *rows, sizeof(MixedParams)};

// psi(k_i) - psi(n_x) - psi(n_y) at the current point.
static double term(const Neighbours *neighbours, const double *psi, int k) {
    double radius = neighbours_radius(neighbours);
    bool atom = radius <= 0;
    int x = neighbours_within(neighbours, NEIGHBOUR_X, radius, atom),
        y = neighbours_within(neighbours, NEIGHBOUR_Y, radius, atom);
    return psi[atom ? neighbours_coincident(neighbours) : k] - psi[x] - psi[y];
}

double mixed_value(Matrix x, Matrix y, int k) {
    int n = x.rows;
    if (n <= k) return NAN;
    double *psi = neighbours_psi(n), sum = 0;
    Neighbours *neighbours = neighbours_create(x, y, NEIGHBOUR_MAX, k);
    for (int i = 0; i < n; i++) {
        neighbours_move(neighbours, i);
        sum += term(neighbours, psi, k);
    }
    neighbours_destroy(neighbours);
    free(psi);
    return sum / n + log(n);
}

static double value(const void *context, Matrix x, Matrix y) {
    return mixed_value(x, y, ((const MixedParams *)context)->k);
}

static bool estimate_mixed(const void *context, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    const MixedParams *params = context;
    PreparedPairs pairs;
    PairsScaling scaling = (PairsScaling)params->scaling;
    if (!pairs_prepare(&task->test, scaling, scaling, &pairs, error)) return false;
    bool enough = neighbours_enough(pairs.rows, params->k, error);
    if (enough && !pairs_trivial(&pairs, estimate)) {
        *estimate = information_unknown();
        estimate->value = mixed_value(pairs.x, pairs.y, params->k);
        estimate->ceiling = log(pairs.rows);
        estimate->pairs = pairs.rows;
        estimate->unreliable = pairs_heavy(&pairs) || pairs.rows < 50;
        SubsamplePlan plan = {value, params, params->parts, SUBSAMPLE_PER_NEIGHBOUR * params->k, task->seed};
        subsample_interval(&plan, pairs.x, pairs.y, 0, estimate);
    }
    pairs_free(&pairs);
    return enough;
}

const EstimatorType estimator_mixed = {
    .name = "mixed",
    .help = "k nearest neighbours of any mixture of discrete and continuous variables",
    .source = "Gao, Kannan, Oh and Viswanath 2017, \"Estimating mutual information for discrete-continuous mixtures\", NeurIPS",
    .params = &mixed_params,
    .estimate = estimate_mixed,
};
