#include "analysis/information/nwj.h"

#include <math.h>

#include "analysis/information/bounds.h"
#include "core/vmath.h"

static double objective(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)params;
    kernels->shift(1, scores, work);
    return bound_nwj(kernels, work, gradient);
}

static double effective_size(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix work) {
    (void)params;
    return bound_effective_size(kernels, scores, INFINITY, work);
}

static double ceiling(int block, int pairs) {
    (void)block;
    return vmath_log(pairs);
}

static const CriticBound bound = {.objective = objective, .effective_size = effective_size, .ceiling = ceiling};

static bool estimate_nwj(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return critic_estimate(&bound, params, task, estimate, error);
}

const EstimatorType estimator_nwj = {
    .name = "nwj",
    .help = "Nguyen, Wainwright and Jordan's neural lower bound, unbiased in samples; its variance grows as e^I",
    .source = "Nguyen, Wainwright and Jordan 2010, IEEE Transactions on Information Theory 56",
    .params = &critic_params,
    .sets = true,
    .estimate = estimate_nwj,
};
