#include "envs/popgym/pendulum.h"

#include <math.h>
#include <string.h>

#include "core/clones.h"
#include "core/vmath.h"
#include "envs/popgym/popgym.h"

enum { BLOCK = 128 };    // environments at a time: what is between stays in the first-level cache

// ---- physics ---------------------------------------------------------------------------------------------------------------------

const double pendulum_interval = 0.05, pendulum_fastest = 8;
static const double middle_cost = 8.1368022;
static const float strongest = 2;

static inline double clipped(double value, double most) {
    const double above = value > -most ? value : -most;
    return above < most ? above : most;
}

static inline double spun(double spin, double sine, double torque) {
    return clipped(spin + (15 * sine + 3 * torque) * pendulum_interval, pendulum_fastest);
}

// Adding and subtracting 1.5 2^52 rounds to a whole number of turns, in any vector.
static inline double cost_of(double angle, double spin, double torque) {
    const double rounder = 0x1.8p52, turns = (angle * (0.5 / vmath_pi) + rounder) - rounder;
    const double wrapped = angle - turns * (2 * vmath_pi);
    return wrapped * wrapped + 0.1 * (spin * spin) + 0.001 * (torque * torque);
}

static inline double reward_of(double cost, int limit) {
    return (middle_cost - cost) / middle_cost / limit;
}

static inline double torque_of(float action) {
    return clipped((double)action, (double)strongest);
}

double pendulum_spun(double spin, double sine, float torque) {
    return spun(spin, sine, torque_of(torque));
}

double pendulum_cost(double angle, double spin, float torque) {
    return cost_of(angle, spin, torque_of(torque));
}

PendulumState pendulum_at(double angle, double spin) {
    return (PendulumState){.angle = angle, .spin = spin, .sine = vmath_sin(angle), .cosine = vmath_cos(angle)};
}

// ---- preparing -------------------------------------------------------------------------------------------------------------------

static void prepare(const NativeParams *params, bool noisy, PendulumModel *model, NativeSpec *spec) {
    static const int limits[LEVEL_COUNT] = {200, 150, 100};
    static const double random_returns[LEVEL_COUNT] = {0.2449, 0.2434, 0.2419}, bounds[LEVEL_COUNT] = {0.9158, 0.8877, 0.8315};
    const int level = noisy ? LEVEL_EASY : params->level, limit = limits[level];
    *model = (PendulumModel){.limit = limit, .noisy = noisy, .kernels = kernels_for(DTYPE_F64)};
    if (noisy) model->noise = noise_of((NativeLevel)params->level, 1, 1);
    *spec = (NativeSpec){
        .observation = {.kind = SPACE_BOX, .size = 2, .low = {-1, -1}, .high = {1, 1}},
        .action = {.kind = SPACE_BOX, .size = 1, .low = {-strongest}, .high = {strongest}},
        .limit = limit,
        .privileged_size = PENDULUM_NUMBERS,
        .state_bytes = sizeof(PendulumState),
        .belief_parts = 1,
        .random_return = random_returns[level],
        .optimal_return = (double)NAN,
        .bound_return = bounds[level],
    };
    if (noisy) {
        spec->belief[0] = cloud_part(PENDULUM_NUMBERS);
        spec->belief_bytes = sizeof(Cloud);
    } else {
        const int covariance = PENDULUM_NUMBERS * PENDULUM_NUMBERS;
        spec->belief[0] =
            (BeliefPart){.about = "", .kind = BELIEF_GAUSSIAN, .particles = 1, .size = PENDULUM_NUMBERS + covariance};
        spec->belief_bytes = sizeof(PendulumEstimate);
    }
}

static void prepare_positions(const NativeParams *params, void *model, NativeSpec *spec) {
    prepare(params, false, model, spec);
}

static void prepare_noisy(const NativeParams *params, void *model, NativeSpec *spec) {
    prepare(params, true, model, spec);
}

// ---- one at a time ---------------------------------------------------------------------------------------------------------------

static void observe(const PendulumModel *model, const PendulumState *state, Rng *rng, float *observation) {
    observation[0] = (float)state->cosine, observation[1] = (float)state->sine;
    if (model->noisy) noise_add_many(&model->noise, 1, rng, observation);
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    PendulumState *state = memory;
    const double angle = rng_between(rng, -vmath_pi, vmath_pi), spin = rng_between(rng, -1, 1);
    *state = pendulum_at(angle, spin);
    observe(context, state, rng, observation);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    const PendulumModel *model = context;
    PendulumState *state = memory;
    const double torque = torque_of(*(const float *)action);
    const double reward = reward_of(cost_of(state->angle, state->spin, torque), model->limit);
    const double spin = spun(state->spin, state->sine, torque);
    const int64_t steps = state->steps + 1;
    *state = pendulum_at(state->angle + pendulum_interval * spin, spin);
    state->steps = steps;
    observe(model, state, rng, observation);
    return (NativeStep){.reward = reward, .truncated = steps >= model->limit};
}

