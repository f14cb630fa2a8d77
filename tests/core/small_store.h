// A run in small, whose records depend on all of its past, and the folder that a test program keeps it in.
#pragma once

#include <fcntl.h>
#include <hdf5.h>

#include "core/store.h"
#include "tests/support.h"

enum { STEPS = 60, PATH_SIZE = 512 };

static const char key[] = "0123456789abcdef", config[] = "agent = counter\nseed = 1\n";
static const StoreAttribute provenance[] = {{"revision", "abc"}, {"cpu", ""}};

// HDF5 1.10 does not free all that it allocated when it gives up a damaged file; a leak check has to look past that.
const char *__lsan_default_suppressions(void);     // NOLINT(bugprone-reserved-identifier): the sanitizer's own name
const char *__lsan_default_suppressions(void) {    // NOLINT(bugprone-reserved-identifier)
    return "leak:libhdf5";
}

// ---- a run in small: its records depend on all of its past ---------------------------------------------------------------

typedef struct Counter {
    int64_t step;
    double total;
    float noise[50];
    Rng rng;
} Counter;

static inline Counter counter_start(void) {
    return (Counter){.rng = rng_stream(3, RNG_TEST, 0)};
}

static inline void counter_archive(void *context, Archive *archive) {
    Counter *counter = context;
    archive_enter(archive, "counter");
    archive_i64(archive, "step", &counter->step);
    archive_f64(archive, "total", &counter->total);
    archive_array(archive, "noise", DTYPE_F32, 2, (size_t[]){5, 10}, counter->noise);
    archive_rng(archive, "rng", &counter->rng);
    archive_leave(archive);
}

static inline void counter_step(Counter *counter, const Recorder *recorder) {
    counter->step++;
    counter->noise[rng_below(&counter->rng, 50)] += (float)rng_uniform(&counter->rng);
    counter->total += counter->noise[7];
    record_scalar(recorder, "training/total", counter->step, counter->total);
    record_scalar(recorder, "training-rate", counter->step, counter->total / (double)counter->step);
    if (counter->step % 10 != 0) return;
    record_scalar(recorder, "evaluation/return", counter->step, rng_uniform(&counter->rng));
    record_array(recorder, "hidden/noise", counter->step, DTYPE_F32, 2, (size_t[]){5, 10}, counter->noise);
    record_array(recorder, "count", counter->step, DTYPE_I64, 0, NULL, &counter->step);
}

static inline void counter_run(Counter *counter, StoreWriter *writer, int64_t until, int64_t interval) {
    while (counter->step < until) {
        counter_step(counter, store_recorder(writer));
        if (interval && counter->step % interval == 0) assert_true(store_checkpoint(writer, counter_archive, counter, NULL));
    }
}

// ---- files ---------------------------------------------------------------------------------------------------------------

static char *folder;

static inline int make_folder(void **state) {
    *state = folder = support_folder();
    return 0;
}

static const char *in_folder(char path[PATH_SIZE], const char *name) {
    snprintf(path, PATH_SIZE, "%s/%s", folder, name);
    return path;
}

static const char *part_in_folder(char path[PATH_SIZE], const char *run, const char *part) {
    snprintf(path, PATH_SIZE, "%s/%s.parts/%s", folder, run, part);
    return path;
}

static inline bool there(const char *path) {
    return access(path, F_OK) == 0;
}

static inline void flip_byte(const char *path, long offset) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, offset, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, offset, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static inline long file_size(const char *path) {
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (long)status.st_size;
}

static inline StoreWriter *open_writer(const char *path) {
    Error error = {0};
    StoreWriter *writer = store_writer_open(path, key, config, &error);
    if (!writer) fail_msg("%s", error.message);
    return writer;
}

static inline void publish(StoreWriter *writer, char digest[DIGEST_SIZE]) {
    Error error = {0};
    if (!store_publish(writer, provenance, 2, digest, &error)) fail_msg("%s", error.message);
    store_writer_close(writer);
}

// A whole run; checkpoints every `interval` steps, none for 0.
static inline void make_run(const char *path, int64_t interval, char digest[DIGEST_SIZE]) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    counter_run(&counter, writer, STEPS, interval);
    publish(writer, digest);
}

// Opens again, resumes if there is something to resume, and runs to the end.
static inline void finish_run(const char *path, char digest[DIGEST_SIZE]) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    if (store_segment_count(writer) > 0) assert_true(store_resume(writer, counter_archive, &counter, NULL));
    counter_run(&counter, writer, STEPS, 9);
    publish(writer, digest);
}

// Steps to 47 with checkpoints at 10, 20, 30, 40.
static inline void make_unfinished(const char *path) {
    StoreWriter *writer = open_writer(path);
    Counter counter = counter_start();
    counter_run(&counter, writer, 47, 10);
    assert_int_equal(store_segment_count(writer), 4);
    store_writer_close(writer);
}

static inline void undisturbed_digest(char digest[DIGEST_SIZE]) {
    char path[PATH_SIZE];
    make_run(in_folder(path, "undisturbed.h5"), 0, digest);
    assert_true(store_remove(path, NULL));
}
