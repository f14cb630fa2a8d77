#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "benchmarks/check.h"
#include "cli/cli.h"
#include "core/arena.h"

Experiment **cli_load(const Options *options, const char *name, size_t *count, Error *error) {
    char **names;
    if (!experiment_names(name, count, &names, error)) return NULL;
    Experiment **experiments = memory_zeroed(*count, sizeof(Experiment *));
    bool good = true;
    for (size_t i = 0; i < *count && good; i++) {
        experiments[i] = experiment_load(names[i], (Scale)options->scale, options->settings, options->setting_count, error);
        good = experiments[i] != NULL;
        if (good && options->seeds_given) {
            experiments[i]->first_seed = options->first_seed;
            experiments[i]->last_seed = options->last_seed;
        }
    }
    experiment_names_free(*count, names);
    if (good) return experiments;
    cli_unload(experiments, *count);
    return NULL;
}

void cli_warn(const Options *options, Experiment *const *experiments, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *warning = check_warn(experiments[i]);
        if (warning) fprintf(stderr, "engram %s: %s: %s\n", options->verb->name, experiments[i]->name, warning);
        free(warning);
    }
}

void cli_unload(Experiment **experiments, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (experiments[i]) experiment_destroy(experiments[i]);
    }
    free(experiments);
}

bool cli_load_runs(const Options *options, const char *name, RunList *list, Error *error) {
    *list = (RunList){0};
    list->experiments = cli_load(options, name, &list->experiment_count, error);
    if (!list->experiments) return false;
    list->sweeps = memory_zeroed(list->experiment_count, sizeof(Sweep *));
    size_t total = 0;
    for (size_t i = 0; i < list->experiment_count; i++) {
        list->sweeps[i] = sweep_expand(list->experiments[i], error);
        if (!list->sweeps[i]) {
            cli_runs_free(list);
            return false;
        }
        total += list->sweeps[i]->count;
    }
    list->runs = memory_zeroed(total, sizeof(SweepRun *));
    for (size_t i = 0; i < list->experiment_count; i++) {
        size_t earlier = list->count;    // within one sweep all runs differ
        for (size_t j = 0; j < list->sweeps[i]->count; j++) {
            const SweepRun *run = &list->sweeps[i]->runs[j];
            bool known = false;
            for (size_t k = 0; k < earlier && !known; k++) known = strcmp(list->runs[k]->name, run->name) == 0;
            if (!known) list->runs[list->count++] = run;
        }
    }
    return true;
}

void cli_runs_free(RunList *list) {
    for (size_t i = 0; i < list->experiment_count; i++) sweep_destroy(list->sweeps[i]);
    free(list->sweeps);
    free(list->runs);
    cli_unload(list->experiments, list->experiment_count);
    *list = (RunList){0};
}
