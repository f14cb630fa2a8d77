#include "envs/mountain_hike.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/normal.h"
#include "core/vmath.h"
#include "envs/hike_grid.h"
#include "envs/hike_particles.h"

static const double discount = 0.99;
static const double goal = 0.8, goal_radius = 0.2;    // both coordinates; terminal strictly inside
enum { HORIZON = 80 };                                // of the fixed hike; times 2 with rotations, 3 with permutations

typedef struct HikeModel {
    HikeVariation variation;
    HikeFilter filter;
    HikeParticles particles;
    HikeGrid grid;    // owned if that is the filter
} HikeModel;

// ---- the process ----------------------------------------------------------------------------------------------------

// The largest density by its logarithm, as for many places at once in envs/hike_particles.c.
double hike_altitude(double x, double y) {
    double aside = fabs(y) - 0.8;
    double up = hike_ridge_up - 100 * x * x - 0.5 * y * y, right = hike_ridge_right - 0.5 * x * x - 50 * aside * aside;
    return 0.2 * x + 0.2 * y - 0.02 - vmath_exp(-vmath_exp(up > right ? up : right));
}

bool hike_arrived(double x, double y) {
    return (x - goal) * (x - goal) + (y - goal) * (y - goal) < goal_radius * goal_radius;
}

void hike_displacement(int displacement, double *x, double *y) {
    *x = displacement == HIKE_RIGHT ? hike_step : displacement == HIKE_LEFT ? -hike_step : 0;
    *y = displacement == HIKE_UP ? hike_step : displacement == HIKE_DOWN ? -hike_step : 0;
}

// The permutation of 0..3 at a place, from 0, of their alphabetical order: what remains is taken by the digits of the place.
static void permutation_at(int place, int32_t out[HIKE_ACTIONS]) {
    int32_t left[HIKE_ACTIONS] = {0, 1, 2, 3};
    int block = HIKE_PERMUTATION_COUNT;
    for (int i = 0; i < HIKE_ACTIONS; i++) {
        block /= HIKE_ACTIONS - i;
        int taken = place / block;
        place %= block;
        out[i] = left[taken];
        for (int k = taken; k < HIKE_ACTIONS - 1; k++) left[k] = left[k + 1];
    }
}

static int variants(HikeVariation variation) {
    return variation == HIKE_ROTATIONS ? HIKE_LABELS : variation == HIKE_PERMUTATIONS ? HIKE_PERMUTATION_COUNT : 1;
}

void hike_begin(HikeState *state, HikeVariation variation, int variant) {
    assert(variant >= 0 && variant < variants(variation));
    *state = (HikeState){.x = hike_start, .y = hike_start, .variant = variant};
    if (variation == HIKE_PERMUTATIONS) permutation_at(variant, state->displacement);
    else
        for (int a = 0; a < HIKE_ACTIONS; a++) state->displacement[a] = (a - variant) & 3;
}

static double clamp(double v) {
    return v < -1 ? -1 : v > 1 ? 1 : v;
}

double hike_move(HikeState *state, int action, double noise_x, double noise_y) {
    assert(action >= 0 && action < HIKE_ACTIONS);
    if (hike_arrived(state->x, state->y)) return 0;
    double right, up;
    hike_displacement(state->displacement[action], &right, &up);
    state->x = clamp(state->x + right + hike_transition_noise * noise_x);
    state->y = clamp(state->y + up + hike_transition_noise * noise_y);
    return hike_altitude(state->x, state->y);
}

static void observe(const HikeState *state, Rng *rng, float *observation) {
    *observation = (float)(hike_altitude(state->x, state->y) + hike_observation_noise * rng_normal(rng));
}

static void mountain_hike_reset(const void *context, void *memory, Rng *rng, float *observation) {
    const HikeModel *model = context;
    int count = variants(model->variation);
    hike_begin(memory, model->variation, count > 1 ? (int)rng_below(rng, (uint32_t)count) : 0);
    observe(memory, rng, observation);
}

// Draws x, y, observation; from a terminal state the observation alone.
static EnvStep mountain_hike_step(const void *context, void *memory, int action, Rng *rng, float *observation) {
    (void)context;
    HikeState *state = memory;
    bool moves = !hike_arrived(state->x, state->y);
    double noise_x = moves ? rng_normal(rng) : 0, noise_y = moves ? rng_normal(rng) : 0;
    double reward = hike_move(state, action, noise_x, noise_y);
    observe(state, rng, observation);
    return (EnvStep){.reward = reward, .done = hike_arrived(state->x, state->y)};
}

