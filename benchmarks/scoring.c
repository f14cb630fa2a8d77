#include "benchmarks/scoring.h"

#include <math.h>

const char scoring_series[] = "evaluation/discounted_return";

bool scoring_scale(const Config *config, ReturnScale *scale, Error *error) {
    *scale = (ReturnScale){NAN, NAN, false};
    if (config_task(config)) return true;    // losses have no such scale
    Env *env = config_make_env(config, error);
    if (!env) return false;
    const EnvSpec *spec = &env->spec;
    *scale = (ReturnScale){.low = spec->random_discounted_return, .high = spec->optimal_discounted_return};
    scale->bound = isnan(scale->high) && !isnan(spec->bound_discounted_return);
    if (scale->bound) scale->high = spec->bound_discounted_return;
    env_destroy(env);
    return true;
}

double scoring_final(const Series *evaluations) {
    size_t window = (evaluations->count + 9) / 10;
    double sum = 0;
    for (size_t i = evaluations->count - window; i < evaluations->count; i++) sum += evaluations->value[i];
    return window ? sum / (double)window : NAN;
}

double scoring_score(ReturnScale scale, double value) {
    return (value - scale.low) / (scale.high - scale.low);
}