static void privileged(const void *context, const void *memory, double *out) {
    (void)context;
    const PendulumState *state = memory;
    out[0] = (double)(float)state->cosine, out[1] = (double)(float)state->sine, out[2] = (double)(float)state->spin;
}

// ---- many at once ----------------------------------------------------------------------------------------------------------------

typedef struct Block {
    double angle[BLOCK], spin[BLOCK], sine[BLOCK], cosine[BLOCK];
} Block;

// Everything but sine and cosine of the new angle.
CLONES static void move_block(int limit, int count, const PendulumState *states, const float *actions, Block *block,
                              double *rewards) {
    for (int i = 0; i < count; i++) {
        block->angle[i] = states[i].angle, block->spin[i] = states[i].spin, block->sine[i] = states[i].sine;
    }
    for (int i = 0; i < count; i++) {
        const double torque = torque_of(actions[i]);
        rewards[i] = reward_of(cost_of(block->angle[i], block->spin[i], torque), limit);
        block->spin[i] = spun(block->spin[i], block->sine[i], torque);
        block->angle[i] = block->angle[i] + pendulum_interval * block->spin[i];
    }
}

CLONES static void scatter(int limit, int count, const Block *block, PendulumState *states, float *observations,
                           uint8_t *truncated) {
    for (int i = 0; i < count; i++) {
        const int64_t steps = states[i].steps + 1;
        states[i] = (PendulumState){block->angle[i], block->spin[i], block->sine[i], block->cosine[i], steps};
        truncated[i] = steps >= limit;
    }
    for (int i = 0; i < count; i++)
        observations[2 * i] = (float)block->cosine[i], observations[2 * i + 1] = (float)block->sine[i];
}

static void step_many(const void *context, const NativeMany *many) {
    const PendulumModel *model = context;
    PendulumState *states = many->states;
    const float *actions = many->actions;
    float *observations = many->observations;
    Block block;
    for (int first = 0; first < many->count; first += BLOCK) {
        const int count = many->count - first < BLOCK ? many->count - first : BLOCK;
        move_block(model->limit, count, states + first, actions + first, &block, many->rewards + first);
        const Matrix angles = matrix_view(DTYPE_F64, 1, count, block.angle);
        model->kernels->sin(angles, matrix_view(DTYPE_F64, 1, count, block.sine));
        model->kernels->cos(angles, matrix_view(DTYPE_F64, 1, count, block.cosine));
        scatter(model->limit, count, &block, states + first, observations + (size_t)first * 2, many->truncated + first);
    }
    memset(many->terminated, 0, (size_t)many->count);
    if (model->noisy) noise_add_many(&model->noise, many->count, many->rngs, observations);
}

// ---- policies by hand ------------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(float *)action = 0;
}

static void torque_minus2_sin(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const float torque = -2 * ((const float *)view->observation)[1];
    *(float *)action = torque < -strongest ? -strongest : torque > strongest ? strongest : torque;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"torque_minus2_sin", POLICY_KNOWS_NOW, 0, torque_minus2_sin, false},
};
enum { POLICIES = sizeof policies / sizeof *policies };

const NativeType position_only_pendulum = {
    .name = "position-only-pendulum",
    .upstream = "PositionOnlyPendulum",
    .help = "swing up a pendulum, seeing its angle without its velocity",
    .model_bytes = sizeof(PendulumModel),
    .prepare = prepare_positions,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .step_many = step_many,
    .belief_reset = pendulum_estimate_reset,
    .belief_update = pendulum_estimate_update,
    .belief_vector = pendulum_estimate_vector,
    .policies = policies,
    .policy_count = POLICIES,
};

const NativeType noisy_position_only_pendulum = {
    .name = "noisy-position-only-pendulum",
    .upstream = "NoisyPositionOnlyPendulum",
    .help = "swing up a pendulum, seeing its angle through noise",
    .model_bytes = sizeof(PendulumModel),
    .prepare = prepare_noisy,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .step_many = step_many,
    .belief_reset = pendulum_cloud_reset,
    .belief_update = pendulum_cloud_update,
    .belief_vector = pendulum_cloud_vector,
    .policies = policies,
    .policy_count = POLICIES,
};