static int mountain_hike_explore(const void *context, Rng *rng) {
    (void)context;
    return (int)rng_below(rng, HIKE_ACTIONS);
}

static void mountain_hike_privileged(const void *context, const void *memory, float *out) {
    const HikeModel *model = context;
    const HikeState *state = memory;
    out[0] = (float)state->x, out[1] = (float)state->y;
    if (model->variation != HIKE_FIXED) out[2] = (float)state->variant;
}

// x, y; then the rotation, or for each action its displacement, as one-hot.
static void mountain_hike_state_vector(const void *context, const void *memory, float *out) {
    const HikeModel *model = context;
    const HikeState *state = memory;
    out[0] = (float)state->x, out[1] = (float)state->y;
    if (model->variation == HIKE_ROTATIONS) {
        for (int k = 0; k < HIKE_LABELS; k++) out[2 + k] = (float)(k == state->variant);
    } else if (model->variation == HIKE_PERMUTATIONS) {
        for (int i = 0; i < HIKE_ACTIONS * HIKE_ACTIONS; i++)
            out[2 + i] = (float)(i % HIKE_ACTIONS == state->displacement[i / HIKE_ACTIONS]);
    }
}

// ---- the belief -----------------------------------------------------------------------------------------------------

static bool mountain_hike_belief_reset(const void *context, void *memory, const float *observation, Rng *rng) {
    const HikeModel *model = context;
    assert(model->variation != HIKE_PERMUTATIONS);
    if (!isfinite(*observation)) return false;
    if (model->filter == HIKE_GRID) hike_grid_reset(&model->grid, memory);
    else hike_particles_reset(&model->particles, memory, rng);
    return true;
}

static bool mountain_hike_belief_update(const void *context, void *memory, int action, const float *observation, Rng *rng) {
    const HikeModel *model = context;
    if (model->filter == HIKE_GRID) return hike_grid_update(&model->grid, memory, action, *observation);
    return hike_particles_update(&model->particles, memory, action, *observation, rng);
}

static void mountain_hike_belief_vector(const void *context, const void *memory, float *out) {
    const HikeModel *model = context;
    if (model->filter == HIKE_GRID) hike_grid_vector(&model->grid, memory, out);
    else hike_particles_vector(&model->particles, memory, out);
}

static void mountain_hike_belief_privileged(const void *context, const void *memory, float *out) {
    const HikeModel *model = context;
    if (model->filter == HIKE_GRID) hike_grid_privileged(&model->grid, memory, out);
    else hike_particles_privileged(&model->particles, memory, out);
}

// ---- expected returns -----------------------------------------------------------------------------------------------
//
// By dynamic programming over the state, truncated at the horizon (tests/envs/test_mountain_hike.c, with 321 points an axis; 161 points differ
// by less than 0.0015 everywhere, which falls with the square of the spacing, so that the fourth digit behind the point is not certain).
//
// The bound is the optimum of a policy that sees the state. Variations do not change it, because the state tells them, and 80 actions are
// enough: longer horizons agree in all these digits. A policy that draws actions uniformly does not notice variations either, only
// the horizon.
static const double bound_return = -10.4808, bound_discounted_return = -9.4247;
static const double random_returns[] = {-75.5356, -143.9834, -205.5958};    // of each HikeVariation
static const double random_discounted_returns[] = {-52.3063, -73.6131, -82.1927};

// ---- the model ------------------------------------------------------------------------------------------------------

static bool prepare_belief(const MountainHikeParams *params, HikeModel *model, EnvSpec *spec, Error *error) {
    const int labels = variants(model->variation), levels = labels > 1 ? labels : 0;
    if (model->variation == HIKE_PERMUTATIONS) return true;
    spec->belief_parts = 1;
    if (model->filter == HIKE_GRID) {
        if (params->grid % 10 != 1) {
            int below = params->grid / 10 * 10 + 1;
            return error_set(error, "grid is %d; the start must be a point of it: %d or %d would be accepted", params->grid,
                             params->grid < below ? below - 10 : below, params->grid < below ? below : below + 10);
        }
        model->grid = hike_grid_make(params->grid, labels);
        spec->belief[0] = (BeliefPart){.about = "", .kind = BELIEF_EXACT, .particles = 1, .size = hike_grid_size(&model->grid)};
        spec->belief_bytes = hike_grid_bytes(&model->grid);
        return true;
    }
    model->particles =
        (HikeParticles){.count = params->particles, .labels = labels, .systematic = params->resampling == HIKE_SYSTEMATIC};
    // Without labels the third number is there as well, 0, and counts as a coordinate: so it is in the source.
    spec->belief[0] =
        (BeliefPart){.about = "", .kind = BELIEF_PARTICLES, .particles = params->particles, .size = 3, .levels = levels};
    spec->belief_bytes = hike_particles_bytes(&model->particles);
    return true;
}

