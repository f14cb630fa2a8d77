#include "envs/tmaze.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/vmath.h"

static const double discount = 0.98;
static const double bump = -0.1, wrong_arm = -0.1, right_arm = 4;

// ---- the process ----------------------------------------------------------------------------------------------------

int tmaze_move(int length, int position, int effective) {
    if (position > length) return position;
    switch (effective) {
    case TMAZE_RIGHT: return position < length ? position + 1 : position;
    case TMAZE_LEFT: return position > 0 ? position - 1 : position;
    case TMAZE_UP: return position == length ? length + 1 : position;
    default: return position == length ? length + 2 : position;
    }
}

double tmaze_effective(const TMazeModel *model, int chosen, int effective) {
    return chosen == effective ? model->chosen : model->other;
}

double tmaze_reward(int length, int goal_up, int from, int to) {
    if (from > length) return 0;
    if (to == from) return bump;
    if (to <= length) return 0;
    return (to == length + 1) == (goal_up != 0) ? right_arm : wrong_arm;
}

int tmaze_sight(int length, int goal_up, int position) {
    if (position == 0) return goal_up ? TMAZE_GOAL_UP : TMAZE_GOAL_DOWN;
    return position < length ? TMAZE_CORRIDOR : TMAZE_CROSSROAD;
}

