#include "envs/popgym/labyrinth_explore.h"

#include <math.h>

#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    // Measured: a million episodes of streams of their own (labyrinth_explore.h).
    static const double random_returns[LEVEL_COUNT] = {-0.3558, -0.6126, -0.7422},
                        bounds[LEVEL_COUNT] = {0.98247, 0.95728, 0.91891};
    maze_prepare(params, context, spec);
    spec->state_bytes = sizeof(LabyrinthExploreState);
    spec->random_return = random_returns[params->level];
    spec->optimal_return = NAN;
    spec->bound_return = bounds[params->level];
}

void labyrinth_explore_count(LabyrinthExploreState *state, int side) {
    state->free = 0;
    for (int i = 0; i < side * side; i++) state->free += state->maze.cells[i] == MAZE_FREE;
    state->left = state->free;
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const MazeModel *model = context;
    LabyrinthExploreState *state = memory;
    maze_generate(rng, model->side, state->maze.cells);
    maze_begin(&state->maze, model->side, maze_entrances(rng, model->side).start);
    labyrinth_explore_count(state, model->side);
    maze_observe(&state->maze, model->side, MAZE_NO_ACTION, observation);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const MazeModel *model = context;
    LabyrinthExploreState *state = memory;
    const int32_t way = *(const int32_t *)action;
    const bool first = maze_move(&state->maze, model->side, way);
    state->left -= first;
    maze_observe(&state->maze, model->side, way, observation);
    return (NativeStep){
        .reward = first ? 1.0 / state->free : -1.0 / MAZE_COST,
        .terminated = state->left == 0,
        .truncated = state->maze.time == MAZE_LIMIT,
    };
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static bool is_new(int cell) {
    return cell == MAZE_FREE;
}

// To the nearest cell that is new. Where there is none left to reach, any action.
static void oracle_state_nearest(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const MazeModel *model = view->model;
    const LabyrinthExploreState *state = view->state;
    *(int32_t *)action = maze_search(&state->maze, model->side, is_new).action % MAZE_ACTIONS;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, maze_always_0, false},
    {"cycle_actions", POLICY_KNOWS_NOW, 0, maze_cycle_actions, false},
    {"oracle_state_nearest", POLICY_KNOWS_STATE, 0, oracle_state_nearest, false},
};

const NativeType labyrinth_explore = {
    .name = "labyrinth-explore",
    .upstream = "LabyrinthExplore",
    .help = "stand on every cell of a maze",
    .model_bytes = sizeof(MazeModel),
    .prepare = prepare,
    .reset = reset,
    .step = step,
    .privileged = maze_privileged,
    .policies = policies,
    .policy_count = sizeof policies / sizeof *policies,
};
