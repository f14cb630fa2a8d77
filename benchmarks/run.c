#include "benchmarks/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "benchmarks/provenance.h"
#include "benchmarks/trainer.h"
#include "core/arena.h"
#include "core/revision.h"
#include "core/store.h"

enum { CHECKPOINT_SECONDS = 5 };    // work that a kill can cost, at most; when segments are sealed enters no result

const char *const run_status_names[RUN_STATUS_COUNT + 1] = {
    "missing", "interrupted", "running", "failed", "stale", "done", "unreadable", NULL,
};

// ---- files and status -----------------------------------------------------------------------------------------------

char *run_path(const char *results, const SweepRun *run) {
    return memory_format("%s/runs/%s.h5", results, run->name);
}

static char *failed_path(const char *results, const SweepRun *run) {
    return memory_format("%s/runs/%s.failed", results, run->name);
}

static void detail_set(char *detail, size_t size, const char *text) {
    if (detail && size) snprintf(detail, size, "%s", text);
}

static RunStatus finished_status(const char *path, const SweepRun *run, char *detail, size_t size) {
    Error error;
    StoreReader *reader = store_open(path, &error);
    if (!reader) {
        detail_set(detail, size, error.message);
        return RUN_UNREADABLE;
    }
    char key[DIGEST_SIZE], revision[PROVENANCE_TEXT_SIZE] = "unknown", text[PROVENANCE_TEXT_SIZE + 32];
    config_run_key(run->config, run->seed, key);
    RunStatus status = RUN_DONE;
    store_attribute(reader, "code_revision", revision, sizeof revision);
    if (strcmp(store_key(reader), key) != 0) {
        status = RUN_UNREADABLE;
        detail_set(detail, size, "the file holds a run with another key");
    } else if (strcmp(revision, revision_code()) != 0) {
        status = RUN_STALE;
        snprintf(text, sizeof text, "finished by code revision %s", revision);
        detail_set(detail, size, text);
    }
    store_close(reader);
    return status;
}

// "step 120\nthe loss is not finite\n" on one line.
static bool read_failure(const char *path, char *detail, size_t size) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    char text[1200];
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    char *line = strchr(text, '\n');
    if (line) {
        *line = '\0';
        line[1 + strcspn(line + 1, "\n")] = '\0';
        char whole[1300];
        snprintf(whole, sizeof whole, "%s: %s", text, line + 1);
        detail_set(detail, size, whole);
    }
    return true;
}

// Whether a writer holds the lock of the segments' folder (core/store.h).
static bool is_locked(const char *path) {
    char *lock = memory_format("%s.parts/lock", path);
    int file = open(lock, O_RDONLY | O_CLOEXEC);
    free(lock);
    if (file < 0) return false;
    bool locked = flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(file);
    return locked;
}

static bool has_segments(const char *path) {
    char *first = memory_format("%s.parts/segment-000001.h5", path);
    bool there = access(first, F_OK) == 0;
    free(first);
    return there;
}

RunStatus run_status(const char *results, const SweepRun *run, char *detail, size_t size) {
    char *path = run_path(results, run), *failed = failed_path(results, run);
    RunStatus status = RUN_MISSING;
    detail_set(detail, size, "");
    if (access(path, F_OK) == 0) status = finished_status(path, run, detail, size);
    else if (is_locked(path)) status = RUN_RUNNING;
    else if (read_failure(failed, detail, size)) status = RUN_FAILED;
    else if (has_segments(path)) status = RUN_INTERRUPTED;
    free(path);
    free(failed);
    return status;
}

bool run_reset(const char *results, const SweepRun *run, Error *error) {
    char *path = run_path(results, run), *failed = failed_path(results, run), *aside = memory_format("%s.stale", path);
    bool good = true;
    if (access(path, F_OK) == 0 && rename(path, aside) != 0) {
        good = error_set(error, "%s: cannot be put aside: %s", path, strerror(errno));
    }
    good = good && store_remove(path, error);
    if (good && unlink(failed) != 0 && errno != ENOENT) {
        good = error_set(error, "%s: cannot be removed: %s", failed, strerror(errno));
    }
    free(path);
    free(failed);
    free(aside);
    return good;
}

