#include "envs/popgym/count_recall.h"

#include <string.h>

#include "envs/popgym/popgym.h"

static void prepare_returns(int n, int m, bool paper, NativeSpec *spec) {
    const double full = paper ? (double)(n - m) / ((m + 1.0) * (n - 1)) : 0;    // how often no action is right
    spec->random_return = 2 * (1 - full) / spec->action.choices[0] - 1;
    spec->optimal_return = spec->bound_return = 1 - 2 * full;
}

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int decks[LEVEL_COUNT] = {1, 2, 4}, kinds[LEVEL_COUNT] = {DECK_COLOURS, DECK_SUITS, DECK_RANKS};
    CountRecallModel *model = context;
    const bool paper = params->version == VERSION_PAPER;
    const int level = params->level, n = decks[level] * DECK_CARDS, B = kinds[level], m = n / B;
    *model = (CountRecallModel){.cards = n, .kinds = B, .actions = paper ? m : m + 1, .share = 1.0 / (n - 1)};
    for (int card = 0; card < DECK_CARDS; card++)
        model->kind[card] = (uint8_t)(B == DECK_COLOURS ? deck_colour(card)
                                      : B == DECK_SUITS ? deck_suit(card)
                                                        : deck_rank(card));
    *spec = (NativeSpec){
        .observation = space_discrete(2, B),
        .action = space_discrete(1, model->actions),
        .limit = n - 1,
        .privileged_size = 2 * B + 2,
        .state_bytes = sizeof(CountRecallState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 4 * B, .discrete = true}},
        .belief_bytes = sizeof(CountRecallBelief),
    };
    prepare_returns(n, m, paper, spec);
}

static int value_of(const CountRecallModel *model, const CountRecallState *state, int j) {
    return model->kind[deck_dealt(model->cards, state->cards, j)];
}

static int query_of(const CountRecallModel *model, const CountRecallState *state, int j) {
    return model->kind[deck_dealt(model->cards, state->cards + model->cards, j)];
}

static void deal(const CountRecallModel *model, CountRecallState *state, int32_t *observation) {
    observation[0] = value_of(model, state, state->dealt);
    observation[1] = query_of(model, state, state->dealt);
    state->shown[observation[0]]++;
    state->dealt++;
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const CountRecallModel *model = context;
    CountRecallState *state = memory;
    deck_shuffle(rng, model->cards, state->cards);
    deck_shuffle(rng, model->cards, state->cards + model->cards);
    state->dealt = 0;
    memset(state->shown, 0, sizeof state->shown);
    deal(model, state, observation);
}

static int answer(const CountRecallModel *model, const CountRecallState *state) {
    return state->shown[query_of(model, state, state->dealt - 1)];
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const CountRecallModel *model = context;
    CountRecallState *state = memory;
    const bool right = *(const int32_t *)action == answer(model, state);
    deal(model, state, observation);
    return (NativeStep){.reward = right ? model->share : -model->share, .terminated = state->dealt == model->cards};
}

static void privileged(const void *context, const void *memory, double *out) {
    const CountRecallModel *model = context;
    const CountRecallState *state = memory;
    const int B = model->kinds, m = model->cards / B;
    int queries[COUNT_RECALL_KINDS] = {0};
    for (int j = 0; j < state->dealt; j++) queries[query_of(model, state, j)]++;
    for (int k = 0; k < B; k++) {
        out[k] = (double)((float)state->shown[k] / (float)m);
        out[B + k] = (double)((float)queries[k] / (float)m);
    }
    out[2 * B] = value_of(model, state, state->dealt - 1);
    out[2 * B + 1] = query_of(model, state, state->dealt - 1);
}

// ---- belief: the history fixes everything but the order of the cards that are left ------------------------------------------------

static void see(CountRecallBelief *belief, const int32_t *observation) {
    belief->values_left[observation[0]]--;
    belief->queries_left[observation[1]]--;
    belief->query = observation[1];
}

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const CountRecallModel *model = context;
    CountRecallBelief *belief = memory;
    for (int k = 0; k < model->kinds; k++) belief->values_left[k] = belief->queries_left[k] = model->cards / model->kinds;
    see(belief, observation);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)context, (void)action, (void)rng;
    CountRecallBelief *belief = memory;
    const int32_t *seen = observation;
    if (belief->values_left[seen[0]] == 0 || belief->queries_left[seen[1]] == 0) return false;
    see(belief, seen);
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const CountRecallModel *model = context;
    const CountRecallBelief *belief = memory;
    const int B = model->kinds, m = model->cards / B;
    for (int k = 0; k < B; k++) {
        out[k] = (float)(m - belief->values_left[k]) / (float)m;
        out[B + k] = k == belief->query;
    }
    deck_chances(B, belief->values_left, out + 2 * B);
    deck_chances(B, belief->queries_left, out + 3 * B);
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

static void action_eq_query_value(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = ((const int32_t *)view->observation)[1];
}

// Where the right answer is no action (in the version of the paper), any other.
static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const CountRecallModel *model = view->model;
    const int right = answer(model, view->state);
    *(int32_t *)action = right < model->actions ? right : 0;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"action_eq_query_value", POLICY_KNOWS_NOW, 0, action_eq_query_value, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType count_recall = {
    .name = "count-recall",
    .upstream = "CountRecall",
    .help = "say how often the colour, suit or rank asked for was shown",
    .model_bytes = sizeof(CountRecallModel),
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
