#include "envs/popgym/multiarmed_bandit.h"

#include <math.h>

#include "core/normal.h"
#include "core/vmath.h"
#include "envs/popgym/popgym.h"

static void prepare(const NativeParams *params, void *context, NativeSpec *spec) {
    static const int arms[LEVEL_COUNT] = {10, 20, 30}, limits[LEVEL_COUNT] = {200, 400, 600};
    BanditModel *model = context;
    *model = (BanditModel){.arms = arms[params->level], .limit = limits[params->level], .share = 1.0 / limits[params->level]};
    *spec = (NativeSpec){
        .observation = space_discrete(1, 2),
        .action = space_discrete(1, model->arms),
        .limit = model->limit,
        .previous_action = true,
        .privileged_size = model->arms,
        .state_bytes = sizeof(BanditState),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_PARAMETERS, .particles = 1, .size = 2 * model->arms, .discrete = true}},
        .belief_bytes = sizeof(BanditBelief),
        .random_return = 0,
        .optimal_return = (double)NAN,
        .bound_return = 2.0 * model->arms / (model->arms + 1) - 1,    // the greatest of A uniform numbers: A/(A+1)
    };
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const BanditModel *model = context;
    BanditState *state = memory;
    uint32_t words[BANDIT_ARMS];
    rng_words(rng, words, (size_t)model->arms);
    for (int i = 0; i < model->arms; i++) state->chance[i] = (float)(words[i] >> 8) * 0x1p-24f;
    state->time = 0;
    *(int32_t *)observation = 0;
}

NativeStep bandit_pull(const BanditModel *model, BanditState *state, int arm, double uniform, int32_t *observation) {
    const bool pays = uniform < (double)state->chance[arm];
    *observation = pays;
    return (NativeStep){.reward = pays ? model->share : -model->share, .truncated = ++state->time >= model->limit};
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    return bandit_pull(context, memory, *(const int32_t *)action, rng_uniform(rng), observation);
}

static void privileged(const void *context, const void *memory, double *out) {
    const BanditModel *model = context;
    const BanditState *state = memory;
    for (int i = 0; i < model->arms; i++) out[i] = (double)state->chance[i];
}

// ---- belief: conjugate, arm by arm ----------------------------------------------------------------------------------------------

static bool belief_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    BanditBelief *belief = memory;
    if (*(const int32_t *)observation != 0) return false;
    *belief = (BanditBelief){0};
    return true;
}

static bool belief_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    BanditBelief *belief = memory;
    const int32_t arm = *(const int32_t *)action;
    (*(const int32_t *)observation ? belief->paid : belief->failed)[arm]++;
    return true;
}

static void belief_vector(const void *context, const void *memory, float *out) {
    const BanditModel *model = context;
    const BanditBelief *belief = memory;
    for (int i = 0; i < model->arms; i++) {
        const double alpha = 1 + belief->paid[i], sum = alpha + 1 + belief->failed[i], mean = alpha / sum;
        out[2 * i] = (float)mean;
        out[2 * i + 1] = (float)(mean * (1 - mean) / (sum + 1));
    }
}

// ---- policies by hand ----------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

static void win_stay_lose_next(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const BanditModel *model = view->model;
    const int32_t previous = *(const int32_t *)view->previous_action;
    const bool stay = view->time == 0 || *(const int32_t *)view->observation;
    *(int32_t *)action = stay ? previous : (previous + 1) % model->arms;
}

// Gamma variate of shape >= 1 and scale 1: Marsaglia, Tsang, "A simple method for generating gamma variables", ACM Transactions on
// Mathematical Software 2000.
static double gamma_variate(Rng *rng, double shape) {
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = rng_normal(rng), root = 1 + c * x, v = root * root * root;
        if (v <= 0) continue;
        const double u = 1 - rng_uniform(rng);    // not 0
        if (u < 1 - 0.0331 * (x * x) * (x * x)) return d * v;
        if (vmath_log(u) < 0.5 * x * x + d * (1 - v + vmath_log(v))) return d * v;
    }
}

static double beta_variate(Rng *rng, int alpha, int beta) {
    if (alpha == 1 && beta == 1) return rng_uniform(rng);
    const double a = gamma_variate(rng, alpha), b = gamma_variate(rng, beta);
    return a / (a + b);
}

// Draws a chance for each arm from the belief and pulls the arm of the greatest (Thompson, "On the likelihood that one unknown probability
// exceeds another in view of the evidence of two samples", Biometrika 1933).
static void thompson_beta_memory(const PolicyView *view, Rng *rng, void *action) {
    const BanditModel *model = view->model;
    BanditBelief *belief = view->memory;
    if (view->time > 0) belief_update(model, belief, view->previous_action, view->observation, rng);
    double greatest = -1;
    for (int32_t i = 0; i < model->arms; i++) {
        const double chance = beta_variate(rng, 1 + belief->paid[i], 1 + belief->failed[i]);
        if (chance <= greatest) continue;
        greatest = chance;
        *(int32_t *)action = i;
    }
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const BanditModel *model = view->model;
    const BanditState *state = view->state;
    int32_t best = 0;
    for (int32_t i = 1; i < model->arms; i++) {
        if (state->chance[i] > state->chance[best]) best = i;
    }
    *(int32_t *)action = best;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"win_stay_lose_next", POLICY_KNOWS_NOW, 0, win_stay_lose_next, false},
    {"thompson_beta_memory", POLICY_KNOWS_HISTORY, sizeof(BanditBelief), thompson_beta_memory, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};

const NativeType multiarmed_bandit = {
    .name = "multiarmed-bandit",
    .upstream = "MultiarmedBandit",
    .help = "find the arm that pays most often",
    .model_bytes = sizeof(BanditModel),
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
