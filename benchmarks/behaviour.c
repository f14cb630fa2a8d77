#include "benchmarks/behaviour.h"

#include <stdlib.h>
#include <string.h>

#include "benchmarks/analyse.h"
#include "benchmarks/check.h"
#include "benchmarks/renew.h"
#include "core/arena.h"
#include "core/store.h"

static void add_text(Digest *digest, const char *text) {
    digest_update(digest, text, strlen(text) + 1);
}

static bool add_file(Digest *digest, const char *label, const char *path, Error *error) {
    StoreReader *reader = store_open(path, error);
    if (!reader) return false;
    add_text(digest, label);
    add_text(digest, store_digest(reader));
    store_close(reader);
    return true;
}

// A run that breaks down behaves so: where and why is part of the digest.
static bool add_run(Digest *digest, const char *results, const SweepRun *run, bool analysed, Error *error) {
    char detail[sizeof((Error *)0)->message];
    if (run_status(results, run, detail, sizeof detail) == RUN_FAILED) {
        add_text(digest, run->label);
        add_text(digest, detail);
        return true;
    }
    char *path = run_path(results, run), *analysis = analyse_path(results, run);
    bool good = add_file(digest, run->label, path, error) && (!analysed || add_file(digest, "analysis", analysis, error));
    free(path);
    free(analysis);
    return good;
}

// All of them, or not.
static bool make_runs(const SweepRun *const *runs, size_t count, const RenewOptions *options, bool *interrupted, Error *error) {
    RenewReport report;
    if (!renew_runs(runs, count, options, &report, error)) return false;
    *interrupted = report.interrupted;
    if (report.interrupted) return error_set(error, "interrupted; what is done is kept");
    if (report.expired) return error_set(error, "the time was up before the behaviour was known");
    return report.refused == 0 ||
           error_set(error, "%zu of %zu short runs, by which the behaviour is known, were not done: named above",
                     report.refused, count);
}

static bool digest_runs(const Sweep *sweep, const ScheduleOptions *schedule, bool analysed, char hex[DIGEST_SIZE],
                        bool *interrupted, Error *error) {
    const SweepRun **runs = memory_zeroed(sweep->count + 1, sizeof *runs);
    for (size_t i = 0; i < sweep->count; i++) runs[i] = &sweep->runs[i];
    RenewOptions options = {.schedule = schedule, .analyses = analysed};
    bool good = make_runs(runs, sweep->count, &options, interrupted, error);
    Digest *digest = digest_create();
    for (size_t i = 0; i < sweep->count && good; i++) good = add_run(digest, schedule->results, runs[i], analysed, error);
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
