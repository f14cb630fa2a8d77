#include "envs/popgym/cartpole.h"

#include <math.h>
#include <string.h>

#include "core/clones.h"
#include "core/vmath.h"
#include "envs/popgym/popgym.h"

enum { BLOCK = 128 };    // environments at a time: what is between stays in the first-level cache

// ---- physics ---------------------------------------------------------------------------------------------------------------------

const double cartpole_interval = 0.02, cartpole_start = 0.05;
static const double gravity = 9.8, mass = 0.1, total_mass = 1.1, half_length = 0.5;
static const double farthest = 2.4, widest = 0.20943951023931953;    // 12 degrees
static const float seen_farthest = 4.8F, seen_widest = 0.41887903F;

// The step of the header, in one place for one and for many.
static inline CartPolePhase euler(CartPolePhase at, double sine, double cosine, double force) {
    const double moment = mass * half_length, share = 1 / total_mass;
    const double push = (force + moment * at.spin * at.spin * sine) * share;
    const double turning = (gravity * sine - cosine * push) / (half_length * (4.0 / 3 - mass * share * cosine * cosine));
    const double pulling = push - moment * share * turning * cosine;
    return (CartPolePhase){
        .x = at.x + cartpole_interval * at.velocity,
        .velocity = at.velocity + cartpole_interval * pulling,
        .angle = at.angle + cartpole_interval * at.spin,
        .spin = at.spin + cartpole_interval * turning,
    };
}

CartPolePhase cartpole_moved(CartPolePhase at, int action) {
    return euler(at, vmath_sin(at.angle), vmath_cos(at.angle), cartpole_force(action));
}

CLONES static void move_block(const Kernels *kernels, int count, double *restrict x, double *restrict velocity,
                              double *restrict angle, double *restrict spin, const double *restrict force) {
    double sine[BLOCK], cosine[BLOCK];
    const Matrix angles = matrix_view(DTYPE_F64, 1, count, angle);
    kernels->sin(angles, matrix_view(DTYPE_F64, 1, count, sine));
    kernels->cos(angles, matrix_view(DTYPE_F64, 1, count, cosine));
    for (int i = 0; i < count; i++) {
        const CartPolePhase moved = euler((CartPolePhase){x[i], velocity[i], angle[i], spin[i]}, sine[i], cosine[i], force[i]);
        x[i] = moved.x, velocity[i] = moved.velocity, angle[i] = moved.angle, spin[i] = moved.spin;
    }
}

void cartpole_move_many(const Kernels *kernels, int count, double *x, double *velocity, double *angle, double *spin,
                        const double *force) {
    for (int done = 0; done < count; done += BLOCK) {
        const int here = count - done < BLOCK ? count - done : BLOCK;
        move_block(kernels, here, x + done, velocity + done, angle + done, spin + done, force + done);
    }
}

bool cartpole_fallen(double x, double angle) {
    return fabs(x) > farthest || fabs(angle) > widest;
}

// ---- preparing -------------------------------------------------------------------------------------------------------------------

static void prepare(const NativeParams *params, CartPoleSeen seen, bool noisy, CartPoleModel *model, NativeSpec *spec) {
    static const int limits[LEVEL_COUNT] = {200, 400, 600};
    const double mean_length = 22.248;    // of uniform actions
    const int limit = noisy ? limits[LEVEL_EASY] : limits[params->level];
    *model = (CartPoleModel){.seen = seen, .limit = limit, .reward = 1.0 / limit, .noisy = noisy};
    model->kernels = kernels_for(DTYPE_F64);
    if (noisy) model->noise = noise_of((NativeLevel)params->level, seen_farthest, seen_widest);
    const float far = seen == CARTPOLE_POSITIONS ? seen_farthest : INFINITY;
    const float wide = seen == CARTPOLE_POSITIONS ? seen_widest : INFINITY;
    *spec = (NativeSpec){
        .observation = {.kind = SPACE_BOX, .size = 2, .low = {-far, -wide}, .high = {far, wide}},
        .action = space_discrete(1, 2),
        .limit = limit,
        .privileged_size = CARTPOLE_NUMBERS,
        .state_bytes = sizeof(CartPoleState),
        .belief_parts = 1,
        .random_return = mean_length / limit,
        .optimal_return = noisy ? (double)NAN : 1,
        .bound_return = 1,
    };
    if (noisy) {
        spec->belief[0] = cloud_part(CARTPOLE_NUMBERS);
        spec->belief_bytes = sizeof(Cloud);
    } else {
        const int covariance = CARTPOLE_NUMBERS * CARTPOLE_NUMBERS;
        spec->belief[0] =
            (BeliefPart){.about = "", .kind = BELIEF_GAUSSIAN, .particles = 1, .size = CARTPOLE_NUMBERS + covariance};
        spec->belief_bytes = sizeof(CartPoleEstimate);
    }
}

