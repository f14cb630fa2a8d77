#include "benchmarks/renew.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/analyse.h"
#include "benchmarks/provenance.h"
#include "core/arena.h"
#include "core/revision.h"
#include "core/store.h"

bool renew_revision_is_exact(void) {
    return strcmp(revision_code(), "unknown") != 0 && !strstr(revision_code(), "-dirty");
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// ---- who made a file -----------------------------------------------------------------------------------------------------------

// "runs/x.h5" of "<results>/runs/x.h5": what the ledger calls it.
static const char *short_name(const ScheduleOptions *schedule, const char *path) {
    return path + strlen(schedule->results) + 1;
}

// `several`: set when more than one code revision worked on it.
static bool made_by_us(const RenewOptions *options, const char *path, char digest[DIGEST_SIZE], bool *several) {
    StoreReader *reader = store_open(path, NULL);
    if (!reader) return false;
    char revision[PROVENANCE_TEXT_SIZE] = "unknown";
    store_attribute(reader, "code_revision", revision, sizeof revision);
    snprintf(digest, DIGEST_SIZE, "%s", store_digest(reader));
    store_close(reader);
    *several = strchr(revision, ',') != NULL;
    return (renew_revision_is_exact() && strcmp(revision, revision_code()) == 0) ||
           (options->ledger && ledger_has(options->ledger, short_name(options->schedule, path), digest));
}

static bool run_is_ours(const RenewOptions *options, const SweepRun *run) {
    char *path = run_path(options->schedule->results, run), digest[DIGEST_SIZE];
    bool several, ours = made_by_us(options, path, digest, &several);
    free(path);
    return ours;
}

// A failure is known by its text.
static char *failure_name(const SweepRun *run) {
    return memory_format("runs/%s.failed", run->name);
}

static bool failure_is_ours(const RenewOptions *options, const SweepRun *run, const char *detail) {
    if (!options->ledger) return false;
    char *name = failure_name(run), digest[DIGEST_SIZE];
    digest_bytes(detail, strlen(detail), digest);
    bool ours = ledger_has(options->ledger, name, digest);
    free(name);
    return ours;
}

// Whether the run must be made, and (`*reset`) what is there of it put aside before.
static bool must_train(const RenewOptions *options, const SweepRun *run, bool *reset) {
    char detail[sizeof((Error *)0)->message];
    *reset = false;
    switch (run_status(options->schedule->results, run, detail, sizeof detail)) {
    case RUN_DONE:
    case RUN_STALE: return *reset = !run_is_ours(options, run);
    case RUN_FAILED: return *reset = !failure_is_ours(options, run, detail);
    case RUN_INTERRUPTED:
        *reset = !renew_revision_is_exact();
        return true;    // else the finished file will say who worked on it
    case RUN_MISSING: return true;
    default: return false;    // the scheduler says why it cannot be done
    }
}

static bool analysis_is_ours(const RenewOptions *options, const SweepRun *run) {
    char *path = analyse_path(options->schedule->results, run), digest[DIGEST_SIZE];
    bool several, ours = store_is_complete(path) && made_by_us(options, path, digest, &several);
    free(path);
    return ours;
}

void renew_count(const SweepRun *const *runs, size_t count, const RenewOptions *options, size_t *training, size_t *analyses) {
    *training = *analyses = 0;
    for (size_t i = 0; i < count; i++) {
        bool reset, train = must_train(options, runs[i], &reset);
        *training += train;
        if (!options->analyses) continue;
        RunStatus status = run_status(options->schedule->results, runs[i], NULL, 0);
        *analyses += train || ((status == RUN_DONE || status == RUN_STALE) && !analysis_is_ours(options, runs[i]));
    }
}

// ---- what was made ---------------------------------------------------------------------------------------------------------------

static void note_file(const RenewOptions *options, const char *path) {
    StoreReader *reader = store_open(path, NULL);
    if (!reader) return;
    ledger_note(options->ledger, short_name(options->schedule, path), store_digest(reader));
    store_close(reader);
}

// After the scheduler: what is finished by now was ours before or has just been made, but for runs that it took up half-way.
static void note_run(const RenewOptions *options, const SweepRun *run) {
    char detail[sizeof((Error *)0)->message], digest[DIGEST_SIZE];
    RunStatus status = run_status(options->schedule->results, run, detail, sizeof detail);
    if (status == RUN_FAILED) {
        char *name = failure_name(run);
        digest_bytes(detail, strlen(detail), digest);
        ledger_note(options->ledger, name, digest);
        free(name);
    }
    if (status != RUN_DONE && status != RUN_STALE) return;
    char *path = run_path(options->schedule->results, run);
    bool several = false, ours = made_by_us(options, path, digest, &several);
    if (ours || !several) note_file(options, path);
    free(path);
}

static double time_left(const RenewOptions *options, double begin) {
    double limit = options->schedule->limit;
    return limit > 0 ? fmax(0.001, limit - (now() - begin)) : 0;
}

// ---- training --------------------------------------------------------------------------------------------------------------------

static bool reset_others(const SweepRun *const *runs, size_t count, const RenewOptions *options, size_t *missing,
                         Error *error) {
    *missing = 0;
    for (size_t i = 0; i < count; i++) {
        bool reset;
        *missing += must_train(options, runs[i], &reset);
        if (reset && !run_reset(options->schedule->results, runs[i], error)) return false;
    }
    return true;
}

// Twice at most: a run that was taken up half-way from another revision is found out when it is finished. Where revisions do not name the
// code nothing is taken up half-way.
static bool train(const SweepRun *const *runs, size_t count, const RenewOptions *options, double begin, RenewReport *report,
                  Error *error) {
    for (int pass = 0; pass < (renew_revision_is_exact() ? 2 : 1); pass++) {
        size_t missing;
        if (!reset_others(runs, count, options, &missing, error)) return false;
        if (pass > 0 && missing == 0) break;
        ScheduleOptions schedule = *options->schedule;
        schedule.limit = time_left(options, begin);
        schedule.redo_stale = schedule.retry_failed = false;
        schedule.work = NULL;
        ScheduleReport done;
        if (!schedule_runs(runs, count, &schedule, &done, error)) return false;
        for (size_t i = 0; options->ledger && i < count; i++) note_run(options, runs[i]);
        report->trained += done.finished;
        report->failed = done.failed;
        report->refused = done.refused;
        report->expired = done.expired;
        report->interrupted = done.interrupted;
        if (report->expired || report->interrupted || report->refused > 0) break;
    }
    return true;
}

// ---- analyses --------------------------------------------------------------------------------------------------------------------

// Segments of an unfinished analysis do not say who made them: they go too.
static bool drop_other_analyses(const SweepRun *const *runs, size_t count, const RenewOptions *options, size_t *missing,
                                Error *error) {
    bool good = true;
    *missing = 0;
    for (size_t i = 0; i < count && good; i++) {
        if (analysis_is_ours(options, runs[i])) continue;
        char *path = analyse_path(options->schedule->results, runs[i]);
        good = store_remove(path, error);
        free(path);
        (*missing)++;
    }
    return good;
}

// The controls that analyses share, bank-<digits>.h5: noted, or dropped where another code made them.
static bool visit_controls(const RenewOptions *options, bool note, Error *error) {
    char *folder = memory_format("%s/analysis", options->schedule->results), digest[DIGEST_SIZE];
    DIR *directory = opendir(folder);
    bool good = true;
    for (const struct dirent *entry; good && directory && (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, "bank-", 5) != 0 || length < 3 || strcmp(entry->d_name + length - 3, ".h5") != 0) continue;
        char *path = memory_format("%s/%s", folder, entry->d_name);
        bool several;
        if (note) note_file(options, path);
        else if (!made_by_us(options, path, digest, &several)) good = store_remove(path, error);
        free(path);
    }
    if (directory) closedir(directory);
    free(folder);
    return good;
}