static bool mountain_hike_prepare(const EnvType *type, const void *settings, void *context, EnvSpec *spec, Error *error) {
    (void)type;
    const MountainHikeParams *params = settings;
    HikeModel *model = context;
    *model = (HikeModel){.variation = (HikeVariation)params->variation, .filter = (HikeFilter)params->filter};
    static const int state_sizes[] = {2, 2 + HIKE_LABELS, 2 + HIKE_ACTIONS * HIKE_ACTIONS};
    *spec = (EnvSpec){
        .observation_size = 1,
        .observation_one_hot = false,
        .action_count = HIKE_ACTIONS,
        .horizon = HORIZON * (1 + params->variation),
        .discount = discount,
        .privileged_size = params->variation == HIKE_FIXED ? 2 : 3,
        .state_size = state_sizes[params->variation],
        .state_bytes = sizeof(HikeState),
        .optimal_return = NAN,
        .optimal_discounted_return = NAN,
        .random_return = random_returns[params->variation],
        .random_discounted_return = random_discounted_returns[params->variation],
        .bound_return = bound_return,
        .bound_discounted_return = bound_discounted_return,
    };
    return prepare_belief(params, model, spec, error);
}

static void mountain_hike_dispose(void *context) {
    HikeModel *model = context;
    hike_grid_release(&model->grid);
}

static const char *const variations[] = {"none", "rotations", "permutations", NULL};
static const char *const resamplings[] = {"multinomial", "systematic", NULL};
static const char *const filters[] = {"particles", "grid", NULL};
static const ParamSpec rows[] = {
    {"variation", PARAM_CHOICE, offsetof(MountainHikeParams, variation), "none", 0, 0, variations,
     "what an episode does to the four displacements: nothing, a turn, any permutation (without filter)"},
    {"particles", PARAM_INT, offsetof(MountainHikeParams, particles), "1000", 2, 100000, NULL, "particles N of the belief"},
    {"resampling", PARAM_CHOICE, offsetof(MountainHikeParams, resampling), "multinomial", 0, 0, resamplings,
     "how particles are drawn anew: multinomial as published, systematic with less noise"},
    {"filter", PARAM_CHOICE, offsetof(MountainHikeParams, filter), "particles", 0, 0, filters,
     "the belief: particles as published, or probabilities on a grid"},
    {"grid", PARAM_INT, offsetof(MountainHikeParams, grid), "41", 21, 401, NULL,
     "points along each axis of the grid, a multiple of ten and one"},
};
static const char *const action_names[] = {"right", "up", "left", "down"};
static const char *const privileged_names[] = {"x", "y", "variant"};    // the last only where there are several

const EnvType mountain_hike_type = {
    .name = "hike",
    .help = "Mountain Hike: follow a ridge to the summit by the altitude under one's feet",
    .source = "Lambrechts, Bolland, Ernst, TMLR 2022 (arXiv 2208.03520)",
    .params = {"environment hike", rows, sizeof rows / sizeof *rows, sizeof(MountainHikeParams)},
    .action_names = action_names,
    .privileged_names = privileged_names,
    .model_bytes = sizeof(HikeModel),
    .prepare = mountain_hike_prepare,
    .dispose = mountain_hike_dispose,
    .reset = mountain_hike_reset,
    .step = mountain_hike_step,
    .explore = mountain_hike_explore,
    .privileged = mountain_hike_privileged,
    .state_vector = mountain_hike_state_vector,
    .belief_reset = mountain_hike_belief_reset,
    .belief_update = mountain_hike_belief_update,
    .belief_vector = mountain_hike_belief_vector,
    .belief_privileged = mountain_hike_belief_privileged,
};