static void prepare_positions(const NativeParams *params, void *model, NativeSpec *spec) {
    prepare(params, CARTPOLE_POSITIONS, false, model, spec);
}

static void prepare_velocities(const NativeParams *params, void *model, NativeSpec *spec) {
    prepare(params, CARTPOLE_VELOCITIES, false, model, spec);
}

static void prepare_noisy(const NativeParams *params, void *model, NativeSpec *spec) {
    prepare(params, CARTPOLE_POSITIONS, true, model, spec);
}

// ---- stepping --------------------------------------------------------------------------------------------------------------------

void cartpole_observe(const CartPoleModel *model, const CartPolePhase *at, float *observation) {
    const bool velocities = model->seen == CARTPOLE_VELOCITIES;
    observation[0] = (float)(velocities ? at->velocity : at->x);
    observation[1] = (float)(velocities ? at->spin : at->angle);
}

enum { BEGINNING = 2 * CARTPOLE_NUMBERS };    // words that it takes

// What is seen first are positions, whatever will be seen of the steps.
static void begin(const uint32_t *words, CartPoleState *state, float *observation) {
    double drawn[CARTPOLE_NUMBERS];
    for (int k = 0; k < CARTPOLE_NUMBERS; k++)
        drawn[k] = cartpole_start * (2 * rng_uniform_of(words[2 * k], words[2 * k + 1]) - 1);
    *state = (CartPoleState){.at = {drawn[0], drawn[1], drawn[2], drawn[3]}};
    observation[0] = (float)state->at.x, observation[1] = (float)state->at.angle;
}

static void reset(const void *context, void *memory, Rng *rng, void *observation) {
    const CartPoleModel *model = context;
    uint32_t words[BEGINNING];
    rng_words(rng, words, BEGINNING);
    begin(words, memory, observation);
    if (model->noisy) noise_add_many(&model->noise, 1, rng, observation);
}

static void reset_many(const void *context, const NativeMany *many) {
    const CartPoleModel *model = context;
    CartPoleState *states = many->states;
    float *observations = many->observations;
    uint32_t words[BLOCK][BEGINNING];
    for (int first = 0; first < many->count; first += BLOCK) {
        const int count = many->count - first < BLOCK ? many->count - first : BLOCK;
        rng_words_of_each(many->rngs + first, (size_t)count, BEGINNING, words[0]);
        for (int i = 0; i < count; i++) begin(words[i], &states[first + i], observations + 2 * (first + i));
    }
    if (model->noisy) noise_add_many(&model->noise, many->count, many->rngs, observations);
}

static NativeStep step(const void *context, void *memory, const void *action, Rng *rng, void *observation) {
    const CartPoleModel *model = context;
    CartPoleState *state = memory;
    state->at = cartpole_moved(state->at, *(const int32_t *)action);
    state->steps++;
    cartpole_observe(model, &state->at, observation);
    if (model->noisy) noise_add_many(&model->noise, 1, rng, observation);
    return (NativeStep){.reward = model->reward,
                        .terminated = cartpole_fallen(state->at.x, state->at.angle),
                        .truncated = state->steps >= model->limit};
}

typedef struct Block {
    double x[BLOCK], velocity[BLOCK], angle[BLOCK], spin[BLOCK], force[BLOCK];
} Block;

CLONES static void gather(int count, const CartPoleState *states, const int32_t *actions, Block *block) {
    for (int i = 0; i < count; i++) {
        block->x[i] = states[i].at.x, block->velocity[i] = states[i].at.velocity;
        block->angle[i] = states[i].at.angle, block->spin[i] = states[i].at.spin;
        block->force[i] = cartpole_force(actions[i]);
    }
}

