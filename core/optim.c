#include "core/optim.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/kernels.h"

struct Optim {
    OptimParams params;
    const Kernels *kernels;
    int64_t steps;
    double beta1_power, beta2_power;    // beta^steps, by repeated multiplication
    Matrix first, second;               // moments, flat like the weights; SGD keeps its velocity in `first`
};

OptimParams optim_default_params(void) {
    return (OptimParams){.kind = OPTIM_ADAM, .learning_rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
}

Optim *optim_create(OptimParams params, const Weights *weights) {
    assert(params.learning_rate > 0 && params.clip_norm >= 0);
    Optim *optim = memory_alloc(sizeof *optim);
    Matrix values = weights_values(weights);
    *optim = (Optim){.params = params, .kernels = kernels_for(values.type), .beta1_power = 1, .beta2_power = 1};
    size_t count = (size_t)values.cols, size = dtype_size(values.type);
    optim->first = matrix_view(values.type, 1, values.cols, memory_zeroed(count, size));
    optim->second = matrix_view(values.type, 1, values.cols, memory_zeroed(count, size));
    return optim;
}

void optim_destroy(Optim *optim) {
    if (!optim) return;
    free(optim->first.data);
    free(optim->second.data);
    free(optim);
}

void optim_set_learning_rate(Optim *optim, double learning_rate) {
    assert(learning_rate > 0);
    optim->params.learning_rate = learning_rate;
}

static void clip(const Optim *optim, Matrix gradient) {
    if (optim->params.clip_norm == 0) return;
    double norm = sqrt(optim->kernels->sum_squares(gradient));
    if (norm > optim->params.clip_norm) optim->kernels->scale(optim->params.clip_norm / norm, gradient, gradient);
}

void optim_step(Optim *optim, Weights *weights) {
    const OptimParams *p = &optim->params;
    Matrix value = weights_values(weights), gradient = weights_gradients(weights);
    clip(optim, gradient);
    optim->steps++;
    switch (p->kind) {
    case OPTIM_ADAM:
        optim->beta1_power *= p->beta1;
        optim->beta2_power *= p->beta2;
        optim->kernels->adam(gradient, optim->first, optim->second, value, p->beta1, p->beta2,
                             p->learning_rate / (1 - optim->beta1_power), sqrt(1 - optim->beta2_power), p->epsilon);
        break;
    case OPTIM_RMSPROP: optim->kernels->rmsprop(gradient, optim->second, value, p->beta2, p->learning_rate, p->epsilon); break;
    case OPTIM_SGD: optim->kernels->momentum(gradient, optim->first, value, p->momentum, p->learning_rate); break;
    }
}

void optim_archive(Optim *optim, Archive *archive) {
    archive_enter(archive, "optimiser");
    archive_i64(archive, "steps", &optim->steps);
    archive_f64(archive, "beta1_power", &optim->beta1_power);
    archive_f64(archive, "beta2_power", &optim->beta2_power);
    size_t shape[1] = {(size_t)optim->first.cols};
    archive_array(archive, "first", optim->first.type, 1, shape, optim->first.data);
    archive_array(archive, "second", optim->second.type, 1, shape, optim->second.data);
    archive_leave(archive);
}
