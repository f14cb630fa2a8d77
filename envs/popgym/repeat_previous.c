#include "envs/popgym/repeat_previous.h"

#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int lags[LEVEL_COUNT] = {4, 32, 64};
    RepeatPreviousModel *model = context;
    const int cards = (params->level + 1) * DECK_CARDS, lag = lags[params->level];
    *model = (RepeatPreviousModel){.cards = cards, .lag = lag, .share = 1.0 / (cards - lag)};
    *spec = (NativeSpec){
        .observation = space_discrete(1, DECK_SUITS),
        .action = space_discrete(1, DECK_SUITS),
        .limit = cards - 1,
        .privileged_size = lag + DECK_SUITS,
        .state_bytes = sizeof(RepeatPreviousState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = (lag + 1) * DECK_SUITS, .discrete = true}},
        .belief_bytes = sizeof(RepeatPreviousBelief),
        .random_return = -0.5,
        .optimal_return = 1,
        .bound_return = 1,
    };
}

static int suit_of(const RepeatPreviousModel *model, const RepeatPreviousState *state, int j) {
    return deck_suit(deck_dealt(model->cards, state->cards, j));
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const RepeatPreviousModel *model = context;
    RepeatPreviousState *state = memory;
    deck_shuffle(rng, model->cards, state->cards);
    state->dealt = 1;
    *(int32_t *)observation = suit_of(model, state, 0);
}

// With t + 1 cards on the table the card asked for is t + 1 - k.
static double reward_of(const RepeatPreviousModel *model, const RepeatPreviousState *state, int32_t action) {
    const int asked = state->dealt - model->lag;
    if (asked < 0) return 0;
    return action == suit_of(model, state, asked) ? model->share : -model->share;
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const RepeatPreviousModel *model = context;
    RepeatPreviousState *state = memory;
    const double reward = reward_of(model, state, *(const int32_t *)action);
    *(int32_t *)observation = suit_of(model, state, state->dealt++);
    return (NativeStep){.reward = reward, .terminated = state->dealt == model->cards};
}

static void privileged(const void *context, const void *memory, double *out) {
    const RepeatPreviousModel *model = context;
    const RepeatPreviousState *state = memory;
    for (int i = 0; i < model->lag; i++) {
        const int j = state->dealt - model->lag + i;
        out[i] = j < 0 ? 0 : suit_of(model, state, j);
    }
    deck_suits_left(model->cards, state->cards, state->dealt, out + model->lag);
}

// ---- belief: the history fixes everything but the order of the cards that are left ------------------------------------------------

static void see(const RepeatPreviousModel *model, RepeatPreviousBelief *belief, int32_t suit) {
    belief->suits[belief->dealt++ % model->lag] = (uint8_t)suit;
    belief->left[suit]--;
}

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const RepeatPreviousModel *model = context;
    RepeatPreviousBelief *belief = memory;
    *belief = (RepeatPreviousBelief){0};
    for (int s = 0; s < DECK_SUITS; s++) belief->left[s] = model->cards / DECK_SUITS;
    see(model, belief, *(const int32_t *)observation);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)action, (void)rng;
    RepeatPreviousBelief *belief = memory;
    const int32_t suit = *(const int32_t *)observation;
    if (belief->left[suit] == 0) return false;
    see(context, belief, suit);
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const RepeatPreviousModel *model = context;
    const RepeatPreviousBelief *belief = memory;
    for (int i = 0; i < model->lag; i++) {
        const int j = belief->dealt - model->lag + i;
        for (int s = 0; s < DECK_SUITS; s++) *out++ = j >= 0 && belief->suits[j % model->lag] == s;
    }
    deck_chances(DECK_SUITS, belief->left, out);
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

// The best without a memory: the suit asked for is another card's, and so a little less likely to be the one on show.
static void other_suit_than_obs(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = (*(const int32_t *)view->observation + 1) % DECK_SUITS;
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const RepeatPreviousModel *model = view->model;
    const RepeatPreviousState *state = view->state;
    const int asked = state->dealt - model->lag;
    *(int32_t *)action = asked < 0 ? 0 : suit_of(model, state, asked);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"repeat_last_obs", POLICY_KNOWS_NOW, 0, repeat_last_obs, false},
    {"other_suit_than_obs", POLICY_KNOWS_NOW, 0, other_suit_than_obs, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType repeat_previous = {
    .name = "repeat-previous",
    .upstream = "RepeatPrevious",
    .help = "name the suit shown 3, 31 or 63 observations ago",
    .model_bytes = sizeof(RepeatPreviousModel),
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
