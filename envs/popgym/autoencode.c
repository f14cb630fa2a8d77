#include "envs/popgym/autoencode.h"

#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    AutoencodeModel *model = context;
    const int n = (params->level + 1) * DECK_CARDS;
    *model = (AutoencodeModel){.cards = n, .share = 1.0 / n};
    *spec = (NativeSpec){
        .observation = {.kind = SPACE_DISCRETE, .size = 2, .choices = {2, DECK_SUITS}},
        .action = space_discrete(1, DECK_SUITS),
        .limit = 2 * n - 1,
        .privileged_size = n + 2,
        .state_bytes = sizeof(AutoencodeState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = n + 1 + DECK_SUITS, .discrete = true}},
        .belief_bytes = sizeof(AutoencodeBelief),
        .random_return = -0.5,
        .optimal_return = 1,
        .bound_return = 1,
    };
}

static int suit_of(const AutoencodeModel *model, const AutoencodeState *state, int j) {
    return deck_suit(deck_dealt(model->cards, state->cards, j));
}

// The last card is shown under the mode of playing.
static void deal(const AutoencodeModel *model, AutoencodeState *state, int32_t *observation) {
    observation[1] = suit_of(model, state, state->held++);
    observation[0] = state->watching = state->held < model->cards;
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const AutoencodeModel *model = context;
    AutoencodeState *state = memory;
    deck_shuffle(rng, model->cards, state->cards);
    state->held = 0;
    deal(model, state, observation);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const AutoencodeModel *model = context;
    AutoencodeState *state = memory;
    if (state->watching) {
        deal(model, state, observation);
        return (NativeStep){0};
    }
    const bool right = *(const int32_t *)action == suit_of(model, state, --state->held);
    ((int32_t *)observation)[0] = ((int32_t *)observation)[1] = 0;
    return (NativeStep){.reward = right ? model->share : -model->share, .terminated = state->held == 0};
}

static void privileged(const void *context, const void *memory, double *out) {
    const AutoencodeModel *model = context;
    const AutoencodeState *state = memory;
    for (int i = 0; i < model->cards; i++) out[i] = deck_suit(state->cards[i]);
    out[model->cards] = state->watching;
    out[model->cards + 1] = (double)((float)state->held / (float)model->cards);
}

// ---- belief: the history fixes everything but the order of the cards that are left ------------------------------------------------

static void see(AutoencodeBelief *belief, int32_t suit, int32_t watching) {
    belief->suits[belief->held++] = (uint8_t)suit;
    belief->left[suit]--;
    belief->watching = watching;
}

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const AutoencodeModel *model = context;
    AutoencodeBelief *belief = memory;
    const int32_t *seen = observation;
    if (!seen[0]) return false;
    belief->held = 0;
    for (int s = 0; s < DECK_SUITS; s++) belief->left[s] = model->cards / DECK_SUITS;
    see(belief, seen[1], seen[0]);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)action, (void)rng;
    const AutoencodeModel *model = context;
    AutoencodeBelief *belief = memory;
    const int32_t *seen = observation;
    if (belief->watching) {
        if (belief->left[seen[1]] == 0 || seen[0] != (belief->held + 1 < model->cards)) return false;
        see(belief, seen[1], seen[0]);
        return true;
    }
    if (seen[0] || seen[1] || belief->held == 0) return false;
    belief->held--;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const AutoencodeModel *model = context;
    const AutoencodeBelief *belief = memory;
    for (int i = 0; i < model->cards; i++) out[i] = i < belief->held ? (float)belief->suits[belief->held - 1 - i] + 1 : 0;
    out[model->cards] = belief->watching;
    deck_chances(DECK_SUITS, belief->left, out + model->cards + 1);
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

// Right about the last card, which is still on show when it must be named.
static void repeat_last_obs(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = ((const int32_t *)view->observation)[1];
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const AutoencodeState *state = view->state;
    *(int32_t *)action = suit_of(view->model, state, state->held - 1);
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"repeat_last_obs", POLICY_KNOWS_NOW, 0, repeat_last_obs, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType autoencode = {
    .name = "autoencode",
    .upstream = "Autoencode",
    .help = "watch a deck of cards, then name their suits from the last to the first",
    .model_bytes = sizeof(AutoencodeModel),
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
