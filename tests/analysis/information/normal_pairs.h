// Pairs whose information is known, as a task for an estimator: standard normal x, y = rho x + sqrt(1 - rho^2) noise column by column, so
// that I = -columns/2 ln(1 - rho^2).
#pragma once

#include "analysis/information/critic.h"
#include "analysis/information/information.h"
#include "core/normal.h"
#include "tests/support.h"

typedef struct NormalPairs {
    float *x, *y;
    InformationTask task;
} NormalPairs;

static inline InformationPairs normal_pairs_half(Matrix x, Matrix y, int first, int count) {
    return (InformationPairs){matrix_rows(x, first, count), 1, {{matrix_rows(y, first, count), 1, false}}};
}

static inline NormalPairs normal_pairs(int train, int test, int columns, double rho, uint64_t stream) {
    int n = train + test;
    size_t count = (size_t)n * (size_t)columns;
    NormalPairs pairs = {.x = memory_alloc(count * sizeof(float)), .y = memory_alloc(count * sizeof(float))};
    Matrix x = matrix_view(DTYPE_F32, n, columns, pairs.x), y = matrix_view(DTYPE_F32, n, columns, pairs.y);
    Rng rng = rng_stream(stream, RNG_TEST, 0);
    rng_normals(&rng, x);
    rng_normals(&rng, y);
    for (size_t i = 0; i < count; i++) pairs.y[i] = (float)(rho * pairs.x[i] + sqrt(1 - rho * rho) * pairs.y[i]);
    pairs.task =
        (InformationTask){normal_pairs_half(x, y, 0, train), normal_pairs_half(x, y, train, test), 1, linalg_portable()};
    return pairs;
}

static inline void normal_pairs_free(NormalPairs *pairs) {
    free(pairs->x);
    free(pairs->y);
}

static inline InformationEstimate normal_pairs_estimate(const EstimatorType *type, const void *params,
                                                        const InformationTask *task) {
    InformationEstimate estimate;
    Error error = {0};
    if (!type->estimate(params, task, &estimate, &error)) fail_msg("%s", error.message);
    return estimate;
}

// A critic that learns such pairs in a fraction of a second.
static inline CriticParams normal_pairs_quick(void) {
    CriticParams params;
    param_defaults(&critic_params, &params);
    params.hidden = 32;
    params.embedding = 8;
    params.batch = 128;
    params.epochs = 20;
    return params;
}

static inline void normal_pairs_print(const char *what, const InformationEstimate *e) {
    print_message("%s: value %.3f [%.3f, %.3f] train %.3f validation %.3f ess %.0f ceiling %.2f pairs %d%s\n", what, e->value,
                  e->low, e->high, e->train, e->validation, e->ess, e->ceiling, e->pairs, e->unreliable ? " unreliable" : "");
}

static inline void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}
