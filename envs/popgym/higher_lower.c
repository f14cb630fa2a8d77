#include "envs/popgym/higher_lower.h"

#include <stdlib.h>

#include "envs/popgym/popgym.h"

enum { HIGHER, LOWER, BETS };

// ---- the optimal return, see the header --------------------------------------------------------------------------------------

// chance[k]: that k of `drawn` cards, out of `some` and `others`, are of the former. One more is drawn.
static void draw_one(int some, int others, int drawn, double *chance) {
    const double all = some + others - drawn;
    for (int k = drawn < some ? drawn + 1 : some; k >= 0; k--) {
        const double stays = chance[k] * (others - (drawn - k)), comes = k > 0 ? chance[k - 1] * (some - (k - 1)) : 0;
        chance[k] = (stays + comes) / all;
    }
}

// margin [1 + lower + higher] += weight E|H-L| for each number of cards that are drawn out of lower and higher ones.
static void add_margins(int lower, int higher, double weight, double *margin) {
    double chance[HIGHER_LOWER_CARDS] = {1};    // that L is 0, 1, ...
    for (int drawn = 0; drawn <= lower + higher; drawn++) {
        for (int L = 0; L <= lower && L <= drawn; L++) margin[drawn] += weight * chance[L] * abs(drawn - 2 * L);
        if (drawn < lower + higher) draw_one(lower, higher, drawn, chance);
    }
}

static double counting_return(int n) {
    const int of_rank = n / DECK_RANKS, others = n - of_rank;
    double margin[HIGHER_LOWER_CARDS] = {0}, same[HIGHER_LOWER_CARDS] = {1}, sum = 0;
    for (int r = 0; r < DECK_RANKS / 2; r++) add_margins(of_rank * r, others - of_rank * r, 2.0 / DECK_RANKS, margin);
    add_margins(others / 2, others / 2, 1.0 / DECK_RANKS, margin);
    for (int R = 1; R < n; R++) {
        draw_one(of_rank - 1, others, R - 1, same);    // that 0, 1, ... of R cards left have the rank on show
        for (int k = 0; k < of_rank && k <= R; k++) {
            if (R - k <= others) sum += same[k] * margin[R - k] / R;
        }
    }
    return sum / n;
}

// ---- the environment ---------------------------------------------------------------------------------------------------------

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    HigherLowerModel *model = context;
    const int n = (params->level + 1) * DECK_CARDS;
    *model = (HigherLowerModel){.cards = n, .share = 1.0 / n};
    *spec = (NativeSpec){
        .observation = space_discrete(1, DECK_RANKS),
        .action = space_discrete(1, BETS),
        .limit = n - 1,
        .privileged_size = DECK_RANKS,
        .state_bytes = sizeof(HigherLowerState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 2 * DECK_RANKS, .discrete = true}},
        .belief_bytes = sizeof(HigherLowerBelief),
        .random_return = 0,
        .optimal_return = counting_return(n),
        .bound_return = 12.0 / 13,
    };
}

static int rank_of(const HigherLowerModel *model, const HigherLowerState *state, int j) {
    return deck_rank(deck_dealt(model->cards, state->cards, j));
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const HigherLowerModel *model = context;
    HigherLowerState *state = memory;
    deck_shuffle(rng, model->cards, state->cards);
    state->dealt = 1;
    *(int32_t *)observation = rank_of(model, state, 0);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    (void)rng;
    const HigherLowerModel *model = context;
    HigherLowerState *state = memory;
    const int now = rank_of(model, state, state->dealt - 1), next = rank_of(model, state, state->dealt);
    // Without a branch, as chance would have it.
    const int side = (next > now) - (next < now), bet = *(const int32_t *)action == HIGHER ? 1 : -1;
    *(int32_t *)observation = next;
    return (NativeStep){.reward = side * bet * model->share, .terminated = ++state->dealt == model->cards};
}

static void privileged(const void *context, const void *memory, double *out) {
    const HigherLowerModel *model = context;
    const HigherLowerState *state = memory;
    const int of_rank = model->cards / DECK_RANKS;
    int dealt[DECK_RANKS] = {0};
    for (int j = 0; j < state->dealt; j++) dealt[rank_of(model, state, j)]++;
    for (int r = 0; r < DECK_RANKS; r++) out[r] = (double)((float)dealt[r] / (float)of_rank);
}

// ---- belief: the history fixes everything but the order of the cards that are left ------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)rng;
    const HigherLowerModel *model = context;
    HigherLowerBelief *belief = memory;
    belief->now = *(const int32_t *)observation;
    for (int r = 0; r < DECK_RANKS; r++) belief->left[r] = model->cards / DECK_RANKS - (r == belief->now);
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)context, (void)action, (void)rng;
    HigherLowerBelief *belief = memory;
    const int32_t rank = *(const int32_t *)observation;
    if (belief->left[rank] == 0) return false;
    belief->left[rank]--;
    belief->now = rank;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    (void)context;
    const HigherLowerBelief *belief = memory;
    for (int r = 0; r < DECK_RANKS; r++) out[r] = r == belief->now;
    deck_chances(DECK_RANKS, belief->left, out + DECK_RANKS);
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = HIGHER;
}

// The best without a memory.
static void threshold_obs_le6_higher(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = *(const int32_t *)view->observation <= DECK_RANKS / 2 ? HIGHER : LOWER;
}

static void oracle_clairvoyant(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const HigherLowerModel *model = view->model;
    const HigherLowerState *state = view->state;
    const bool higher = rank_of(model, state, state->dealt) > rank_of(model, state, state->dealt - 1);
    *(int32_t *)action = higher ? HIGHER : LOWER;
}

// The optimum.
static void card_counting(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const HigherLowerModel *model = view->model;
    const int now = *(const int32_t *)view->observation, of_rank = model->cards / DECK_RANKS;
    int *dealt = view->memory, more = 0;    // cards higher than this one less those lower
    dealt[now]++;
    for (int r = 0; r < DECK_RANKS; r++) more += ((r > now) - (r < now)) * (of_rank - dealt[r]);
    *(int32_t *)action = more >= 0 ? HIGHER : LOWER;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"threshold_obs_le6_higher", POLICY_KNOWS_NOW, 0, threshold_obs_le6_higher, false},
    {"oracle_clairvoyant", POLICY_KNOWS_STATE, 0, oracle_clairvoyant, false},
    {"card_counting", POLICY_KNOWS_HISTORY, DECK_RANKS * sizeof(int), card_counting, false},
};

const NativeType higher_lower = {
    .name = "higher-lower",
    .upstream = "HigherLower",
    .help = "bet whether the next card is higher or lower",
    .model_bytes = sizeof(HigherLowerModel),
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