CLONES static void scatter(const CartPoleModel *model, int first, int count, const Block *block, const NativeMany *many) {
    CartPoleState *states = (CartPoleState *)many->states + first;
    float *observations = (float *)many->observations + (size_t)first * 2;
    for (int i = 0; i < count; i++) {
        states[i].at = (CartPolePhase){block->x[i], block->velocity[i], block->angle[i], block->spin[i]};
        states[i].steps++;
        many->truncated[first + i] = states[i].steps >= model->limit;
    }
    uint8_t *terminated = many->terminated + first;
    for (int i = 0; i < count; i++) {
        const double far = fabs(block->x[i]) > farthest ? 1 : 0, wide = fabs(block->angle[i]) > widest ? 1 : 0;
        terminated[i] = (uint8_t)(int)(far + wide > 0 ? 1.0 : 0.0);
    }
    const bool velocities = model->seen == CARTPOLE_VELOCITIES;
    const double *left = velocities ? block->velocity : block->x, *right = velocities ? block->spin : block->angle;
    for (int i = 0; i < count; i++) observations[2 * i] = (float)left[i], observations[2 * i + 1] = (float)right[i];
    for (int i = 0; i < count; i++) many->rewards[first + i] = model->reward;
}

static void step_many(const void *context, const NativeMany *many) {
    const CartPoleModel *model = context;
    Block block;
    for (int first = 0; first < many->count; first += BLOCK) {
        const int count = many->count - first < BLOCK ? many->count - first : BLOCK;
        gather(count, (const CartPoleState *)many->states + first, (const int32_t *)many->actions + first, &block);
        move_block(model->kernels, count, block.x, block.velocity, block.angle, block.spin, block.force);
        scatter(model, first, count, &block, many);
    }
    if (model->noisy) noise_add_many(&model->noise, many->count, many->rngs, many->observations);
}

static void privileged(const void *context, const void *memory, double *out) {
    (void)context;
    const CartPolePhase *at = &((const CartPoleState *)memory)->at;
    out[0] = (double)(float)at->x, out[1] = (double)(float)at->velocity;
    out[2] = (double)(float)at->angle, out[3] = (double)(float)at->spin;
}

// ---- policies by hand ------------------------------------------------------------------------------------------------------------

static void always_0(const PolicyView *view, Rng *rng, void *action) {
    (void)view, (void)rng;
    *(int32_t *)action = 0;
}

// Towards the side to which the pole leans, or turns; from a velocity-only reset: leans.
static void push_toward_obs1_sign(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    *(int32_t *)action = ((const float *)view->observation)[1] > 0;
}

static void oracle_state(const PolicyView *view, Rng *rng, void *action) {
    (void)rng;
    const CartPolePhase *at = &((const CartPoleState *)view->state)->at;
    *(int32_t *)action = 0.05 * at->x + 0.2 * at->velocity + 2 * at->angle + 0.6 * at->spin > 0;
}

static const NativePolicy policies[] = {
    {"always_0", POLICY_KNOWS_NOW, 0, always_0, false},
    {"push_toward_obs1_sign", POLICY_KNOWS_NOW, 0, push_toward_obs1_sign, false},
    {"oracle_state", POLICY_KNOWS_STATE, 0, oracle_state, false},
};
enum { POLICIES = sizeof policies / sizeof *policies };

const NativeType position_only_cartpole = {
    .name = "position-only-cartpole",
    .upstream = "PositionOnlyCartPole",
    .help = "balance a pole on a cart, seeing positions without velocities",
    .model_bytes = sizeof(CartPoleModel),
    .prepare = prepare_positions,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .step_many = step_many,
    .reset_many = reset_many,
    .belief_reset = cartpole_estimate_reset,
    .belief_update = cartpole_estimate_update,
    .belief_vector = cartpole_estimate_vector,
    .policies = policies,
    .policy_count = POLICIES,
};

const NativeType velocity_only_cartpole = {
    .name = "velocity-only-cartpole",
    .upstream = "VelocityOnlyCartPole",
    .help = "balance a pole on a cart, seeing velocities without positions",
    .model_bytes = sizeof(CartPoleModel),
    .prepare = prepare_velocities,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .step_many = step_many,
    .reset_many = reset_many,
    .belief_reset = cartpole_estimate_reset,
    .belief_update = cartpole_estimate_update,
    .belief_vector = cartpole_estimate_vector,
    .policies = policies,
    .policy_count = POLICIES,
};

const NativeType noisy_position_only_cartpole = {
    .name = "noisy-position-only-cartpole",
    .upstream = "NoisyPositionOnlyCartPole",
    .help = "balance a pole on a cart, seeing positions through noise",
    .model_bytes = sizeof(CartPoleModel),
    .prepare = prepare_noisy,
    .reset = reset,
    .step = step,
    .privileged = privileged,
    .step_many = step_many,
    .reset_many = reset_many,
    .belief_reset = cartpole_cloud_reset,
    .belief_update = cartpole_cloud_update,
    .belief_vector = cartpole_cloud_vector,
    .policies = policies,
    .policy_count = POLICIES,
};