// Written aside and renamed, so that it is there whole or not at all.
static bool mark_failed(const char *results, const SweepRun *run, int64_t step, const char *message, Error *error) {
    char *path = failed_path(results, run), *temporary = memory_format("%s.tmp-%ld", path, (long)getpid());
    FILE *file = fopen(temporary, "w");
    bool good = file != NULL;
    if (good) {
        good = fprintf(file, "step %lld\n%s\n", (long long)step, message) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
        good = fclose(file) == 0 && good;
        good = good && rename(temporary, path) == 0;
    }
    if (!good) {
        error_set(error, "%s: cannot be written: %s (training broke down at step %lld: %s)", path, strerror(errno),
                  (long long)step, message);
        unlink(temporary);
    }
    free(path);
    free(temporary);
    return good;
}

// ---- training -------------------------------------------------------------------------------------------------------

enum { REVISIONS_SIZE = 240 };

// A run on its way. What is archived is everything that a resumed run needs to end like an undisturbed one.
typedef struct Drive {
    Trainer trainer;
    StoreWriter *writer;
    int64_t sampled;                       // the unit at which histories were last recorded; -1: never
    int64_t finished;                      // 1: the agent's last records are made, only publication is missing
    int64_t parts;                         // processes that worked on it
    double wall, cpu;                      // seconds until `wall_mark`, over all parts
    char revisions[REVISIONS_SIZE];        // code revisions that worked on it, "a, b"
    double wall_mark, cpu_mark, sealed;    // clock readings: of the sums above, and of the last checkpoint
} Drive;

static double clock_seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void drive_count_time(Drive *drive) {
    double wall = clock_seconds(CLOCK_MONOTONIC), cpu = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    drive->wall += wall - drive->wall_mark;
    drive->cpu += cpu - drive->cpu_mark;
    drive->wall_mark = wall;
    drive->cpu_mark = cpu;
}

// One function for both directions.
static void drive_archive(void *context, Archive *archive) {
    Drive *drive = context;
    archive_enter(archive, "run");
    archive_i64(archive, "sampled", &drive->sampled);
    archive_i64(archive, "finished", &drive->finished);
    archive_i64(archive, "parts", &drive->parts);
    archive_f64(archive, "wall", &drive->wall);
    archive_f64(archive, "cpu", &drive->cpu);
    archive_array(archive, "revisions", DTYPE_U8, 1, (size_t[]){REVISIONS_SIZE}, drive->revisions);
    archive_leave(archive);
    drive->trainer.type->archive(drive->trainer.agent, archive);
}

static bool drive_seal(Drive *drive, Error *error) {
    drive_count_time(drive);
    if (!store_checkpoint(drive->writer, drive_archive, drive, error)) return false;
    drive->sealed = clock_seconds(CLOCK_MONOTONIC);
    return true;
}

// A run that several code revisions worked on names them all: it is stale for each of them.
static void drive_add_revision(Drive *drive) {
    drive->revisions[REVISIONS_SIZE - 1] = '\0';
    const char *now = revision_code(), *last = strrchr(drive->revisions, ' ');
    if (strcmp(last ? last + 1 : drive->revisions, now) == 0) return;
    size_t length = strlen(drive->revisions);
    snprintf(drive->revisions + length, REVISIONS_SIZE - length, "%s%s", length ? ", " : "", now);
}

static bool drive_open(Drive *drive, const char *path, const SweepRun *run, Error *error) {
    *drive = (Drive){.sampled = -1};
    if (!trainer_open(&drive->trainer, run->config, run->seed, error)) return false;
    char key[DIGEST_SIZE], *text = config_run_text(run->config, run->seed);
    config_run_key(run->config, run->seed, key);
    drive->writer = store_writer_open(path, key, text, error);
    free(text);
    if (!drive->writer) return false;
    if (store_segment_count(drive->writer) > 0 && !store_resume(drive->writer, drive_archive, drive, error)) return false;
    drive_add_revision(drive);
    drive->parts++;
    drive->wall_mark = drive->sealed = clock_seconds(CLOCK_MONOTONIC);
    drive->cpu_mark = clock_seconds(CLOCK_PROCESS_CPUTIME_ID);
    return true;
}

