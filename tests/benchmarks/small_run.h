// A run that takes some hundredths of a second, and a folder for its results.
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "benchmarks/run.h"
#include "core/arena.h"
#include "core/store.h"

typedef struct SmallSetting {
    const char *name, *value;
} SmallSetting;

static inline SweepRun small_run(int64_t seed, size_t count, const SmallSetting *more) {
    static const SmallSetting settings[] = {
        {"environment.length", "4"},
        {"agent.episodes", "24"},
        {"agent.evaluation_period", "6"},
        {"agent.evaluation_episodes", "5"},
        {"agent.batch", "8"},
        {"agent.gradient_steps", "2"},
        {"network.hidden", "8"},
        {"network.layers", "1"},
        {"histories.period", "6"},
        {"histories.pairs", "20"},
    };
    SweepRun run = {.config = config_create(), .seed = seed};
    Error error = {0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        if (!config_set(run.config, settings[i].name, settings[i].value, &error)) fail_msg("%s", error.message);
    }
    for (size_t i = 0; i < count; i++) {
        if (!config_set(run.config, more[i].name, more[i].value, &error)) fail_msg("%s", error.message);
    }
    run.name = config_run_name(run.config, seed);
    run.label = memory_format("small");
    return run;
}

static inline void small_run_free(SweepRun *run) {
    config_destroy(run->config);
    free(run->name);
    free(run->label);
}

static inline int small_remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where) {
    (void)about, (void)kind, (void)where;
    return remove(path);
}

// In memory where there is such a place: these runs seal more often than they train, and a disk takes its time.
static inline char *small_folder(void) {
    const char *place = getenv("TMPDIR");
    if (!place) place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    char *folder = memory_format("%s/engram-run-XXXXXX", place);
    assert_non_null(mkdtemp(folder));
    return folder;
}

static inline void small_folder_remove(char *folder) {
    nftw(folder, small_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

// The digest that the finished run was sealed with, after checking that the file still has it.
static inline void small_digest(const char *results, const SweepRun *run, char digest[DIGEST_SIZE]) {
    Error error = {0};
    char *path = run_path(results, run), again[DIGEST_SIZE];
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    assert_true(store_recompute_digest(reader, again, &error));
    snprintf(digest, DIGEST_SIZE, "%s", store_digest(reader));
    assert_string_equal(digest, again);
    store_close(reader);
    free(path);
}

// What an undisturbed run ends with.
static inline void small_reference(const SweepRun *run, char digest[DIGEST_SIZE]) {
    char *folder = small_folder();
    Error error = {0};
    if (run_execute(folder, run, NULL, &error) != RUN_FINISHED) fail_msg("%s", error.message);
    small_digest(folder, run, digest);
    small_folder_remove(folder);
}
