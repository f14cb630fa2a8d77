#include "analysis/information/smile.h"

#include "analysis/information/bounds.h"

static double objective(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)params, (void)work;
    return bound_js(kernels, scores, gradient);
}

static double value(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work) {
    (void)work;
    return bound_smile(kernels, scores, params->smile_tau, gradient);
}

static double effective_size(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix work) {
    return bound_effective_size(kernels, scores, params->smile_tau, work);
}

static const CriticBound bound = {.objective = objective, .value = value, .effective_size = effective_size};

static bool estimate_smile(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return critic_estimate(&bound, params, task, estimate, error);
}

const EstimatorType estimator_smile = {
    .name = "smile",
    .help = "SMILE: a critic trained by the Jensen-Shannon objective, read with clipped scores; not a bound",
    .source = "Song and Ermon 2020, Understanding the limitations of variational mutual information estimators, ICLR",
    .params = &critic_params,
    .sets = true,
    .estimate = estimate_smile,
};
