// Experiments whose runs take some hundredths of a second, to be trained for real.
#pragma once

#include "benchmarks/analyse.h"
#include "benchmarks/run.h"
#include "core/store.h"
#include "tests/support.h"

typedef struct TinyHome {
    char *folder;     // stands for the repository: benchmarks/test/
    char *results;    // in memory, where there is such a place
} TinyHome;

static inline int tiny_set_up(void **state) {
    TinyHome *home = *state = memory_zeroed(1, sizeof *home);
    home->folder = support_home("test");
    home->results = support_folder_in_memory();
    return 0;
}

static inline int tiny_tear_down(void **state) {
    TinyHome *home = *state;
    int status = support_home_remove(home->folder);
    if (access(home->results, F_OK) == 0) status |= support_folder_remove(home->results);
    else free(home->results);
    free(home);
    return status;
}

// benchmarks/test/<name>.yaml at scale ci, with seeds 1..4 and looks at 2 and 3 fresh ones; `rest` is appended (claims).
static inline Experiment *tiny_experiment(const TinyHome *home, const char *name, const char *cells, int episodes,
                                          const char *rest) {
    char *text = memory_format(
        "title: Tiny\nsource: nowhere\nquestion: does it run?\n"
        "base:\n"
        "  environment: {name: tmaze, length: 4}\n"
        "  agent: {name: drqn, episodes: %d, evaluation_period: 5, evaluation_episodes: 5, batch: 8, gradient_steps: 2}\n"
        "  network: {layers: 1, hidden: 8}\n"
        "  histories: {period: 10, pairs: 20}\n"
        "  mine: {hidden: 8, layers: 1, batch: 10, epochs: 3}\n"
        "vary: {cell: [%s]}\nseeds: 1..4\n"
        "scales:\n  smoke: {note: tiny, base: {agent: {episodes: 10}}}\n  ci: {note: tiny}\n  paper: {note: tiny}\n"
        "evidence: {seeds_from: 101, looks: [2, 3], boundary: pocock}\n%s",
        episodes, cells, rest);
    char *file = memory_format("benchmarks/test/%s.yaml", name), *full = memory_format("test/%s", name);
    support_write(home->folder, file, text);
    Error error = {0};
    Experiment *experiment = experiment_load(full, SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    free(text);
    free(file);
    free(full);
    return experiment;
}

// A finished file at `path` that says it was made by `revision` in so many seconds, with one series of one value.
static inline void tiny_foreign_file(const char *path, const char *key, const char *config, const char *revision,
                                     const char *seconds, const char *name, double value) {
    Error error = {0};
    StoreWriter *writer = store_writer_open(path, key, config, &error);
    if (!writer) fail_msg("%s", error.message);
    record_scalar(store_recorder(writer), name, 0, value);
    char digest[DIGEST_SIZE];
    const StoreAttribute attributes[] = {{"code_revision", revision}, {"wall_seconds", seconds}, {"memory_peak_mib", "1"}};
    if (!store_publish(writer, attributes, 3, digest, &error)) fail_msg("%s", error.message);
    store_writer_close(writer);
}

// The finished run that code of another revision left, in the place of what is there.
static inline void tiny_foreign_run(const char *results, const SweepRun *run, const char *revision, const char *seconds) {
    char key[DIGEST_SIZE], *path = run_path(results, run), *config = config_run_text(run->config, run->seed);
    config_run_key(run->config, run->seed, key);
    unlink(path);
    tiny_foreign_file(path, key, config, revision, seconds, "evaluation/return", 77);
    free(path);
    free(config);
}

static inline void tiny_file_digest(const char *path, char digest[DIGEST_SIZE]) {
    Error error = {0};
    StoreReader *reader = store_open(path, &error);
    if (!reader) fail_msg("%s", error.message);
    snprintf(digest, DIGEST_SIZE, "%s", store_digest(reader));
    store_close(reader);
}

static inline void tiny_run_digest(const char *results, const SweepRun *run, char digest[DIGEST_SIZE]) {
    char *path = run_path(results, run);
    tiny_file_digest(path, digest);
    free(path);
}
