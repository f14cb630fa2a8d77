#include "benchmarks/behaviour.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "benchmarks/check.h"
#include "core/arena.h"
#include "core/store.h"

static bool add_file(Digest *digest, const char *label, const char *path, Error *error) {
    StoreReader *reader = store_open(path, error);
    if (!reader) return false;
    digest_update(digest, label, strlen(label) + 1);
    digest_update(digest, store_digest(reader), strlen(store_digest(reader)) + 1);
    store_close(reader);
    return true;
}

// Training, or the analysis of what was trained: all of it, or not.
static bool complete(const SweepRun *const *runs, size_t count, const ScheduleOptions *options, bool *interrupted,
                     Error *error) {
    ScheduleReport report;
    if (!schedule_runs(runs, count, options, &report, error)) return false;
    *interrupted = report.interrupted;
    if (report.interrupted) return error_set(error, "interrupted; what is done is kept");
    if (report.failed + report.refused == 0) return true;
    return error_set(error, "%zu of %zu short runs, by which the behaviour is known, were not done: named above",
                     report.failed + report.refused, count);
}

static bool digest_runs(const Sweep *sweep, const ScheduleOptions *schedule, bool analysed, char hex[DIGEST_SIZE],
                        bool *interrupted, Error *error) {
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    ScheduleOptions options = *schedule;
    options.redo_stale = true;
    options.work = NULL;
    bool good = complete(runs, sweep->count, &options, interrupted, error);
    options.work = &analyse_work;
    if (good && analysed) good = complete(runs, sweep->count, &options, interrupted, error);
    Digest *digest = digest_create();
    for (size_t i = 0; i < sweep->count && good; i++) {
        char *run = run_path(options.results, runs[i]), *analysis = analyse_path(options.results, runs[i]);
        good = add_file(digest, runs[i]->label, run, error) && (!analysed || add_file(digest, "analysis", analysis, error));
        free(run);
        free(analysis);
    }
    digest_finish(digest, hex);
    free(runs);
    return good;
}

bool behaviour_digest(const Experiment *experiment, const Setting *settings, size_t count, const ScheduleOptions *schedule,
                      char digest[DIGEST_SIZE], bool *interrupted, Error *error) {
    *interrupted = false;
    Experiment *smoke = experiment_load(experiment->name, SCALE_SMOKE, settings, count, error);
    if (!smoke) return false;
    Experiment short_runs = *smoke;    // the sizes of the one, the combinations of the other
    short_runs.axis_count = experiment->axis_count;
    short_runs.axes = experiment->axes;
    short_runs.first_seed = short_runs.last_seed = experiment->first_seed;
    Sweep *sweep = sweep_expand(&short_runs, error);
    bool good = sweep != NULL;
    if (good) {
        char *folder = memory_format("%s/behaviour", schedule->results);
        ScheduleOptions options = *schedule;
        options.results = folder;
        good = digest_runs(sweep, &options, check_needs_analysis(experiment), digest, interrupted, error);
        free(folder);
    }
    sweep_destroy(sweep);
    experiment_destroy(smoke);
    return good;
}
