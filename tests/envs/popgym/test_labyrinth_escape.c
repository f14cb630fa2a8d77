// LabyrinthEscape against traces of the original and its policies.
#include "envs/popgym/labyrinth_escape.h"

#include "envs/popgym/popgym.h"
#include "tests/envs/popgym/labyrinth.h"
#include "tests/envs/popgym/statistics.h"

static void force(const Trace *trace, const Native *native, void *memory, Rng *rng, int32_t *observation) {
    (void)rng;
    Maze *maze = memory;
    const int side = labyrinth_force(trace, native, maze);
    int end[2];
    assert_int_equal(trace_integers(trace, "end_row_col", end, 2), 2);
    assert_int_equal(maze->cells[end[0] * side + end[1]], MAZE_GOAL);
    maze_observe(maze, side, MAZE_NO_ACTION, observation);
}

static void the_original_s_traces(void **unused) {
    (void)unused;
    traces_play(&labyrinth_escape, force, trace_step, 7);
}

static void policies_score_as_on_the_original(void **unused) {
    (void)unused;
    statistics_check(&labyrinth_escape, getenv("ENGRAM_TEST_FULL") ? 5000 : 300);
}

static void resets_are_mazes(void **unused) {
    (void)unused;
    labyrinth_begins(&labyrinth_escape, 1);
}

static bool is_goal(int cell) {
    return (cell & MAZE_KIND) == MAZE_GOAL;
}

static double shortest_path(const void *state, int side) {
    const int length = maze_search(state, side, is_goal).length;
    return length < 0 ? -1023.0 / 1024 : 1 - length / 1024.0;
}

static void returns_are_as_the_spec_says(void **unused) {
    (void)unused;
    labyrinth_returns(&labyrinth_escape, shortest_path);
}

// The shortest path on the last steps that there are, and one step too late.
static void the_goal_can_be_reached_at_the_limit(void **unused) {
    (void)unused;
    Native *native = native_create(&labyrinth_escape, &(NativeParams){.level = LEVEL_EASY});
    for (int late = 0; late < 2; late++) {
        Maze maze;
        int32_t observation[MAZE_OBSERVATION];
        Rng rng = rng_stream(1, RNG_TEST, 0);
        NativeStep made = {0};
        native->type->reset(native->model, &maze, &rng, observation);
        const int length = maze_search(&maze, 11, is_goal).length;
        maze.time = (int16_t)(MAZE_LIMIT - length + late);
        for (int i = 0; i < length - late; i++) {
            const int32_t action = maze_search(&maze, 11, is_goal).action;
            assert_true(!made.terminated && !made.truncated);
            made = native->type->step(native->model, &maze, &action, &rng, observation);
        }
        assert_true(made.truncated && made.terminated == !late);
        assert_true(made.reward == (late ? -1.0 / 1024 : 1 - 1.0 / 1024));
    }
    native_destroy(native);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_original_s_traces),
        cmocka_unit_test(policies_score_as_on_the_original),
        cmocka_unit_test(resets_are_mazes),
        cmocka_unit_test(returns_are_as_the_spec_says),
        cmocka_unit_test(the_goal_can_be_reached_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
