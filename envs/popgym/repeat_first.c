#include "envs/popgym/repeat_first.h"

#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int decks[LEVEL_COUNT] = {1, 8, 16};
    RepeatFirstModel *model = context;
    model->cards = decks[params->level] * DECK_CARDS;
    *spec = (NativeSpec){
        .observation = space_discrete(1, DECK_SUITS),
        .action = space_discrete(1, DECK_SUITS),
        .limit = model->cards - 1,
        .privileged_size = 1 + DECK_SUITS,
        .state_bytes = sizeof(RepeatFirstState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 2 * DECK_SUITS, .discrete = true}},
        .belief_bytes = sizeof(RepeatFirstBelief),
        .random_return = -0.5,
        .optimal_return = 1,
        .bound_return = 1,
    };
}

// The j-th card dealt, j = 0, 1, ...
static int suit_of(const RepeatFirstModel *model, const RepeatFirstState *state, int j) {
    return deck_suit(deck_dealt(model->cards, state->cards, j));
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const RepeatFirstModel *model = context;
    RepeatFirstState *state = memory;
    deck_shuffle(rng, model->cards, state->cards);
    state->dealt = 1;
    *(int32_t *)observation = suit_of(model, state, 0);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const RepeatFirstModel *model = context;
    RepeatFirstState *state = memory;
    const double share = 1.0 / (model->cards - 1);
    const bool right = *(const int32_t *)action == suit_of(model, state, 0);
    *(int32_t *)observation = suit_of(model, state, state->dealt++);
    return (NativeStep){.reward = right ? share : -share, .terminated = state->dealt == model->cards};
}

static void privileged(const void *context, const void *memory, double *out) {
    const RepeatFirstModel *model = context;
    const RepeatFirstState *state = memory;
    out[0] = suit_of(model, state, 0);
    deck_suits_left(model->cards, state->cards, state->dealt, out + 1);
}

// ---- belief: the history fixes everything but the order of the cards that are left ------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const RepeatFirstModel *model = context;
    RepeatFirstBelief *belief = memory;
    belief->first = *(const int32_t *)observation;
    for (int s = 0; s < DECK_SUITS; s++) belief->left[s] = model->cards / DECK_SUITS - (s == belief->first);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)context, (void)action, (void)rng;
    RepeatFirstBelief *belief = memory;
    const int32_t suit = *(const int32_t *)observation;
    if (belief->left[suit] == 0) return false;
    belief->left[suit]--;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    (void)context;
    const RepeatFirstBelief *belief = memory;
    for (int s = 0; s < DECK_SUITS; s++) out[s] = s == belief->first;
    deck_chances(DECK_SUITS, belief->left, out + DECK_SUITS);
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

static void repeat_last_obs(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = *(const int32_t *)view->observation;
}

// Needs no memory but its own action.
static void copy_prev_action(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = *(const int32_t *)(view->time == 0 ? view->observation : view->previous_action);
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = suit_of(view->model, view->state, 0);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"repeat_last_obs", POLICY_KNOWS_NOW, 0, repeat_last_obs, false},
    {"copy_prev_action", POLICY_KNOWS_NOW, 0, copy_prev_action, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType repeat_first = {
    .name = "repeat-first",
    .upstream = "RepeatFirst",
    .help = "name the suit of the first card, again and again",
    .model_bytes = sizeof(RepeatFirstModel),
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
