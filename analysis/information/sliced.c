#include "analysis/information/sliced.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/information/ksg.h"
#include "analysis/information/prepare.h"
#include "analysis/information/subsample.h"
#include "core/arena.h"
#include "core/normal.h"

static const ParamSpec rows[] = {
    {"directions", PARAM_INT, offsetof(SlicedParams, directions), "100", 1, 100000, NULL, "slices"},
    {"k", PARAM_INT, offsetof(SlicedParams, k), "5", 1, 100000, NULL, "neighbours"},
    {"scaling", PARAM_CHOICE, offsetof(SlicedParams, scaling), "standard", 0, 0, pairs_scalings, "of every column"},
    {"parts", PARAM_INT, offsetof(SlicedParams, parts), "10", 0, 1000, NULL,
     "subsampling for the interval, parts at most; 0: none"},
};
const ParamTable sliced_params = {"sliced", rows, sizeof rows / sizeof *rows, sizeof(SlicedParams)};

// m direction, standardised; to be freed.
static Matrix project(Matrix m, const double *direction) {
    size_t n = (size_t)m.rows;
    double *out = memory_alloc(sizeof(double) * n + 1);
    for (size_t i = 0; i < n; i++) {
        const double *row = matrix_row(m, (int)i);
        out[i] = 0;
        for (int c = 0; c < m.cols; c++) out[i] += row[c] * direction[c];
    }
    double mean = gsl_stats_mean(out, 1, n), sd = gsl_stats_sd_with_fixed_mean(out, 1, n, mean);
    for (size_t i = 0; i < n; i++) out[i] = (out[i] - mean) / (sd > 0 ? sd : 1);
    return matrix_view(DTYPE_F64, m.rows, 1, out);
}

double sliced_slice(Matrix x, Matrix y, const double *theta, const double *phi, int k) {
    Matrix a = project(x, theta), b = project(y, phi);
    double value = ksg1_value(a, b, NEIGHBOUR_MAX, k);
    free(a.data);
    free(b.data);
    return value;
}

// Normal variates of length 0 do not occur: each of them would have to be exactly 0.
static void draw_direction(Rng *rng, int d, double *out) {
    double square = 0;
    for (int c = 0; c < d; c++) {
        out[c] = rng_normal(rng);
        square += out[c] * out[c];
    }
    for (int c = 0; c < d; c++) out[c] /= sqrt(square);
}

void sliced_directions(uint64_t seed, int slice, int dx, int dy, double *theta, double *phi) {
    Rng rng = rng_stream(seed, RNG_ESTIMATOR, (uint64_t)slice);
    draw_direction(&rng, dx, theta);
    draw_direction(&rng, dy, phi);
}

double sliced_value(Matrix x, Matrix y, int directions, int k, uint64_t seed, double *sd) {
    double *slice = memory_alloc(sizeof(double) * (size_t)(directions + x.cols + y.cols));
    double *theta = slice + directions, *phi = theta + x.cols;
    for (int s = 0; s < directions; s++) {
        sliced_directions(seed, s, x.cols, y.cols, theta, phi);
        slice[s] = sliced_slice(x, y, theta, phi, k);
    }
    double mean = gsl_stats_mean(slice, 1, (size_t)directions);
    if (sd) *sd = directions > 1 ? gsl_stats_sd_m(slice, 1, (size_t)directions, mean) : NAN;
    free(slice);
    return mean;
}

// ---- the estimate -----------------------------------------------------------------------------------------------------

typedef struct Slices {
    const SlicedParams *params;
    uint64_t seed;
} Slices;

static double value(const void *context, Matrix x, Matrix y) {
    const Slices *slices = context;
    return sliced_value(x, y, slices->params->directions, slices->params->k, slices->seed, NULL);
}

static bool estimate_sliced(const void *context, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    const SlicedParams *params = context;
    PreparedPairs pairs;
    PairsScaling scaling = (PairsScaling)params->scaling;
    if (!pairs_prepare(&task->test, scaling, scaling, &pairs, error)) return false;
    bool enough = neighbours_enough(pairs.rows, params->k, error);
    if (enough && !pairs_trivial(&pairs, estimate)) {
        *estimate = information_unknown();
        estimate->value = sliced_value(pairs.x, pairs.y, params->directions, params->k, task->seed, &estimate->sd);
        estimate->ceiling = log(pairs.rows);
        estimate->pairs = pairs.rows;
        estimate->unreliable = pairs_tied(&pairs) || pairs_heavy(&pairs) || pairs.rows < 50;
        Slices slices = {params, task->seed};
        // One direction leaves the error over slices unknown, and with it the interval: unless there is but one pair of directions, +-1.
        double more = pairs.x.cols == 1 && pairs.y.cols == 1 ? 0 : estimate->sd / sqrt(params->directions);
        SubsamplePlan plan = {value, &slices, params->parts, SUBSAMPLE_PER_NEIGHBOUR * params->k, task->seed};
        subsample_interval(&plan, pairs.x, pairs.y, more, estimate);
    }
    pairs_free(&pairs);
    return enough;
}

const EstimatorType estimator_sliced = {
    .name = "sliced",
    .help = "mean information of random one-dimensional projections: an index, not the information itself",
    .source =
        "Goldfeld and Greenewald 2021, \"Sliced mutual information: a scalable measure of statistical dependence\", NeurIPS",
    .params = &sliced_params,
    .estimate = estimate_sliced,
};
