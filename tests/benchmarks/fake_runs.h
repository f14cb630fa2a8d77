// Runs and analyses that nobody trained: small files written through the store, for tests of what reads them.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "benchmarks/analyse.h"
#include "benchmarks/run.h"
#include "core/arena.h"
#include "core/revision.h"
#include "core/rng.h"
#include "core/store.h"

typedef struct FakeHome {
    char folder[64];    // stands for the repository: benchmarks/test/maze.yaml and figures/
    char *results;
} FakeHome;

static inline void fake_write(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline void fake_write_in(const FakeHome *home, const char *name, const char *text) {
    char *path = memory_format("%s/%s", home->folder, name);
    fake_write(path, text);
    free(path);
}

static inline int fake_set_up(void **state) {
    FakeHome *home = memory_zeroed(1, sizeof *home);
    snprintf(home->folder, sizeof home->folder, "/tmp/engram-fake-XXXXXX");
    *state = home;
    if (!mkdtemp(home->folder)) return -1;
    home->results = memory_format("%s/results", home->folder);
    char *benchmarks = memory_format("%s/benchmarks", home->folder), *folder = memory_format("%s/test", benchmarks);
    char *figures = memory_format("%s/figures", home->folder), *scripts = realpath("figures", NULL);
    int status = mkdir(benchmarks, 0777) | mkdir(folder, 0777) | !scripts;
    if (scripts) status |= symlink(scripts, figures);
    status |= setenv("ENGRAM_HOME", home->folder, 1);
    free(benchmarks);
    free(folder);
    free(figures);
    free(scripts);
    return status;
}

static inline int fake_tear_down(void **state) {
    FakeHome *home = *state;
    char *command = memory_format("rm -rf '%s'", home->folder);
    int status = system(command);
    free(command);
    free(home->results);
    free(home);
    unsetenv("ENGRAM_HOME");
    return status;
}

// An experiment with two cells and the seeds 1..seeds; `rest` is appended to the file (claims, figure).
static inline Experiment *fake_experiment(const FakeHome *home, int seeds, const char *rest) {
    char *text = memory_format(
        "title: Fake runs on the T-Maze\nsource: nowhere\nquestion: do readers read?\n"
        "base:\n  environment: {name: tmaze, length: 10}\n  agent: {name: drqn, episodes: 100}\n"
        "vary: {cell: [gru, lstm]}\nseeds: 1..%d\n"
        "scales:\n  smoke: {note: nothing was trained}\n  ci: {note: nothing was trained}\n  paper: {note: none}\n%s",
        seeds, rest);
    fake_write_in(home, "benchmarks/test/maze.yaml", text);
    free(text);
    Error error = {0};
    Experiment *experiment = experiment_load("test/maze", SCALE_CI, NULL, 0, &error);
    if (!experiment) fail_msg("%s", error.message);
    return experiment;
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

static inline char *fake_read(const char *folder, const char *name) {
    char *path = memory_format("%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file) fail_msg("%s is not there", path);
    free(path);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = memory_zeroed(size + 1, 1);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    return bytes;
}