static void observe(const TMazeModel *model, const TMazeState *state, float *observation) {
    static const float one_hot[TMAZE_OBSERVATIONS][TMAZE_OBSERVATIONS] = {
        {1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    memcpy(observation, one_hot[tmaze_sight(model->length, state->goal_up, state->position)], sizeof one_hot[0]);
}

static void tmaze_reset(const void *context, void *memory, Rng *rng, float *observation) {
    TMazeState *state = memory;
    *state = (TMazeState){.position = 0, .goal_up = (int32_t)rng_below(rng, 2)};
    observe(context, state, observation);
}

static EnvStep tmaze_step(const void *context, void *memory, int action, Rng *rng, float *observation) {
    const TMazeModel *model = context;
    TMazeState *state = memory;
    assert(action >= 0 && action < TMAZE_ACTIONS);
    // Without stochasticity nothing is drawn.
    bool slipped = model->stochasticity > 0 && rng_uniform(rng) < model->stochasticity;
    int effective = slipped ? (int)rng_below(rng, TMAZE_ACTIONS) : action;
    int from = state->position;
    state->position = tmaze_move(model->length, from, effective);
    observe(model, state, observation);
    return (EnvStep){.reward = tmaze_reward(model->length, state->goal_up, from, state->position),
                     .done = state->position > model->length};
}

static int tmaze_explore(const void *context, Rng *rng) {
    (void)context;
    static const int sixths[6] = {TMAZE_RIGHT, TMAZE_RIGHT, TMAZE_RIGHT, TMAZE_UP, TMAZE_LEFT, TMAZE_DOWN};
    return sixths[rng_below(rng, 6)];
}

static void tmaze_privileged(const void *context, const void *memory, float *out) {
    (void)context;
    const TMazeState *state = memory;
    out[0] = (float)state->goal_up;
    out[1] = (float)state->position;
}

static size_t positions(const TMazeModel *model) {
    return (size_t)model->length + 3;
}

static void tmaze_state_vector(const void *context, const void *memory, float *out) {
    const TMazeModel *model = context;
    const TMazeState *state = memory;
    memset(out, 0, 2 * positions(model) * sizeof *out);
    out[(state->goal_up ? 0 : positions(model)) + (size_t)state->position] = 1;
}

// ---- the belief -----------------------------------------------------------------------------------------------------

// o_0 reveals the goal, so that only one block of the belief ever carries mass. Kept in double, because a history may
// pass through states whose probability no float holds.
typedef struct TMazeBelief {
    int32_t goal_up;
    double probability[];    // L+3 numbers, and as many again for the prediction
} TMazeBelief;

// The index of the 1 in a one-hot observation; -1 if it is none, which no state can have caused.
static int sight_of(const float *observation) {
    int sight = -1;
    for (int i = 0; i < TMAZE_OBSERVATIONS; i++) {
        if (observation[i] == 0) continue;
        if (observation[i] != 1 || sight >= 0) return -1;
        sight = i;
    }
    return sight;
}

static bool tmaze_belief_reset(const void *context, void *memory, const float *observation, Rng *rng) {
    (void)rng;
    const TMazeModel *model = context;
    TMazeBelief *belief = memory;
    int sight = sight_of(observation);
    if (sight != TMAZE_GOAL_UP && sight != TMAZE_GOAL_DOWN) return false;
    memset(belief->probability, 0, positions(model) * sizeof *belief->probability);
    belief->goal_up = sight == TMAZE_GOAL_UP;
    belief->probability[0] = 1;
    return true;
}

// Predicts the positions first..last that can have caused `sight`, into `next`, and returns their total probability. No
// position has more than three sources, itself and its neighbours, so that this is O(L) and needs no matrix.
static double predict(const TMazeModel *model, const double *now, int action, int sight, double *next, int *first, int *last) {
    const int L = model->length;
    double go[TMAZE_ACTIONS];
    for (int e = 0; e < TMAZE_ACTIONS; e++) go[e] = tmaze_effective(model, action, e);
    const double right = go[TMAZE_RIGHT], left = go[TMAZE_LEFT], aside = go[TMAZE_UP] + go[TMAZE_DOWN];
    if (sight == TMAZE_CROSSROAD) {
        *first = L, *last = L + 2;
        next[L] = right * (now[L - 1] + now[L]);
        next[L + 1] = now[L + 1] + go[TMAZE_UP] * now[L];
        next[L + 2] = now[L + 2] + go[TMAZE_DOWN] * now[L];
    } else if (sight == TMAZE_CORRIDOR) {
        *first = 1, *last = L - 1;
        for (int p = 1; p < L; p++) next[p] = right * now[p - 1] + aside * now[p] + left * now[p + 1];
    } else {
        *first = *last = 0;
        next[0] = (aside + left) * now[0] + left * now[1];
    }
    double total = 0;
    for (int p = *first; p <= *last; p++) total += next[p];
    return total;
}

static bool tmaze_belief_update(const void *context, void *memory, int action, const float *observation, Rng *rng) {
    (void)rng;
    const TMazeModel *model = context;
    TMazeBelief *belief = memory;
    assert(action >= 0 && action < TMAZE_ACTIONS);
    int sight = sight_of(observation);
    if (sight < 0 || sight == (belief->goal_up ? TMAZE_GOAL_DOWN : TMAZE_GOAL_UP)) return false;
    double *now = belief->probability, *next = now + positions(model);
    int first, last;
    double total = predict(model, now, action, sight, next, &first, &last);
    if (!(total > 0)) return false;
    memset(now, 0, positions(model) * sizeof *now);
    for (int p = first; p <= last; p++) now[p] = next[p] / total;
    return true;
}

static void tmaze_belief_vector(const void *context, const void *memory, float *out) {
    const TMazeModel *model = context;
    const TMazeBelief *belief = memory;
    size_t count = positions(model);
    float *block = out + (belief->goal_up ? 0 : count);
    memset(out, 0, 2 * count * sizeof *out);
    for (size_t p = 0; p < count; p++) block[p] = (float)belief->probability[p];
}

static void tmaze_belief_privileged(const void *context, const void *memory, float *out) {
    const TMazeModel *model = context;
    const TMazeBelief *belief = memory;
    size_t possible = 0, position = 0;
    for (size_t p = 0; p < positions(model); p++) {
        if (belief->probability[p] > 0) possible++, position = p;
    }
    out[0] = (float)belief->goal_up;
    out[1] = possible == 1 ? (float)position : NAN;
}

// ---- expected returns -----------------------------------------------------------------------------------------------
//
// Of a policy that decides by place alone: the position then is a Markov chain. The optimal one goes right until the
// crossroad, then into the arm that o_0 announced (one bit of memory; the test compares with dynamic programming over
// the state). Under it, with a = 1 - 3 lambda/4 and b = lambda/4, the position moves right with a, left with b and bumps
// with 2b (3b at the start); at the crossroad it enters the goal's arm with a, the other with b, bumps with b, and falls
// back with b.

typedef TMazeReturns Returns;

typedef struct Moves {            // probabilities of
    double right, left, aside;    // the effective action in the corridor: aside bumps, at the start left does too
    double goal, wrong, stay;     // at the crossroad: the two arms, a bump; what remains is left
} Moves;

static Moves moves_optimal(const TMazeModel *model) {
    const double a = model->chosen, b = model->other;
    return (Moves){.right = a, .left = b, .aside = 2 * b, .goal = a, .wrong = b, .stay = b};
}

// The same distribution over actions everywhere: either arm is the goal's with probability 1/2.
static Moves moves_blind(const TMazeModel *model, const double policy[TMAZE_ACTIONS]) {
    double effective[TMAZE_ACTIONS] = {0};
    for (int a = 0; a < TMAZE_ACTIONS; a++) {
        for (int e = 0; e < TMAZE_ACTIONS; e++) effective[e] += policy[a] * tmaze_effective(model, a, e);
    }
    double aside = effective[TMAZE_UP] + effective[TMAZE_DOWN];
    return (Moves){.right = effective[TMAZE_RIGHT],
                   .left = effective[TMAZE_LEFT],
                   .aside = aside,
                   .goal = aside / 2,
                   .wrong = aside / 2,
                   .stay = effective[TMAZE_RIGHT]};
}

// Expected returns of the first `horizon` actions: the distribution over positions, carried forward. It costs
// O(horizon min(L, horizon)), and less where the walk spreads slowly: what is beyond a probability of 1e-40 is dropped.
static Returns returns_forward(int L, const Moves *moves, long horizon) {
    const double negligible = 1e-20, beyond = 1e-40;
    // One number of margin at both ends, so that every position has neighbours.
    double *memory = memory_zeroed(2 * ((size_t)L + 3), sizeof *memory);
    double *now = memory + 1, *next = now + L + 3, weight = 1, left = 1;
    Returns sum = {0};
    int last = 0;    // the furthest position that has mass
    now[0] = 1;
    for (long t = 0; t < horizon && left > negligible; t++, weight *= discount) {
        double corridor = 0;
        for (int p = 1; p <= last && p < L; p++) corridor += now[p];
        double crossroad = last == L ? now[L] : 0;
        double bumps = (moves->aside + moves->left) * now[0] + moves->aside * corridor + moves->stay * crossroad;
        double reward = bump * bumps + (moves->goal * right_arm + moves->wrong * wrong_arm) * crossroad;
        sum.discounted += weight * reward;
        sum.plain += reward;
        left = now[0] + corridor + crossroad;
        int reach = last < L ? last + 1 : L;
        for (int p = 0; p <= reach; p++) next[p] = moves->right * now[p - 1] + moves->aside * now[p] + moves->left * now[p + 1];
        next[0] += moves->left * now[0];
        if (reach == L) next[L] += (moves->stay - moves->aside) * crossroad;
        for (last = reach; last > 0 && next[last] < beyond; last--) next[last] = 0;
        double *swap = now;
        now = next, next = swap;
        // What the dropped end left in the other row must not come back.
        for (int p = last + 1; p <= reach; p++) next[p] = 0;
    }
    free(memory);
    return sum;
}

// Expected return with no horizon. M_p, the bumps on the way from p to p+1, obeys
//     a M_p = 2b + b M_{p-1},  a M_0 = 3b,
// and the value R of the crossroad R = 4 a - 0.1 b + b (R - 0.1) + b (R - 0.1 M_{L-1}).
static double return_unlimited(const TMazeModel *model) {
    const double a = model->chosen, b = model->other;
    double bumps = 3 * b / a, total = bumps;
    for (int p = 1; p < model->length; p++) {
        bumps = (2 * b + b * bumps) / a;
        total += bumps;
    }
    double crossroad = (a * right_arm + b * wrong_arm + b * bump + b * bump * bumps) / (1 - 2 * b);
    return bump * total + crossroad;
}

// Chernoff: log P(T > horizon) <= log E[z^T] - horizon log z for the time T to an arm and any z > 1, by the generating
// functions of the passage from p to p+1: f_p = z a / (1 - 2 z b - z b f_{p-1}), f_0 = z a / (1 - 3 z b). +inf where
// z lies beyond convergence.
static double log_unfinished(const TMazeModel *model, double horizon, double z) {
    const double a = model->chosen, b = model->other;
    double room = 1 - 3 * z * b, passage = z * a / room, sum = vmath_log(passage);
    for (int p = 1; p < model->length && room > 0; p++) {
        room = 1 - 2 * z * b - z * b * passage;
        passage = z * a / room;
        sum += vmath_log(passage);
    }
    double exit = 1 - z * b - z * b * passage;
    if (!(room > 0) || !(exit > 0)) return INFINITY;
    return sum + vmath_log(z * (a + b) / exit) - horizon * vmath_log(z);
}

static bool surely_finished(const TMazeModel *model, double horizon) {
    const double enough = vmath_log(1e-17);    // relative to the return, since what remains is at most the whole way again
    for (double excess = 1; excess > 1e-12; excess /= 2) {
        if (log_unfinished(model, horizon, 1 + excess) < enough) return true;
    }
    return false;
}

static const double long_work = 2e9;           // steps of the recursion that nobody should wait for
static const int discounted_horizon = 2300;    // 0.98^2300 < 1e-20

// Short mazes: the recursion itself. Long ones: beyond some actions discounting leaves nothing, and where the episode
// surely ends before the horizon the unlimited value is the value. What remains (corridors of hundreds with a lambda so
// near 1 that hardly any drift is left) would take minutes, and the undiscounted value is declared unknown.
static Returns returns_optimal(const TMazeModel *model, int horizon) {
    const Moves moves = moves_optimal(model);
    const double short_work = 1e6;
    double work = (double)horizon * model->length;
    if (work <= short_work) return returns_forward(model->length, &moves, horizon);
    Returns returns = returns_forward(model->length, &moves, horizon < discounted_horizon ? horizon : discounted_horizon);
    if (surely_finished(model, horizon)) {
        returns.plain = return_unlimited(model);
    } else {
        returns.plain = work <= long_work ? returns_forward(model->length, &moves, horizon).plain : NAN;
    }
    return returns;
}

// Uniform actions make a walk without drift, which spreads over some sqrt(horizon) positions: only horizons of millions
// are too much.
TMazeReturns tmaze_blind_returns(const TMazeModel *model, const double policy[TMAZE_ACTIONS], int horizon) {
    const Moves moves = moves_blind(model, policy);
    Returns returns = returns_forward(model->length, &moves, horizon < discounted_horizon ? horizon : discounted_horizon);
    double work = (double)horizon * fmin(model->length, 10 * sqrt(horizon));
    if (horizon > discounted_horizon) {
        returns.plain = work <= long_work ? returns_forward(model->length, &moves, horizon).plain : NAN;
    }
    return returns;
}

// ---- the table's entry ----------------------------------------------------------------------------------------------

static bool find_horizon(const TMazeParams *params, int *horizon, Error *error) {
    const int L = params->length;
    const double lambda = params->stochasticity;
    if (params->horizon > 0) {
        *horizon = params->horizon;
        if (params->horizon > L) return true;
        return error_set(error, "horizon %d with length %d ends every episode before an arm, accepted: 0, or at least %d",
                         params->horizon, L, L + 1);
    }
    double formula = ceil((double)L / ((1 - lambda) * (1.0 / 2 - 1.0 / 6)));
    if (!(formula <= INT_MAX)) {
        return error_set(error,
                         "stochasticity %.17g with length %d gives a horizon of %g actions; at most %d are accepted, "
                         "that is a stochasticity of at most about %.9g",
                         lambda, L, formula, INT_MAX, 1 - 3.0 * L / INT_MAX);
    }
    *horizon = (int)formula;
    return true;
}

static bool tmaze_prepare(const EnvType *type, const void *parameters, void *memory, EnvSpec *spec, Error *error) {
    (void)type;
    const TMazeParams *params = parameters;
    TMazeModel *model = memory;
    const int L = params->length;
    const double lambda = params->stochasticity;
    int horizon = 0;
    assert(L >= 1 && lambda >= 0 && lambda <= 1 && params->horizon >= 0);
    if (!find_horizon(params, &horizon, error)) return false;
    *model = (TMazeModel){.length = L, .stochasticity = lambda, .chosen = 1 - 3 * lambda / 4, .other = lambda / 4};
    static const double uniform[TMAZE_ACTIONS] = {0.25, 0.25, 0.25, 0.25};
    Returns optimal = returns_optimal(model, horizon), random = tmaze_blind_returns(model, uniform, horizon);
    *spec = (EnvSpec){
        .observation_size = TMAZE_OBSERVATIONS,
        .observation_one_hot = true,
        .action_count = TMAZE_ACTIONS,
        .horizon = horizon,
        .discount = discount,
        .privileged_size = 2,
        .state_size = 2 * (L + 3),
        .belief_parts = 1,
        .belief = {{.about = "", .kind = BELIEF_EXACT, .particles = 1, .size = 2 * (L + 3), .discrete = true}},
        .state_bytes = sizeof(TMazeState),
        .belief_bytes = sizeof(TMazeBelief) + 2 * positions(model) * sizeof(double),
        .bound_return = NAN,
        .bound_discounted_return = NAN,
        .optimal_return = optimal.plain,
        .optimal_discounted_return = optimal.discounted,
        .random_return = random.plain,
        .random_discounted_return = random.discounted,
    };
    return true;
}

static const ParamSpec rows[] = {
    {"length", PARAM_INT, offsetof(TMazeParams, length), "20", 1, 10000, NULL,
     "corridor length L, in moves from the start to the crossroad"},
    {"stochasticity", PARAM_REAL, offsetof(TMazeParams, stochasticity), "0", 0, 1, NULL,
     "probability lambda that the action is replaced by a uniform one; below 1"},
    {"horizon", PARAM_INT, offsetof(TMazeParams, horizon), "0", 0, 1e9, NULL,
     "largest number of actions of an episode; 0: ceil(3 length / (1 - stochasticity))"},
};
static const char *const action_names[] = {"right", "up", "left", "down"};
static const char *const privileged_names[] = {"goal_up", "position"};

const EnvType tmaze_type = {
    .name = "tmaze",
    .help = "T-Maze: remember from the start which way to turn at the crossroad",
    .source = "Lambrechts, Bolland, Ernst, TMLR 2022 (arXiv 2208.03520)",
    .params = {"environment tmaze", rows, sizeof rows / sizeof *rows, sizeof(TMazeParams)},
    .action_names = action_names,
    .privileged_names = privileged_names,
    .model_bytes = sizeof(TMazeModel),
    .prepare = tmaze_prepare,
    .dispose = NULL,
    .reset = tmaze_reset,
    .step = tmaze_step,
    .explore = tmaze_explore,
    .privileged = tmaze_privileged,
    .state_vector = tmaze_state_vector,
    .belief_reset = tmaze_belief_reset,
    .belief_update = tmaze_belief_update,
    .belief_vector = tmaze_belief_vector,
    .belief_privileged = tmaze_belief_privileged,
};
