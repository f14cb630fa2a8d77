#include "envs/popgym/mine_sweeper.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "envs/popgym/popgym.h"

// ---- mines -----------------------------------------------------------------------------------------------------------------------

// M different cells without rejecting any (Floyd: Bentley, Floyd, "Programming pearls: a sample of brilliance", Communications of the ACM 1987):
// for j = S^2 - M, ..., S^2 - 1 a number in 0..j is drawn, and j itself is taken in place of a number that is taken already.
//
// Several such numbers come out of one word: times the bound, the high half is a number and the low half what is left for the next. They are
// uniform if the last rest is not below 2^32 mod the product of the bounds (Brackett-Rozinsky, Lemire, "Batched ranged random integer generation",
// 2024).
static void plan_draws(MineSweeperModel *model) {
    const int mines = model->board.mines;
    model->words = mines > 6 ? 2 : 1;
    model->draws = mines / model->words;
    for (int w = 0, j = model->board.cells - mines; w < model->words; w++) {
        uint64_t product = 1;
        for (int i = 0; i < model->draws; i++) product *= (uint64_t)++j;
        assert(product <= UINT32_MAX);
        model->least[w] = (uint32_t)((UINT64_C(1) << 32) % product);
    }
}

static uint64_t draw_mines(const MineSweeperModel *model, Rng *rng) {
    uint64_t mines = 0;
    for (int w = 0, j = model->board.cells - model->board.mines; w < model->words; w++, j += model->draws) {
        uint64_t before = mines;
        uint32_t rest;
        do {
            mines = before;
            rest = rng_u32(rng);
            for (int i = 0; i < model->draws; i++) {
                const uint64_t product = (uint64_t)rest * (uint64_t)(j + i + 1);
                const uint64_t cell = UINT64_C(1) << (product >> 32);
                mines |= mines & cell ? UINT64_C(1) << (j + i) : cell;
                rest = (uint32_t)product;
            }
        } while (rest < model->least[w]);
    }
    return mines;
}

// ---- the environment -------------------------------------------------------------------------------------------------------------

// Expected return of uniform actions. Until the game is over, how many cells are open tells how likely a clear one, a mine and an opened one are.
static double uniform_return(const MineSweeperModel *model) {
    const double cells = model->board.cells;
    double open[MINE_CELLS_MAX + 1] = {1}, sum = 0;    // open[k]: probability that the game goes on with k cells open
    for (int t = 0; t < model->limit; t++) {
        for (int k = t < model->safe ? t : model->safe - 1; k >= 0; k--) {
            const double clear = (model->safe - k) / cells, again = k / cells, mine = model->board.mines / cells;
            sum += open[k] * (clear * model->found + mine * model->lost + again * model->wasted);
            open[k + 1] += open[k] * clear;    // open[k + 1] is already that of step t + 1
            open[k] *= again;
        }
        open[model->safe] = 0;
    }
    return sum;
}

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int sides[LEVEL_COUNT] = {4, 6, 8}, mines[LEVEL_COUNT] = {2, 6, 10};
    MineSweeperModel *model = context;
    mine_board_init(&model->board, sides[params->level], mines[params->level]);
    const int cells = model->board.cells;
    model->safe = cells - model->board.mines;
    model->limit = model->safe + (params->version == VERSION_PAPER);
    model->found = 1.0 / model->safe;
    model->lost = -0.5 - 1.0 / model->safe;
    model->wasted = -0.5 / (model->safe - 2);
    plan_draws(model);
    *spec = (NativeSpec){
        .observation = space_discrete(1, model->board.mines < 9 ? model->board.mines + 1 : 10),
        .action = space_discrete(2, model->board.side),
        .limit = model->limit,
        .previous_action = true,
        .privileged_size = cells,
        .state_bytes = sizeof(MineSweeperState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 3 * cells, .discrete = true}},
        .belief_bytes = sizeof(MineSweeperBelief),
        .random_return = uniform_return(model),
        .optimal_return = params->level == LEVEL_EASY ? 1287.0 / 1680 : NAN,    // by recursion, as the test does it
        .bound_return = 1,
    };
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    MineSweeperState *state = memory;
    *state = (MineSweeperState){.mines = draw_mines(context, rng)};
    *(int32_t *)observation = 0;
}

static int cell_of(const MineSweeperModel *model, const int32_t *action) {
    return action[0] * model->board.side + action[1];
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const MineSweeperModel *model = context;
    MineSweeperState *state = memory;
    const int cell = cell_of(model, action);
    const uint64_t bit = UINT64_C(1) << cell;
    *(int32_t *)observation = mine_count(state->mines & model->board.neighbourhood[cell]);
    const bool last = ++state->steps >= model->limit;
    if (state->mines & bit) return (NativeStep){.reward = model->lost, .terminated = true};
    const double reward = state->opened & bit ? model->wasted : model->found;
    state->opened |= bit;
    const uint64_t all = UINT64_MAX >> (64 - model->board.cells);
    const bool won = (state->opened | state->mines) == all;
    return (NativeStep){.reward = reward, .terminated = won, .truncated = last && !won};
}

