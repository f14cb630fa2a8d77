#include "envs/popgym/concentration.h"

#include <math.h>
#include <string.h>

#include "core/clones.h"
#include "envs/popgym/popgym.h"

// Of uniform actions: by recursion over how many cards of each value lie face down, which the test does again.
static const double uniform_returns[LEVEL_COUNT] = {-0.191403824706151, -0.185347379534491, -0.834917365593452};

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    ConcentrationModel *model = context;
    model->cards = params->level == LEVEL_MEDIUM ? 2 * DECK_CARDS : DECK_CARDS;
    model->values = params->level == LEVEL_HARD ? DECK_RANKS : DECK_COLOURS;
    model->limit = 2 * model->cards;    // upstream: 2n - n/(2n-1), rounded up
    const int n = model->cards;
    *spec = (NativeSpec){
        .observation = space_discrete(n, model->values + 1),
        .action = space_discrete(1, n),
        .limit = model->limit,
        .previous_action = true,
        .privileged_size = 2 * n + 2,
        .state_bytes = sizeof(ConcentrationState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = n * (model->values + 2), .discrete = true}},
        .belief_bytes = sizeof(ConcentrationBelief),
        .random_return = uniform_returns[params->level],
        .optimal_return = NAN,
        .bound_return = 1,
    };
}

// Two loops of known length are faster than one that can be either.
CLONES static void show(int cards, const uint8_t *restrict row, int32_t *restrict observation) {
    if (cards == DECK_CARDS) {
        for (int p = 0; p < DECK_CARDS; p++) observation[p] = row[p];
    } else {
        for (int p = 0; p < CONCENTRATION_CARDS; p++) observation[p] = row[p];
    }
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const ConcentrationModel *model = context;
    ConcentrationState *state = memory;
    const uint8_t down = (uint8_t)model->values;
    deck_shuffle(rng, model->cards, state->values);
    for (int p = 0; p < model->cards; p++) {
        const int card = state->values[p];
        state->values[p] = (uint8_t)(down == DECK_RANKS ? deck_rank(card) : deck_colour(card));
    }
    memset(state->row, down, sizeof state->row);
    state->steps = state->matched = state->waiting = 0;
    state->turn[0] = state->turn[1] = down;
    show(model->cards, state->row, observation);
}

// What a turn is worth that the card at `position` ends, and which of its cards stay face up. `up`: that one was face up before.
static double end_turn(const ConcentrationModel *model, ConcentrationState *state, int position, bool up) {
    const uint8_t down = (uint8_t)model->values;
    const bool second = state->waiting;
    const int first = state->turn[0];
    state->waiting = 0;
    if (!up && position != first && state->values[position] == state->values[first]) {
        state->matched = (uint8_t)(state->matched + 2);
        return 2.0 / model->cards;
    }
    if (second) state->row[first] = down;
    if (!up) state->row[position] = down;
    return -(second ? 2.0 : 1.0) / model->limit;
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const ConcentrationModel *model = context;
    ConcentrationState *state = memory;
    const uint8_t position = (uint8_t) * (const int32_t *)action, down = (uint8_t)model->values;
    const bool second = state->waiting;
    const bool up = state->row[position] != down && !(second && position == state->turn[0]);
    state->row[position] = state->values[position];
    show(model->cards, state->row, observation);
    NativeStep made = {.truncated = ++state->steps >= model->limit};
    if (!second) state->turn[0] = position;
    state->turn[1] = second ? position : down;
    if (second || up) {
        made.reward = end_turn(model, state, position, up);
    } else {
        state->waiting = 1;
    }
    made.terminated = state->matched == model->cards;
    return made;
}

static bool face_up(const ConcentrationModel *model, const ConcentrationState *state, int position) {
    return state->row[position] != model->values && !(state->waiting && position == state->turn[0]);
}

static void privileged(const void *context, const void *memory, double *out) {
    const ConcentrationModel *model = context;
    const ConcentrationState *state = memory;
    const int n = model->cards;
    for (int p = 0; p < n; p++) {
        out[p] = state->values[p];
        out[n + p] = face_up(model, state, p);
    }
    for (int i = 0; i < 2; i++) out[2 * n + i] = state->turn[i];
}

