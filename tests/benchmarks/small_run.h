// A run that takes some hundredths of a second.
#pragma once

#include "benchmarks/run.h"
#include "core/store.h"
#include "tests/support.h"

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
    char *folder = support_folder_in_memory();
    Error error = {0};
    if (run_execute(folder, run, NULL, &error) != RUN_FINISHED) fail_msg("%s", error.message);
    small_digest(folder, run, digest);
    support_folder_remove(folder);
}
