// Whole learning curves of our DRQN against those of the authors' own program: is each cell's sample of curves one that could come from
// the same distribution? Energy distance of 13-dimensional curves, labels permuted, Holm over the five cells. A program that is
// equivalent fails with probability 0.001 at most. (Equality not rejected is not equivalence shown: that is what the claims of
// benchmarks/belief/parity.yaml test, with margins.) Trains 50 runs: part of `make test-full` only.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "algorithms/agents/drqn.h"
#include "analysis/multiplicity.h"
#include "analysis/permutation.h"
#include "analysis/statistics.h"
#include "core/arena.h"
#include "core/csv.h"
#include "envs/tmaze.h"

enum { CELLS = 5, SEEDS = 10, PERIOD = 25, EPISODES = 300, POINTS = EPISODES / PERIOD + 1, PERMUTATIONS = 9999 };
#define LEVEL 0.001

typedef double Curves[CELLS][SEEDS][POINTS];

// Silent on what is not there: a hole in the reference shows as the count of its cells.
static void read_authors(Curves curves) {
    Error error;
    CsvTable *table = csv_read("tests/golden/belief/learning_curves.csv", &error);
    if (!table) fail_msg("%s", error.message);
    int cell_column = csv_column(table, "cell"), seed_column = csv_column(table, "seed");
    int episode_column = csv_column(table, "episode"), value_column = csv_column(table, "discounted_return");
    size_t filled = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        int cell = 0;
        while (cell < CELLS && strcmp(cell_names[cell], csv_text(table, row, cell_column)) != 0) cell++;
        assert_true(cell < CELLS);
        long seed, episode;
        assert_true(csv_integer(table, row, seed_column, 0, SEEDS - 1, &seed, &error));
        assert_true(csv_integer(table, row, episode_column, 0, EPISODES, &episode, &error));
        assert_true(csv_number(table, row, value_column, &curves[cell][seed][episode / PERIOD], &error));
        filled++;
    }
    assert_int_equal(filled, CELLS * SEEDS * POINTS);
    csv_destroy(table);
}

static void keep_evaluation(void *context, const char *name, int64_t step, double value) {
    double *curve = context;
    if (strcmp(name, "evaluation/discounted_return") == 0) curve[step / PERIOD] = value;
}

static void ignore_array(void *context, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                         const void *data) {
    (void)context, (void)name, (void)step, (void)type, (void)rank, (void)shape, (void)data;
}

static void train(const Env *env, int cell, uint64_t seed, double curve[POINTS]) {
    Error error;
    DrqnParams params;
    param_defaults(&agent_drqn.params, &params);
    params.episodes = EPISODES;
    params.evaluation_period = PERIOD;
    NetworkParams network = {.cell = cell, .layers = 2, .hidden = 32};
    static const WarmupParams no_warmup = {0};
    AgentContext context = {env, NULL, &network, &no_warmup, seed, DTYPE_F32, linalg_portable()};
    Agent *agent = agent_drqn.create(&params, &context, &error);
    Recorder recorder = {.scalar = keep_evaluation, .array = ignore_array};
    recorder.context = curve;
    while (agent_drqn.done(agent) < EPISODES) assert_true(agent_drqn.advance(agent, &recorder, &error));
    assert_true(agent_drqn.finish(agent, &recorder, &error));
    agent_drqn.destroy(agent);
}

static void test_curves_could_be_the_authors(void **state) {
    (void)state;
    if (!getenv("ENGRAM_TEST_FULL")) skip();
    static Curves authors, ours;
    read_authors(authors);
    Error error;
    Env *env = env_create(&tmaze_type, &(TMazeParams){.length = 10, .stochasticity = 0}, &error);
    assert_non_null(env);
    double p[CELLS];
    for (int cell = 0; cell < CELLS; cell++) {
        for (int k = 0; k < SEEDS; k++) train(env, cell, (uint64_t)k + 1, ours[cell][k]);
        TestResult result = energy_test(&authors[cell][0][0], SEEDS, &ours[cell][0][0], SEEDS, POINTS, PERMUTATIONS, 1);
        p[cell] = result.p;
        print_message("%s: energy distance %.3f, p %.4f\n", cell_names[cell], result.statistic, result.p);
    }
    env_destroy(env);
    holm_adjust(p, CELLS, p);
    for (int cell = 0; cell < CELLS; cell++) assert_true(p[cell] > LEVEL);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_curves_could_be_the_authors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
