// Runs and analyses that nobody trained: small files written through the store, for tests of what reads them.
#pragma once

#include "benchmarks/analyse.h"
#include "benchmarks/run.h"
#include "core/folder.h"
#include "core/revision.h"
#include "core/rng.h"
#include "core/store.h"
#include "tests/support.h"

typedef struct FakeHome {
    char *folder;    // stands for the repository: benchmarks/test/maze.yaml and figures/
    char *results;
} FakeHome;

static inline int fake_set_up(void **state) {
    FakeHome *home = *state = memory_zeroed(1, sizeof *home);
    home->folder = support_home("test");
    home->results = memory_format("%s/results", home->folder);
    return 0;
}

static inline int fake_tear_down(void **state) {
    FakeHome *home = *state;
    int status = support_home_remove(home->folder);
    free(home->results);
    free(home);
    return status;
}

// An experiment that varies `vary` ("{cell: [gru, lstm]}") with the seeds 1..seeds; `rest` is appended to the file (claims, figure).
static inline Experiment *fake_experiment_varied(const FakeHome *home, const char *vary, int seeds, const char *rest) {
    char *text = memory_format(
        "title: Fake runs on the T-Maze\nsource: nowhere\nquestion: do readers read?\n"
        "base:\n  environment: {name: tmaze, length: 10}\n  agent: {name: drqn, episodes: 100}\n"
        "vary: %s\nseeds: 1..%d\n"
        "scales:\n  smoke: {note: nothing was trained}\n  ci: {note: nothing was trained}\n  paper: {note: none}\n%s",
        vary, seeds, rest);
    support_write(home->folder, "benchmarks/test/maze.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/maze", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
}

// Two cells.
static inline Experiment *fake_experiment(const FakeHome *home, int seeds, const char *rest) {
    return fake_experiment_varied(home, "{cell: [gru, lstm]}", seeds, rest);
}

// What a fake run is made of; NULL functions leave a series out.
typedef double FakeFunction(const SweepRun *run, int64_t step, double noise);
typedef struct FakeSeries {
    const char *name;
    FakeFunction *value;
    int64_t first, period, last;
} FakeSeries;

static inline void fake_file(const char *path, const char *key, const char *config, const SweepRun *run,
                             const FakeSeries *series, size_t count) {
    Error error = {0};
    StoreWriter *writer = store_writer_open(path, key, config, &error);
    if (!writer) fail_msg("%s", error.message);
    for (size_t i = 0; i < count; i++) {
        Rng rng = rng_stream((uint64_t)run->seed, RNG_TEST, (uint32_t)(i + 100 * (size_t)config_network(run->config)->cell));
        for (int64_t step = series[i].first; step <= series[i].last; step += series[i].period) {
            record_scalar(store_recorder(writer), series[i].name, step, series[i].value(run, step, rng_between(&rng, -1, 1)));
        }
    }
    char digest[DIGEST_SIZE];
    StoreAttribute revision = {"code_revision", revision_code()};
    if (!store_publish(writer, &revision, 1, digest, &error)) fail_msg("%s", error.message);
    store_writer_close(writer);
}

static inline void fake_run(const FakeHome *home, const SweepRun *run, const FakeSeries *series, size_t count) {
    char key[DIGEST_SIZE], *path = run_path(home->results, run), *config = config_run_text(run->config, run->seed);
    config_run_key(run->config, run->seed, key);
    fake_file(path, key, config, run, series, count);
    free(path);
    free(config);
}

// A run that broke down in training.
static inline void fake_failure(const FakeHome *home, const SweepRun *run) {
    char *path = run_path(home->results, run), *file = memory_format("%s/runs/%s.failed", home->results, run->name);
    Error error = {0};
    if (!folder_make_parents(path, &error)) fail_msg("%s", error.message);
    support_write(NULL, file, "step 20\nthe loss is not finite\n");
    free(path);
    free(file);
}

static inline void fake_analysis(const FakeHome *home, const SweepRun *run, const FakeSeries *series, size_t count) {
    char *path = analyse_path(home->results, run);
    fake_file(path, "fake", "fake = true\n", run, series, count);
    free(path);
}

static inline bool fake_is_cell(const SweepRun *run, const char *cell) {
    char text[PARAM_TEXT_SIZE];
    assert_true(config_get(run->config, "network.cell", text));
    return strcmp(text, cell) == 0;
}
