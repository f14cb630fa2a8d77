#include "benchmarks/measure.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static bool value_at(const Measure *measure, const Series *series, double *value, Error *error) {
    if (measure->step < 0) {
        size_t back = (size_t)-measure->step;
        if (back > series->count) {
            return error_set(error, "%s has %zu values: there is no %zuth from the last", measure->series, series->count, back);
        }
        *value = series->value[series->count - back];
        return true;
    }
    for (size_t i = 0; i < series->count; i++) {
        if (series->step[i] == measure->step) {
            *value = series->value[i];
            return true;
        }
    }
    if (series->count == 0) return error_set(error, "%s is empty", measure->series);
    return error_set(error, "%s has no value at step %" PRId64 ": it has %zu between %" PRId64 " and %" PRId64, measure->series,
                     measure->step, series->count, series->step[0], series->step[series->count - 1]);
}

static bool window_value(const Measure *measure, const Series *series, double *value, Error *error) {
    size_t window = measure->window > 0 ? (size_t)measure->window : series->count;
    if (window > series->count || window == 0) {
        return error_set(error, "%s has %zu values, the window wants the last %zu", measure->series, series->count, window);
    }
    const double *last = series->value + series->count - window;
    double sum = 0, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < window; i++) {
        sum += last[i];    // NaN goes through the mean; the others must not lose it
        low = last[i] < low ? last[i] : low;
        high = last[i] > high ? last[i] : high;
    }
    switch (measure->reduce) {
    case REDUCE_MEAN: *value = sum / (double)window; break;
    case REDUCE_MAX: *value = isnan(sum) ? sum : high; break;
    case REDUCE_MIN: *value = isnan(sum) ? sum : low; break;
    case REDUCE_LAST:
    case REDUCE_FIRST: *value = last[window - 1]; break;
    }
    return true;
}

static bool there(const Measure *measure, double target, double value) {
    double slack = measure->tolerance * fabs(target);
    return measure->falls ? value <= target + slack : value >= target - slack;
}

// The step of the first value of the window that is there; of the last value if none is.
static bool first_step(const Measure *measure, const Series *series, double target, double *value, Error *error) {
    if (!window_value(measure, series, value, error)) return false;
    size_t window = measure->window > 0 ? (size_t)measure->window : series->count, i = series->count - window;
    while (i + 1 < series->count && !there(measure, target, series->value[i])) i++;
    *value = (double)series->step[i];
    return true;
}

bool measure_series(const Measure *measure, const Series *series, double optimum, double *value, Error *error) {
    double target = measure->target_optimum ? optimum : measure->target;
    if (measure->reduce == REDUCE_FIRST && !measure->at_step) return first_step(measure, series, target, value, error);
    bool known = measure->at_step ? value_at(measure, series, value, error) : window_value(measure, series, value, error);
    if (known && measure->reaches && isfinite(*value)) *value = there(measure, target, *value) ? 1 : 0;
    return known;
}

bool measure_optimum(const Measure *measure, const Config *config, double *optimum, Error *error) {
    *optimum = NAN;
    if (config_task(config)) {
        return error_set(error, "found the optimum of a return, but task %s has none: 'reaches' needs a number",
                         config_problem_name(config));
    }
    Env *env = config_make_env(config, error);
    if (!env) return false;
    *optimum = strstr(measure->series, "discounted") ? env->spec.optimal_discounted_return : env->spec.optimal_return;
    env_destroy(env);
    if (isnan(*optimum)) {
        return error_set(error, "the optimal return of environment %s is not known: 'reaches' needs a number",
                         config_env(config)->name);
    }
    return true;
}

bool measure_run(const Measure *measure, Gathering *gathering, size_t run, double *value, Error *error) {
    double optimum = NAN;
    const SweepRun *swept = gathering->runs[run].run;
    if (measure->reaches && measure->target_optimum && !measure_optimum(measure, swept->config, &optimum, error)) return false;
    Series series;
    if (!gather_series(gathering, run, measure->series, &series, error)) return false;
    bool known = measure_series(measure, &series, optimum, value, error) || error_context(error, "run %s: ", swept->name);
    series_free(&series);
    return known;
}
