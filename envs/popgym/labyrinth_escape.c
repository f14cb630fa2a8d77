#include "envs/popgym/labyrinth_escape.h"

#include <math.h>

#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    // Measured: a million episodes of streams of their own (labyrinth_escape.h).
    static const double random_returns[LEVEL_COUNT] = {-0.4171, -0.8337, -0.9556},
                        bounds[LEVEL_COUNT] = {0.97888, 0.96488, 0.94904};
    maze_prepare(params, context, spec);
    spec->state_bytes = sizeof(Maze);
    spec->random_return = random_returns[params->level];
    spec->optimal_return = NAN;
    spec->bound_return = bounds[params->level];
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const MazeModel *model = context;
    Maze *maze = memory;
    maze_generate(rng, model->side, maze->cells);
    const MazeEntrances entrances = maze_entrances(rng, model->side);
    maze->cells[entrances.end] = MAZE_GOAL;
    maze_begin(maze, model->side, entrances.start);
    maze_observe(maze, model->side, MAZE_NO_ACTION, observation);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const MazeModel *model = context;
    Maze *maze = memory;
    const int32_t way = *(const int32_t *)action;
    // The episode ends at the goal, so that whoever comes there comes for the first time.
    const bool first = maze_move(maze, model->side, way);
    const bool escaped = first && (maze->cells[maze->row * model->side + maze->col] & MAZE_KIND) == MAZE_GOAL;
    maze_observe(maze, model->side, way, observation);
    return (NativeStep){
        .reward = (escaped ? 1.0 : 0.0) - 1.0 / MAZE_COST,
        .terminated = escaped,
        .truncated = maze->time == MAZE_LIMIT,
    };
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static bool is_goal(int cell) {
    return (cell & MAZE_KIND) == MAZE_GOAL;
}

// The shortest path. Where none leads to the goal, any action.
static void oracle_state_bfs(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const MazeModel *model = view->model;
    *(int32_t *)action = maze_search(view->state, model->side, is_goal).action % MAZE_ACTIONS;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, maze_always_0, false},
    {"cycle_actions", POLICY_KNOWS_NOW, 0, maze_cycle_actions, false},
    {"oracle_state_bfs", POLICY_KNOWS_STATE, 0, oracle_state_bfs, false},
};

const NativeType labyrinth_escape = {
    .name = "labyrinth-escape",
    .upstream = "LabyrinthEscape",
    .help = "find the way out of a maze",
    .model_bytes = sizeof(MazeModel),
    .prepare = prepare,
    .reset = reset,
    .step = step,
    .privileged = maze_privileged,
    .policies = policies,
    .policy_count = sizeof policies / sizeof *policies,
};
