// The expansion of an experiment: every combination of the varied values, and every seed of each.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/experiment.h"
#include "benchmarks/trainer.h"
#include "benchmarks/vary.h"
#include "core/arena.h"

bool experiment_run_count(const Experiment *experiment, size_t *count, Error *error) {
    if (experiment->first_seed > experiment->last_seed) {
        return error_set(error, "%s: seeds: found %lld..%lld, which runs backwards, accepted: A..B with A at most B",
                         experiment->path, (long long)experiment->first_seed, (long long)experiment->last_seed);
    }
    double runs = (double)experiment->last_seed - (double)experiment->first_seed + 1;
    for (size_t i = 0; i < experiment->axis_count; i++) runs *= (double)experiment->axes[i].count;
    if (runs > RUNS_MAX) {
        return error_set(error, "%s: found a sweep of %.0f runs at scale %s (combinations times seeds), accepted: at most %d",
                         experiment->path, runs, scale_names[experiment->scale], RUNS_MAX);
    }
    *count = (size_t)runs;
    return true;
}

// ---- one combination ------------------------------------------------------------------------------------------------

// Which value of each axis combination number `index` has: digits of a number, the last axis lowest.
static size_t axis_digit(const Experiment *experiment, size_t axis, size_t index) {
    for (size_t i = experiment->axis_count; i-- > axis + 1;) index /= experiment->axes[i].count;
    return index % experiment->axes[axis].count;
}

// The value of each axis; the array is the caller's, the texts are the experiment's.
static const char **combination_values(const Experiment *experiment, size_t index) {
    const char **values = memory_zeroed(experiment->axis_count + 1, sizeof *values);
    for (size_t i = 0; i < experiment->axis_count; i++)
        values[i] = experiment->axes[i].values[axis_digit(experiment, i, index)];
    return values;
}

static Config *combination_config(const Experiment *experiment, size_t index, Error *error) {
    Config *config = config_copy(experiment->base);
    const char **values = combination_values(experiment, index);
    bool good = vary_apply(experiment, values, config, error);
    free(values);
    if (good) return config;
    config_destroy(config);
    return NULL;
}

// "gru, stochasticity 0.2": choices and cases speak for themselves, numbers need their name.
static char *combination_label(const Experiment *experiment, const Config *config, size_t index) {
    char *label = memory_format("%s", "");
    for (size_t i = 0; i < experiment->axis_count; i++) {
        const Axis *axis = &experiment->axes[i];
        const ParamSpec *spec = config_spec(config, axis->name);
        bool bare = !spec || spec->type == PARAM_CHOICE;
        char *longer = memory_format("%s%s%s%s%s", label, i ? ", " : "", bare ? "" : axis->name, bare ? "" : " ",
                                     axis->values[axis_digit(experiment, i, index)]);
        free(label);
        label = longer;
    }
    return label;
}

static bool try_problem(const Config *config, Error *error) {
    Task *task = config_task(config) ? config_make_task(config, error) : NULL;
    Env *env = config_task(config) ? NULL : config_make_env(config, error);
    bool good = (task || env) && trainer_check(config, env, task, error);
    task_destroy(task);
    if (env) env_destroy(env);
    return good;
}

// The environment or task has the last word on whether its parameters go together, and it says how large what is measured becomes.
static bool check_problem(const Experiment *experiment, const Config *config, const char *label, Error *error) {
    return try_problem(config, error) || error_context(error, "%s: %s%s", experiment->path, label, *label ? ": " : "");
}

static SweepRun create_run(const Experiment *experiment, const Config *config, size_t index, int64_t seed) {
    SweepRun run = {.config = config_copy(config), .seed = seed, .name = config_run_name(config, seed)};
    run.label = combination_label(experiment, config, index);
    run.values = memory_zeroed(experiment->axis_count, sizeof *run.values);
    for (size_t i = 0; i < experiment->axis_count; i++) {
        run.values[i] = memory_format("%s", experiment->axes[i].values[axis_digit(experiment, i, index)]);
    }
    return run;
}

// ---- all of them ----------------------------------------------------------------------------------------------------

static int compare_names(const void *a, const void *b) {
    const SweepRun *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

// Two combinations can be one configuration: a parameter varied that is not part of a run, say.
static bool check_distinct(const Experiment *experiment, const Sweep *sweep, Error *error) {
    const SweepRun **sorted = memory_alloc(sweep->count * sizeof *sorted);
    for (size_t i = 0; i < sweep->count; i++) sorted[i] = &sweep->runs[i];
    qsort(sorted, sweep->count, sizeof *sorted, compare_names);
    bool good = true;
    for (size_t i = 1; good && i < sweep->count; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0) continue;
        good =
            error_set(error, "%s: found the same run twice: seed %lld of '%s' and of '%s' train alike, accepted: each run once",
                      experiment->path, (long long)sorted[i]->seed, sorted[i - 1]->label, sorted[i]->label);
    }
    free(sorted);
    return good;
}

static bool expand(const Experiment *experiment, size_t total, Sweep *sweep, Error *error) {
    size_t seeds = (size_t)(experiment->last_seed - experiment->first_seed) + 1;
    for (size_t index = 0; index < total / seeds; index++) {
        Config *config = combination_config(experiment, index, error);
        if (!config) return false;
        char *label = combination_label(experiment, config, index);
        bool good = check_problem(experiment, config, label, error);
        free(label);
        for (size_t s = 0; good && s < seeds; s++) {
            sweep->runs[sweep->count++] = create_run(experiment, config, index, experiment->first_seed + (int64_t)s);
        }
        config_destroy(config);
        if (!good) return false;
    }
    return check_distinct(experiment, sweep, error);
}

Sweep *sweep_expand(const Experiment *experiment, Error *error) {
    size_t total = 0;
    if (!experiment_run_count(experiment, &total, error)) return NULL;
    Sweep *sweep = memory_zeroed(1, sizeof *sweep);
    sweep->axis_count = experiment->axis_count;
    sweep->runs = memory_zeroed(total, sizeof *sweep->runs);
    if (expand(experiment, total, sweep, error)) return sweep;
    sweep_destroy(sweep);
    return NULL;
}

void sweep_destroy(Sweep *sweep) {
    if (!sweep) return;
    for (size_t i = 0; i < sweep->count; i++) {
        SweepRun *run = &sweep->runs[i];
        for (size_t j = 0; j < sweep->axis_count; j++) free(run->values[j]);
        free(run->values);
        free(run->name);
        free(run->label);
        config_destroy(run->config);
    }
    free(sweep->runs);
    free(sweep);
}
