#include "envs/popgym/battleship.h"

#include <math.h>

#include "envs/popgym/popgym.h"

// Uniform shots, repeats included. That t of them leave some cell of a ship alone has by inclusion and exclusion the probability
// sum over j > 0 of (-1)^(j+1) C(12, j) (1 - j/N)^t; the sum of these over t = 0..N-1 is the expected length of an episode.
static double random_return(const BattleshipModel *model) {
    const int cells = model->side * model->side;
    double length = 0, choose = 1, stay = 1;
    for (int t = 0; t < cells; t++) stay *= 1 - 1.0 / cells;
    for (int j = 1; j <= SHIP_CELLS; j++) {
        choose *= (double)(SHIP_CELLS - j + 1) / j;
        double left = 1;
        for (int t = 0; t < cells; t++, left *= 1 - (double)j / cells) length += j % 2 == 1 ? choose * left : -choose * left;
    }
    const double hits = SHIP_CELLS * (1 - stay);    // an episode that ends early has them all
    return hits * model->hit + (length - hits) * model->miss;
}

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int sides[LEVEL_COUNT] = {8, 10, 12};
    BattleshipModel *model = context;
    const int side = sides[params->level], cells = side * side;
    model->side = side;
    model->hit = 1.0 / SHIP_CELLS;
    model->miss = -1.0 / (cells - SHIP_CELLS);
    ship_tables_fill(side, &model->tables);
    *spec = (NativeSpec){
        .observation = space_discrete(1, 2),
        .action = space_discrete(2, side),
        .limit = cells,
        .previous_action = true,
        .privileged_size = 2 * cells + 1,
        .state_bytes = sizeof(BattleshipState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 3 * cells, .discrete = true}},
        .belief_bytes = sizeof(ShipBelief),
        .random_return = random_return(model),
        .optimal_return = (double)NAN,
        .bound_return = 1,
    };
}

// ---- the game ------------------------------------------------------------------------------------------------------------------

bool battleship_place(const BattleshipModel *model, BattleshipState *state, int ship, const ShipDraw *draw) {
    const int length = ship_lengths[ship], direction = draw->sign ? -1 : 1;
    const int end = (draw->axis ? draw->column : draw->row) + direction * (length - 1);
    if (end < 0 || end >= model->side) return false;
    const int stride = direction * (draw->axis ? 1 : model->side);
    Cells segment = {0};
    for (int i = 0, cell = draw->row * model->side + draw->column; i < length; i++, cell += stride) cells_add(&segment, cell);
    if (cells_meet(segment, state->ships)) return false;
    state->ships = cells_union(state->ships, segment);
    return true;
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const BattleshipModel *model = context;
    BattleshipState *state = memory;
    const uint32_t side = (uint32_t)model->side;
    *state = (BattleshipState){.left = SHIP_CELLS};
    for (int ship = 0; ship < SHIPS;) {
        const int cell = (int)rng_below(rng, side * side);
        const uint32_t bits = rng_u32(rng);
        const ShipDraw draw = {
            .row = cell / model->side, .column = cell % model->side, .axis = (int)(bits >> 31), .sign = (int)(bits >> 30 & 1)};
        ship += battleship_place(model, state, ship, &draw);
    }
    *(int32_t *)observation = 0;
}

static int cell_of(const BattleshipModel *model, const void *action) {
    const int32_t *named = action;
    return named[0] * model->side + named[1];
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const BattleshipModel *model = context;
    BattleshipState *state = memory;
    const int cell = cell_of(model, action);
    const bool hit = cells_have(&state->ships, cell) && !cells_have(&state->shots, cell);
    cells_add(&state->shots, cell);
    state->left -= hit;
    *(int32_t *)observation = state->observation = hit;
    return (NativeStep){.reward = hit ? model->hit : model->miss,
                        .terminated = state->left == 0,
                        .truncated = ++state->time >= model->side * model->side};
}

static void privileged(const void *context, const void *memory, double *out) {
    const BattleshipModel *model = context;
    const BattleshipState *state = memory;
    const int cells = model->side * model->side;
    for (int i = 0; i < cells; i++) {
        out[i] = cells_have(&state->ships, i);
        out[cells + i] = cells_have(&state->shots, i);
    }
    out[2 * cells] = state->observation;
}

// ---- belief ----------------------------------------------------------------------------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    if (*(const int32_t *)observation != 0) return false;
    *(ShipBelief *)memory = (ShipBelief){0};
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)rng;
    const BattleshipModel *model = context;
    ShipBelief *belief = memory, next = *belief;
    const int cell = cell_of(model, action);
    const bool hit = *(const int32_t *)observation != 0;
    if (cells_have(&belief->shots, cell)) return !hit;
    cells_add(&next.shots, cell);
    if (hit) cells_add(&next.hits, cell);
    if (!ship_belief_possible(&model->tables, &next)) return false;
    *belief = next;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const BattleshipModel *model = context;
    const ShipBelief *belief = memory;
    const int cells = model->side * model->side;
    double chances[SHIP_BOARD_MAX];
    ship_belief_chances(&model->tables, belief, chances);
    for (int i = 0; i < cells; i++) {
        const bool shot = cells_have(&belief->shots, i);
        out[i] = shot ? 0 : (float)chances[i];
        out[cells + i] = shot;
        out[2 * cells + i] = cells_have(&belief->hits, i);
    }
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void shoot(const BattleshipModel *model, int cell, void *action) {
    ((int32_t *)action)[0] = cell / model->side;
    ((int32_t *)action)[1] = cell % model->side;
}

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    shoot(view->model, 0, action);
}

static void raster_scan(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    shoot(view->model, view->time, action);    // no episode is longer than the board
}

static void random_without_repetition(const PolicyView *view, Rng *rng, void *action) {
    const BattleshipModel *model = view->model;
    int *order = view->memory;
    if (view->time == 0) rng_permutation(rng, model->side * model->side, order);
    shoot(model, order[view->time], action);
}

// The most likely cell, the first of equals.
static void belief_greedy(const PolicyView *view, Rng *rng, void *action) {
    const BattleshipModel *model = view->model;
    ShipBelief *belief = view->memory;
    if (view->time > 0) belief_update(model, belief, view->previous_action, view->observation, rng);
    double chances[SHIP_BOARD_MAX];
    ship_belief_chances(&model->tables, belief, chances);
    int best = -1;
    for (int i = 0; i < model->side * model->side; i++) {
        if (!cells_have(&belief->shots, i) && (best < 0 || chances[i] > chances[best])) best = i;
    }
    shoot(model, best, action);
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const BattleshipState *state = view->state;
    int cell = 0;
    while (!cells_have(&state->ships, cell) || cells_have(&state->shots, cell)) cell++;
    shoot(view->model, cell, action);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"raster_scan", POLICY_KNOWS_NOW, 0, raster_scan, false},
    {"random_without_repetition", POLICY_KNOWS_HISTORY, SHIP_BOARD_MAX * sizeof(int), random_without_repetition, false},
    {"belief_greedy", POLICY_KNOWS_HISTORY, sizeof(ShipBelief), belief_greedy, true},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType battleship = {
    .name = "battleship",
    .upstream = "Battleship",
    .help = "sink the fleet by naming cells; only whether a shot hit is seen",
    .model_bytes = sizeof(BattleshipModel),
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
