#include "benchmarks/gather.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "core/arena.h"

void series_free(Series *series) {
    free(series->step);
    free(series->value);
    *series = (Series){0};
}

// ---- what there is -------------------------------------------------------------------------------------------------------

static bool survey_run(Gathering *gathering, GatheredRun *gathered, Error *error) {
    char detail[512];
    gathered->status = run_status(gathering->results, gathered->run, detail, sizeof detail);
    switch (gathered->status) {
    case RUN_UNREADABLE:
        return error_set(error, "run %s cannot be read: %s; remove the file and train it again", gathered->run->name, detail);
    case RUN_FAILED: gathering->failed++; return true;
    case RUN_STALE: gathering->stale++; break;
    case RUN_DONE: break;
    default: gathering->missing++; return true;
    }
    gathering->finished++;
    return true;
}

bool gather_finished(const GatheredRun *gathered) {
    return gathered->status == RUN_DONE || gathered->status == RUN_STALE;
}

static bool check_complete(const Gathering *gathering, bool partial, Error *error) {
    const Experiment *experiment = gathering->experiment;
    if (gathering->missing == 0 && gathering->finished > 0) return true;
    if (gathering->finished == 0 && gathering->missing == 0) {
        return error_set(error, "training broke down in all %zu runs of %s at scale %s: `engram status %s --scale %s` says why",
                         gathering->count, experiment->name, scale_names[experiment->scale], experiment->name,
                         scale_names[experiment->scale]);
    }
    if (partial && gathering->finished > 0) return true;
    const char *first = "";
    for (size_t i = gathering->count; i-- > 0;) {
        const GatheredRun *gathered = &gathering->runs[i];
        if (!gather_finished(gathered) && gathered->status != RUN_FAILED) first = gathered->run->name;
    }
    return error_set(
        error,
        "%zu of %zu runs of %s at scale %s are not finished (the first: %s): train them with `engram run %s --scale %s` and "
        "the same --set, --seeds and --results%s",
        gathering->missing, gathering->count, experiment->name, scale_names[experiment->scale], first, experiment->name,
        scale_names[experiment->scale], gathering->finished ? ", or take what there is with --partial" : "");
}

Gathering *gather_survey(const char *results, const Experiment *experiment, bool partial, Error *error) {
    Sweep *sweep = sweep_expand(experiment, error);
    if (!sweep) return NULL;
    Gathering *gathering = memory_zeroed(1, sizeof *gathering);
    *gathering = (Gathering){.results = results, .experiment = experiment, .sweep = sweep, .count = sweep->count};
    gathering->runs = memory_zeroed(sweep->count, sizeof *gathering->runs);
    size_t seeds = (size_t)(experiment->last_seed - experiment->first_seed + 1);
    bool good = true;
    for (size_t i = 0; i < sweep->count && good; i++) {
        gathering->runs[i] = (GatheredRun){.run = &sweep->runs[i], .combination = (int)(i / seeds)};
        good = survey_run(gathering, &gathering->runs[i], error);
    }
    if (good && check_complete(gathering, partial, error)) return gathering;
    gather_free(gathering);
    return NULL;
}

Gathering *gather_runs(const char *results, const Experiment *experiment, bool partial, Error *error) {
    Gathering *gathering = gather_survey(results, experiment, partial, error);
    bool good = gathering != NULL;
    for (size_t i = 0; good && i < gathering->count; i++) {
        GatheredRun *gathered = &gathering->runs[i];
        if (!gather_finished(gathered)) continue;
        char *path = run_path(results, gathered->run);
        gathered->log = store_open(path, error);
        free(path);
        good = gathered->log != NULL;
    }
    if (good) return gathering;
    gather_free(gathering);
    return NULL;
}

void gather_free(Gathering *gathering) {
    if (!gathering) return;
    for (size_t i = 0; i < gathering->count; i++) {
        if (gathering->runs[i].log) store_close(gathering->runs[i].log);
        if (gathering->runs[i].analysis) store_close(gathering->runs[i].analysis);
    }
    free(gathering->runs);
    sweep_destroy(gathering->sweep);
    free(gathering);
}

// ---- series --------------------------------------------------------------------------------------------------------------

static bool open_analysis(Gathering *gathering, GatheredRun *gathered, Error *error) {
    if (gathered->analysis) return true;
    char *path = analyse_path(gathering->results, gathered->run);
    if (store_is_complete(path)) {
        gathered->analysis = store_open(path, error);
    } else {
        error_set(error, "run %s is not analysed: `engram analyse %s --scale %s` does it", gathered->run->name,
                  gathering->experiment->name, scale_names[gathering->experiment->scale]);
    }
    free(path);
    return gathered->analysis != NULL;
}

// The file that has the series; NULL in `*reader` when neither has.
static bool find_series(Gathering *gathering, size_t run, const char *name, StoreReader **reader, Error *error) {
    GatheredRun *gathered = &gathering->runs[run];
    *reader = gathered->log;
    if (store_series_exists(gathered->log, name)) return true;
    *reader = NULL;
    if (!analyse_makes(name)) return true;
    if (!open_analysis(gathering, gathered, error)) return false;
    if (store_series_exists(gathered->analysis, name)) *reader = gathered->analysis;
    return true;
}

bool gather_has(Gathering *gathering, size_t run, const char *name, bool *there, Error *error) {
    StoreReader *reader;
    *there = false;
    if (!find_series(gathering, run, name, &reader, error)) return false;
    *there = reader != NULL;
    return true;
}

static bool refuse_series(Gathering *gathering, GatheredRun *gathered, const char *name, Error *error) {
    size_t logged, analysed = 0;
    open_analysis(gathering, gathered, NULL);    // for its names: "mien/bank" is nearest to one of them
    const char *const *log = store_series_names(gathered->log, &logged);
    const char *const *analysis = gathered->analysis ? store_series_names(gathered->analysis, &analysed) : NULL;
    const char **names = memory_zeroed(logged + analysed + 1, sizeof *names);
    for (size_t i = 0; i < logged; i++) names[i] = log[i];
    for (size_t i = 0; i < analysed; i++) names[logged + i] = analysis[i];
    const char *nearest = error_nearest(name, names, logged + analysed);
    error_set(error, "run %s has no series '%s'%s%s%s", gathered->run->name, name, nearest ? "; nearest: '" : "",
              nearest ? nearest : "", nearest ? "'" : "");
    free(names);
    return false;
}

bool gather_series(Gathering *gathering, size_t run, const char *name, Series *out, Error *error) {
    *out = (Series){0};
    StoreReader *reader;
    if (!find_series(gathering, run, name, &reader, error)) return false;
    if (!reader) return refuse_series(gathering, &gathering->runs[run], name, error);
    if (store_series(reader, name, &out->count, &out->step, &out->value, error)) return true;
    return error_context(error, "run %s: ", gathering->runs[run].run->name);
}

// A run that several revisions worked on names them all, "a, b".
char *gather_revision(const Gathering *gathering) {
    char first[256] = "", text[256];
    bool several = false;
    for (size_t i = 0; i < gathering->count; i++) {
        StoreReader *log = gathering->runs[i].log;
        if (!log || !store_attribute(log, "code_revision", text, sizeof text)) continue;
        if (!*first) memcpy(first, text, sizeof first);
        several = several || strchr(text, ',') || strcmp(first, text) != 0;
    }
    if (several) return memory_format("several revisions");
    const char *dirty = strstr(first, "-dirty");
    return memory_format("%.12s%s", *first ? first : "unknown", dirty ? dirty : "");
}
