// Runs that look as if they had been trained: some solve the maze, some do not, and information goes with it.
#pragma once

#include "tests/benchmarks/drawings/fake_views.h"

// Of a run: how well it learns, about 0 to 1; the same for everything that is made from it.
static inline double belief_talent(const SweepRun *run) {
    Rng rng = rng_stream((uint64_t)run->seed, RNG_TEST, (uint32_t)(900 + config_network(run->config)->cell));
    double talent = fake_is_cell(run, "brc") ? 0.55 : fake_is_cell(run, "nbrc") ? 0.95 : 0.8;
    return fmin(1, talent + 0.3 * rng_between(&rng, -1, 1));
}

static inline double belief_grown(const SweepRun *run, int64_t step) {
    return belief_talent(run) * (1 - exp(-(double)step / 35));
}

static inline double belief_return(const SweepRun *run, int64_t step, double noise) {
    return fmin(3.268, -2.27 + 5.6 * belief_grown(run, step) + 0.15 * noise);
}
static inline double belief_entropy(const SweepRun *run, int64_t step, double noise) {
    return 0.69 + 2.4 * belief_grown(run, step) + 0.05 * noise;
}
static inline double belief_mine(const SweepRun *run, int64_t step, double noise) {
    return belief_entropy(run, step, 0) - 0.12 + 0.1 * noise;
}
static inline double belief_exploring(const SweepRun *run, int64_t step, double noise) {
    return 1.2 + 1.6 * belief_grown(run, step) + 0.1 * noise;
}
static inline double belief_bank(const SweepRun *run, int64_t step, double noise) {
    return 1.5 + 0.8 * belief_grown(run, step) + 0.12 * noise;
}
static inline double belief_bank_memory(const SweepRun *run, int64_t step, double noise) {
    return belief_bank(run, step, noise) + 0.2;
}
static inline double belief_probe(const SweepRun *run, int64_t step, double noise) {
    return 1.1 + 0.9 * belief_grown(run, step) + 0.05 * noise;
}
static inline double belief_bank_entropy(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 2.75 + 0 * noise;
}
static inline double belief_observation(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, 0.9 + 0 * noise;
}
static inline double belief_forgotten(const SweepRun *run, int64_t step, double noise) {
    return 2.4 - 0.9 * belief_grown(run, step) + 0.1 * noise;
}

static inline double belief_undefined(const SweepRun *run, int64_t step, double noise) {
    return (void)run, (void)step, (void)noise, (double)NAN;
}

enum { BELIEF_PERIOD = 25 };
static const FakeSeries belief_log[] = {{"evaluation/discounted_return", belief_return, 0, 5, 100}};
static const FakeSeries belief_analysis[] = {
    {"entropy/policy", belief_entropy, 0, BELIEF_PERIOD, 100},
    {"mine/policy", belief_mine, 0, BELIEF_PERIOD, 100},
    {"entropy/bank", belief_bank_entropy, 0, BELIEF_PERIOD, 100},
    {"mine/bank", belief_bank, 0, BELIEF_PERIOD, 100},
    {"probe/bank", belief_probe, 0, BELIEF_PERIOD, 100},
    {"mine/bank-observation", belief_observation, 0, BELIEF_PERIOD, 0},
    {"mine/exploring", belief_exploring, 0, BELIEF_PERIOD, 100},
    {"entropy/exploring", belief_entropy, 0, BELIEF_PERIOD, 100},
    {"mine/bank-memory", belief_bank_memory, 0, BELIEF_PERIOD, 100},
};
enum { BELIEF_PLAIN = 6, BELIEF_EXPLORING = 8, BELIEF_MEMORY = 9 };

// All runs of the experiment, with the first so many series of an analysis.
static inline void belief_runs(const FakeHome *home, const Experiment *experiment, const FakeSeries *log, size_t logged,
                               const FakeSeries *analysis, size_t analysed) {
    Error error = {0};
    Sweep *sweep = sweep_expand(experiment, &error);
    if (!sweep) fail_msg("%s", error.message);
    for (size_t i = 0; i < sweep->count; i++) {
        bool memory = fake_is_cell(&sweep->runs[i], "lstm");
        fake_run(home, &sweep->runs[i], log, logged);
        fake_analysis(home, &sweep->runs[i], analysis, analysed == BELIEF_MEMORY && !memory ? BELIEF_EXPLORING : analysed);
    }
    sweep_destroy(sweep);
}

// Draws the experiment's own figure; the folder, to be freed. There must be as many as `figures`.
static inline char *belief_draw(const FakeHome *home, const Experiment *experiment, size_t figures, const char *keep_as) {
    Error error = {0};
    size_t count;
    char **folders;
    if (!figure_draw(home->results, experiment, false, &count, &folders, &error)) fail_msg("%s", error.message);
    assert_int_equal(count, figures);
    char *folder = memory_format("%s", folders[0]);
    figure_folders_free(count, folders);
    const char *keep = getenv("ENGRAM_TEST_KEEP");    // a folder to copy the figure to, for eyes
    if (keep) {
        char *command = memory_format("mkdir -p '%s/%s' && cp '%s'/* '%s/%s'", keep, keep_as, folder, keep, keep_as);
        assert_int_equal(system(command), 0);
        free(command);
    }
    return folder;
}

// Rows with these texts in two columns.
static inline size_t belief_rows(const CsvTable *table, const char *first, const char *one, const char *second,
                                 const char *two) {
    size_t count = 0;
    for (size_t row = 0; row < csv_rows(table); row++)
        count += fake_has(table, row, first, one) && fake_has(table, row, second, two);
    return count;
}