static void note_analyses(const SweepRun *const *runs, size_t count, const RenewOptions *options) {
    for (size_t i = 0; i < count; i++) {
        char *path = analyse_path(options->schedule->results, runs[i]);
        if (store_is_complete(path)) note_file(options, path);
        free(path);
    }
    visit_controls(options, true, NULL);
}

static bool analyse(const SweepRun *const *runs, size_t count, const RenewOptions *options, double begin, RenewReport *report,
                    Error *error) {
    size_t missing;
    if (!drop_other_analyses(runs, count, options, &missing, error)) return false;
    if (missing == 0) return true;
    if (!visit_controls(options, false, error)) return false;
    ScheduleOptions schedule = *options->schedule;
    schedule.limit = time_left(options, begin);
    schedule.work = &analyse_work;
    ScheduleReport done;
    double middle = now();
    if (!schedule_runs(runs, count, &schedule, &done, error)) return false;
    if (options->ledger) note_analyses(runs, count, options);
    report->analysed = done.finished;
    report->refused += done.refused;
    report->expired = done.expired;
    report->interrupted = done.interrupted;
    if (done.finished > 0) report->analysis_seconds = (now() - middle) * schedule.jobs / (double)done.finished;
    return true;
}

static bool analyse_finished(const SweepRun *const *runs, size_t count, const RenewOptions *options, double begin,
                             RenewReport *report, Error *error) {
    const SweepRun **finished = memory_zeroed(count + 1, sizeof *finished);
    size_t there = 0;
    for (size_t i = 0; i < count; i++) {
        RunStatus status = run_status(options->schedule->results, runs[i], NULL, 0);
        if (status == RUN_DONE || status == RUN_STALE) finished[there++] = runs[i];
    }
    bool good = there == 0 || analyse(finished, there, options, begin, report, error);
    free(finished);
    return good;
}

bool renew_runs(const SweepRun *const *runs, size_t count, const RenewOptions *options, RenewReport *report, Error *error) {
    *report = (RenewReport){.analysis_seconds = NAN};
    double begin = now();
    bool good = train(runs, count, options, begin, report, error);
    bool ended = report->expired || report->interrupted || report->refused > 0;
    if (good && options->analyses && !ended) good = analyse_finished(runs, count, options, begin, report, error);
    // Also after a failure: what was made before it is known.
    return (!options->ledger || ledger_write(options->ledger, good ? error : NULL)) && good;
}