static void privileged(const void *context, const void *memory, double *out) {
    const MineSweeperModel *model = context;
    const MineSweeperState *state = memory;
    for (int i = 0; i < model->board.cells; i++) out[i] = state->mines >> i & 1 ? 1 : state->opened >> i & 1 ? 2 : 0;
}

// ---- belief --------------------------------------------------------------------------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const MineSweeperModel *model = context;
    MineSweeperBelief *belief = memory;
    if (*(const int32_t *)observation != 0) return false;
    *belief = (MineSweeperBelief){.boards = 0};
    belief->boards = mine_belief(&model->board, &belief->clues, belief->chance);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)rng;
    const MineSweeperModel *model = context;
    MineSweeperBelief *belief = memory;
    const int cell = cell_of(model, action);
    const uint64_t bit = UINT64_C(1) << cell;
    const uint8_t clue = (uint8_t) * (const int32_t *)observation;
    if (belief->clues.told & bit) return belief->clues.clue[cell] == clue;
    const MineClues before = belief->clues;
    belief->clues.told |= bit;
    belief->clues.clue[cell] = clue;
    uint64_t boards = mine_belief(&model->board, &belief->clues, belief->chance);
    if (boards == 0) {    // it cannot have been clear
        belief->clues.hit |= bit;
        boards = mine_belief(&model->board, &belief->clues, belief->chance);
    }
    if (boards == 0) {
        belief->clues = before;
        return false;
    }
    belief->boards = boards;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const MineSweeperModel *model = context;
    const MineSweeperBelief *belief = memory;
    const int cells = model->board.cells;
    const uint64_t opened = belief->clues.told & ~belief->clues.hit;
    for (int i = 0; i < cells; i++) {
        out[i] = (float)belief->chance[i];
        out[cells + i] = (float)(opened >> i & 1);
        out[2 * cells + i] = opened >> i & 1 ? (float)belief->clues.clue[i] : 0;
    }
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void open_cell(const MineSweeperModel *model, int cell, int32_t *action) {
    action[0] = cell / model->board.side;
    action[1] = cell % model->board.side;
}

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    open_cell(view->model, 0, action);
}

static void raster_scan(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const MineSweeperModel *model = view->model;
    open_cell(model, view->time % model->board.cells, action);
}

static void random_without_repetition(const PolicyView *view, Rng *rng, void *action) {
    const MineSweeperModel *model = view->model;
    uint64_t *opened = view->memory;
    int skip = (int)rng_below(rng, (uint32_t)(model->board.cells - view->time)), cell = 0;
    while ((*opened >> cell & 1) || skip-- > 0) cell++;
    *opened |= UINT64_C(1) << cell;
    open_cell(model, cell, action);
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const MineSweeperState *state = view->state;
    open_cell(view->model, __builtin_ctzll(~(state->mines | state->opened)), action);
}

// Opens the cell that is least likely to hold a mine, the first of several. Not the best policy: it looks one step ahead.
static void exact_belief(const PolicyView *view, Rng *rng, void *action) {
    const MineSweeperModel *model = view->model;
    MineSweeperBelief *belief = view->memory;
    if (view->time == 0) {
        belief_reset(model, belief, view->observation, rng);
    } else {
        belief_update(model, belief, view->previous_action, view->observation, rng);
    }
    int best = -1;
    for (int i = 0; i < model->board.cells; i++) {
        if (!(belief->clues.told >> i & 1) && (best < 0 || belief->chance[i] < belief->chance[best])) best = i;
    }
    open_cell(model, best, action);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"raster_scan", POLICY_KNOWS_NOW, 0, raster_scan, false},
    {"random_without_repetition", POLICY_KNOWS_HISTORY, sizeof(uint64_t), random_without_repetition, false},
    {"exact_belief", POLICY_KNOWS_HISTORY, sizeof(MineSweeperBelief), exact_belief, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType mine_sweeper = {
    .name = "mine-sweeper",
    .upstream = "MineSweeper",
    .help = "open every cell that holds no mine, from clues about those around",
    .model_bytes = sizeof(MineSweeperModel),
    .prepare = prepare,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .belief_reset = belief_reset,
    .belief_update = belief_update,
    .belief_vector = belief_vector,
    .policies = policies,
    .policy_count = sizeof policies / sizeof *policies,
};
