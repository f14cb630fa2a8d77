// LabyrinthExplore against traces of the original and its policies.
#include "envs/popgym/labyrinth_explore.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/labyrinth.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    (void)rng;
    LabyrinthExploreState *state = memory;
    const int side = labyrinth_force(trace, native, &state->maze);
    labyrinth_explore_count(state, side);
    maze_observe(&state->maze, side, MAZE_NO_ACTION, observation);
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&labyrinth_explore, force, trace_step, 7);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&labyrinth_explore, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void resets_are_mazes(void **unused) {
    (void)unused;
    labyrinth_begins(&labyrinth_explore, 0);
}

static double best_walk(const void *memory, int side) {
    const LabyrinthExploreState *state = memory;
    return 1 - (state->free - maze_depth(&state->maze, side)) / 1024.0;
}

static void returns_are_as_the_spec_says(void **unused) {
    (void)unused;
    labyrinth_returns(&labyrinth_explore, best_walk);
}

static bool is_new(int cell) {
    return cell == MAZE_FREE;
}

typedef struct Walk {
    int steps, firsts;
    NativeStep last;
} Walk;

// Goes to the nearest new cell until the end, from a clock that stands at `time`.
static Walk walk(const Native *native, LabyrinthExploreState *state, int time) {
    Walk walk = {0};
    int32_t observation[MAZE_OBSERVATION];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    native->type->reset(native->model, state, &rng, observation);
    state->maze.time = (int16_t)time;
    while (!walk.last.terminated && !walk.last.truncated) {
        const int32_t action = maze_search(&state->maze, 11, is_new).action;
        walk.last = native->type->step(native->model, state, &action, &rng, observation);
        walk.firsts += walk.last.reward > 0;
        assert_true(walk.last.reward == (walk.last.reward > 0 ? 1.0 / 49 : -1.0 / 1024));
        walk.steps++;
    }
    return walk;
}

// Every cell pays once. Nobody is quicker than who goes along every door twice, but on the way to the farthest cell once.
static void every_cell_pays_once(void **unused) {
    (void)unused;
    Native *native = native_create(&labyrinth_explore, &(NativeParams){.level = LEVEL_EASY});
    LabyrinthExploreState state;
    int32_t observation[MAZE_OBSERVATION];
    Rng rng = rng_stream(1, RNG_TEST, 0);
    native->type->reset(native->model, &state, &rng, observation);
    const int depth = maze_depth(&state.maze, 11);
    const Walk in_time = walk(native, &state, 0);
    assert_true(in_time.firsts == 49 && in_time.steps >= 2 * 49 - depth);
    assert_true(in_time.last.terminated && !in_time.last.truncated && state.left == 0);
    const Walk just = walk(native, &state, MAZE_LIMIT - in_time.steps);
    assert_true(just.steps == in_time.steps && just.last.terminated && just.last.truncated);
    const Walk late = walk(native, &state, MAZE_LIMIT - in_time.steps + 1);
    assert_true(late.steps == in_time.steps - 1 && !late.last.terminated && late.last.truncated && state.left == 1);
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_traces), cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(resets_are_mazes),      cmocka_unit_test(returns_are_as_the_spec_says),
        cmocka_unit_test(every_cell_pays_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