// ---- belief --------------------------------------------------------------------------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const ConcentrationModel *model = context;
    const int32_t *row = observation;
    for (int p = 0; p < model->cards; p++) {
        if (row[p] != model->values) return false;
    }
    ConcentrationBelief *belief = memory;
    *belief = (ConcentrationBelief){.first = -1};
    memset(belief->known, model->values, sizeof belief->known);
    for (int v = 0; v < model->values; v++) belief->left[v] = model->cards / model->values;
    return true;
}

// Whether a step that turns the card at `position` can show this row.
static bool possible(const ConcentrationModel *model, const ConcentrationBelief *belief, int position, const int32_t *row) {
    for (int p = 0; p < model->cards; p++) {
        const bool seen = belief->up[p] || p == belief->first;
        if (p != position && row[p] != (seen ? belief->known[p] : model->values)) return false;
    }
    const int32_t value = row[position];
    if (value >= model->values) return false;
    return belief->known[position] == model->values ? belief->left[value] > 0 : belief->known[position] == value;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)rng;
    const ConcentrationModel *model = context;
    ConcentrationBelief *belief = memory;
    const int32_t position = *(const int32_t *)action, *row = observation;
    if (!possible(model, belief, position, row)) return false;
    if (belief->known[position] == model->values) {
        belief->known[position] = (uint8_t)row[position];
        belief->left[row[position]]--;
    }
    const int first = belief->first;
    if (first < 0 && !belief->up[position]) {
        belief->first = position;
        return true;
    }
    belief->first = -1;
    if (first >= 0 && first != position && !belief->up[position] && belief->known[first] == belief->known[position])
        belief->up[first] = belief->up[position] = 1;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const ConcentrationModel *model = context;
    const ConcentrationBelief *belief = memory;
    const int n = model->cards, values = model->values;
    float chances[DECK_RANKS], *up = out + n * values, *first = up + n;
    deck_chances(values, belief->left, chances);
    for (int p = 0; p < n; p++) {
        const bool seen = belief->known[p] < values;
        for (int v = 0; v < values; v++) out[p * values + v] = seen ? (float)(v == belief->known[p]) : chances[v];
        up[p] = belief->up[p];
        first[p] = p == belief->first;
    }
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

static void cycle_positions(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const ConcentrationModel *model = view->model;
    *(int32_t *)action = view->time % model->cards;
}

// Turns the first pair there is, in the order of its first card.
static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const ConcentrationModel *model = view->model;
    const ConcentrationState *state = view->state;
    int position = 0;
    while (face_up(model, state, position) ||
           (state->waiting && (position == state->turn[0] || state->values[position] != state->values[state->turn[0]])))
        position++;
    *(int32_t *)action = position;
}

// The lowest position that was not seen yet; n: none.
static int unseen_card(const ConcentrationModel *model, const ConcentrationBelief *belief) {
    int position = 0;
    while (position < model->cards && belief->known[position] < model->values) position++;
    return position;
}

// The lowest position of another card that is known to have the same value and lies face down; n: none.
static int partner_of(const ConcentrationModel *model, const ConcentrationBelief *belief, int position) {
    const uint8_t value = belief->known[position];
    int other = 0;
    while (other < model->cards && (other == position || belief->up[other] || belief->known[other] != value)) other++;
    return other;
}

// The lowest position of a card whose partner is known as well; n: none.
static int paired_card(const ConcentrationModel *model, const ConcentrationBelief *belief) {
    for (int p = 0; p < model->cards; p++) {
        const bool waits = belief->known[p] < model->values && !belief->up[p];
        if (waits && partner_of(model, belief, p) < model->cards) return p;
    }
    return model->cards;
}

// Remembers all it has seen: the memory is the belief.
static void perfect_memory(const PolicyView *view, Rng *rng, void *action) {
    const ConcentrationModel *model = view->model;
    ConcentrationBelief *belief = view->memory;
    if (view->time == 0) {
        belief_reset(model, belief, view->observation, rng);
    } else {
        belief_update(model, belief, view->previous_action, view->observation, rng);
    }
    const int known = belief->first < 0 ? paired_card(model, belief) : partner_of(model, belief, belief->first);
    *(int32_t *)action = known < model->cards ? known : unseen_card(model, belief);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"cycle_positions", POLICY_KNOWS_NOW, 0, cycle_positions, false},
    {"perfect_memory", POLICY_KNOWS_HISTORY, sizeof(ConcentrationBelief), perfect_memory, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType concentration = {
    .name = "concentration",
    .upstream = "Concentration",
    .help = "turn cards two at a time and find pairs",
    .model_bytes = sizeof(ConcentrationModel),
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
