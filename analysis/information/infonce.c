#include "analysis/information/infonce.h"

#include "analysis/information/bounds.h"
#include "core/vmath.h"

static double objective(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)params;
    double by_rows = bound_infonce_rows(kernels, scores, gradient), by_columns = bound_infonce_columns(kernels, scores, work);
    kernels->add(gradient, work, gradient);
    kernels->scale(0.5, gradient, gradient);
    return 0.5 * (by_rows + by_columns);
}

static double ceiling(int block, int pairs) {
    (void)pairs;
    return vmath_log(block);
}

static const CriticBound bound = {.objective = objective, .ceiling = ceiling, .saturation = 0.1};

static bool estimate_infonce(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return critic_estimate(&bound, params, task, estimate, error);
}

const EstimatorType estimator_infonce = {
    .name = "infonce",
    .help = "InfoNCE, a neural lower bound of little variance that cannot exceed the logarithm of the batch",
    .source = "van den Oord, Li and Vinyals 2018, Representation learning with contrastive predictive coding",
    .params = &critic_params,
    .sets = true,
    .estimate = estimate_infonce,
};
