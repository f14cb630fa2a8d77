// What the tests of both mazes share.
#pragma once

#include "envs/popgym/maze.h"
#include "tests/envs/popgym/traces.h"

// The trace's maze with the agent at its start. Returns the side.
static inline int labyrinth_force(const Trace *trace, const Native *native, Maze *maze) {
    const MazeModel *model = native->model;
    int cells[MAZE_CELLS], shape[2], start[2];
    assert_int_equal(trace_integers(trace, "shape", shape, 2), 2);
    assert_true(shape[0] == model->side && shape[1] == model->side);
    assert_int_equal(trace_integers(trace, "grid_after_reset", cells, MAZE_CELLS), model->side * model->side);
    assert_int_equal(trace_integers(trace, "start_row_col", start, 2), 2);
    for (int i = 0; i < model->side * model->side; i++) maze->cells[i] = (uint8_t)cells[i];
    assert_int_equal(maze->cells[start[0] * model->side + start[1]], MAZE_START);
    maze_begin(maze, model->side, start[0] * model->side + start[1]);
    return model->side;
}

// A reset's maze is what maze.h says: the end is a goal, or it is a wall.
static inline void labyrinth_begins(const NativeType *type, int goals) {
    static const int sides[LEVEL_COUNT] = {11, 15, 19};
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(type, &(NativeParams){.level = level});
        const int side = sides[level];
        int kinds[MAZE_KINDS] = {0};
        int32_t observation[MAZE_OBSERVATION];
        void *state = memory_zeroed(1, native->spec.state_bytes);
        Rng rng = rng_stream(1, RNG_TEST, 0);
        native->type->reset(native->model, state, &rng, observation);
        const Maze *maze = state;    // first in both states
        for (int i = 0; i < side * side; i++) kinds[maze->cells[i] & MAZE_KIND]++;
        assert_int_equal(kinds[MAZE_FREE], (side / 2) * (side / 2) * 2 - 1);
        assert_true(kinds[MAZE_START] == 1 && kinds[MAZE_GOAL] == goals && kinds[MAZE_UNKNOWN] == 0);
        assert_int_equal(observation[MAZE_WINDOW], MAZE_NO_ACTION);
        assert_true(native->spec.limit == 1023 && native->spec.privileged_size == side * side && native->spec.previous_action);
        assert_true(native->spec.observation.size == 10 && native->spec.observation.choices[9] == 5);
        assert_true(native->spec.action.size == 1 && native->spec.action.choices[0] == 4);
        free(state);
        native_destroy(native);
    }
}

// The mean of `count` values is `expected`, within four and a half of its standard errors.
static inline void labyrinth_mean(double sum, double squares, int count, double expected, const char *what) {
    const double mean = sum / count, error = sqrt((squares - count * mean * mean) / (count - 1) / count);
    if (!(fabs(mean - expected) < 4.5 * error)) fail_msg("%s: %g, not %g; standard error %g", what, mean, expected, error);
}

// What the spec says of returns against fresh mazes. `bound_of` is the best return in the maze that a reset made.
static inline void labyrinth_returns(const NativeType *type, double (*bound_of)(const void *state, int side)) {
    enum { PLAYED = 300, SEEN = 3000 };
    for (int level = 0; level < LEVEL_COUNT; level++) {
        Native *native = native_create(type, &(NativeParams){.level = level});
        const int side = ((const MazeModel *)native->model)->side;
        int32_t observation[MAZE_OBSERVATION];
        void *state = memory_zeroed(1, native->spec.state_bytes);
        double sum = 0, squares = 0, bound = 0, bound_squares = 0;
        for (uint64_t i = 0; i < SEEN; i++) {
            Rng world = rng_stream(4, RNG_TEST, 2 * i), actor = rng_stream(4, RNG_TEST, 2 * i + 1);
            Rng same = world;
            native->type->reset(native->model, state, &same, observation);
            const double best = bound_of(state, side);
            bound += best;
            bound_squares += best * best;
            if (i >= PLAYED) continue;
            const double score = native_play(native, NULL, &world, &actor).score;
            sum += score;
            squares += score * score;
        }
        labyrinth_mean(sum, squares, PLAYED, native->spec.random_return, "uniform actions");
        labyrinth_mean(bound, bound_squares, SEEN, native->spec.bound_return, "bound");
        assert_true(isnan(native->spec.optimal_return));
        free(state);
        native_destroy(native);
    }
}