static void drive_close(Drive *drive) {
    if (drive->writer) store_writer_close(drive->writer);
    trainer_close(&drive->trainer);
}

// Memory is bounded: the agent's is fixed by its parameters (replay capacity, network), and the recorder holds one
// sample of histories (2 * pairs rows of each set, sealed at once) or the scalars of CHECKPOINT_SECONDS.
static bool drive_sample(Drive *drive, Error *error) {
    trainer_sample(&drive->trainer, drive->sampled < 0, store_recorder(drive->writer));
    drive->sampled = trainer_done(&drive->trainer);
    return drive_seal(drive, error);
}

static bool drive_publish(Drive *drive, const SweepRun *run, Error *error) {
    drive_count_time(drive);
    Provenance provenance = {0};
    char digest[DIGEST_SIZE];
    provenance_add(&provenance, "code_revision", "%s", drive->revisions);
    provenance_machine(&provenance, run->config);
    provenance_add(&provenance, "wall_seconds", "%.3f", drive->wall);
    provenance_add(&provenance, "cpu_seconds", "%.3f", drive->cpu);
    provenance_add(&provenance, "parts", "%lld", (long long)drive->parts);
    provenance_add(&provenance, "memory_peak_mib", "%.1f", provenance_peak_mib());
    provenance_now(&provenance, "finished");
    return store_publish(drive->writer, provenance.attributes, provenance.count, digest, error);
}

static RunOutcome drive_break_down(const Drive *drive, const char *results, const SweepRun *run, Error *error) {
    int64_t step = trainer_done(&drive->trainer);
    Error other;
    if (!mark_failed(results, run, step, error->message, &other)) {
        *error = other;
        return RUN_REFUSED;
    }
    error_context(error, "step %lld: ", (long long)step);
    return RUN_BROKEN;
}

static RunOutcome drive_train(Drive *drive, const char *results, const SweepRun *run, const RunHooks *hooks, Error *error) {
    Trainer *trainer = &drive->trainer;
    const Recorder *recorder = store_recorder(drive->writer);
    int64_t budget = trainer_budget(trainer);
    for (;;) {
        int64_t done = trainer_done(trainer);
        if (hooks->progress) hooks->progress(hooks->context, done, budget);
        if (!drive->finished && drive->sampled < done && trainer_sample_due(trainer) && !drive_sample(drive, error))
            return RUN_REFUSED;
        if (done >= budget) break;
        if (hooks->stop && *hooks->stop) return drive_seal(drive, error) ? RUN_STOPPED : RUN_REFUSED;
        if (clock_seconds(CLOCK_MONOTONIC) - drive->sealed > CHECKPOINT_SECONDS && !drive_seal(drive, error))
            return RUN_REFUSED;
        if (!trainer_advance(trainer, recorder, error)) return drive_break_down(drive, results, run, error);
        assert(trainer_done(trainer) > done);
    }
    if (!drive->finished) {
        if (!trainer_finish(trainer, recorder, error)) return drive_break_down(drive, results, run, error);
        if (drive->sampled < budget) trainer_record_weights(trainer, recorder);
        drive->finished = 1;
        if (!drive_seal(drive, error)) return RUN_REFUSED;
    }
    return drive_publish(drive, run, error) ? RUN_FINISHED : RUN_REFUSED;
}

RunOutcome run_execute(const char *results, const SweepRun *run, const RunHooks *hooks, Error *error) {
    char *path = run_path(results, run);
    static const RunHooks none = {0};
    Drive drive;
    RunOutcome outcome = RUN_REFUSED;
    if (drive_open(&drive, path, run, error)) outcome = drive_train(&drive, results, run, hooks ? hooks : &none, error);
    drive_close(&drive);
    if (outcome == RUN_FINISHED) {    // the new file is there: the one it replaces may go
        char *aside = memory_format("%s.stale", path);
        unlink(aside);
        free(aside);
    }
    free(path);
    return outcome;
}
