// Beliefs about the pole on a cart: what fixes its state without noise, and particles with noise.
#include <math.h>
#include <string.h>

#include "envs/particle_filter.h"
#include "envs/popgym/cartpole.h"

// ---- without noise: the dynamics inverted ------------------------------------------------------------------------------------------

// Single precision moves what is seen by up to 2.4e-7 and a velocity that two positions give by 2.4e-5; what is farther off is impossible.
static const double tolerance = 1e-4;

static bool near(double found, double expected) {
    return fabs(found - expected) <= tolerance;    // false for what is not a number
}

bool cartpole_estimate_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    const float *seen = observation;
    const double most = cartpole_start + tolerance;
    if (!(fabs((double)seen[0]) <= most && fabs((double)seen[1]) <= most)) return false;
    *(CartPoleEstimate *)memory = (CartPoleEstimate){.at = {.x = (double)seen[0], .angle = (double)seen[1]}};
    return true;
}

// The velocities before a push from those after it. What a push adds depends on them by less than 1e-3, so that three rounds are exact.
static CartPolePhase with_velocities_before(CartPolePhase at, int action, double velocity_after, double spin_after) {
    at.velocity = velocity_after, at.spin = spin_after;
    for (int round = 0; round < 4; round++) {
        const CartPolePhase moved = cartpole_moved(at, action);
        at.velocity += velocity_after - moved.velocity;
        at.spin += spin_after - moved.spin;
    }
    return at;
}

bool cartpole_estimate_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)rng;
    const CartPoleModel *model = context;
    CartPoleEstimate *belief = memory;
    const float *seen = observation;
    const double first = (double)seen[0], second = (double)seen[1];
    const int push = *(const int32_t *)action;
    CartPolePhase before = belief->at;
    const bool positions = model->seen == CARTPOLE_POSITIONS, begins = belief->time == 0;
    if (!begins) {
        const CartPolePhase expected = cartpole_moved(before, push);
        if (!near(first, positions ? expected.x : expected.velocity) ||
            !near(second, positions ? expected.angle : expected.spin))
            return false;
    }
    if (positions) {
        before.velocity = (first - before.x) / cartpole_interval, before.spin = (second - before.angle) / cartpole_interval;
    } else if (begins) {
        before = with_velocities_before(before, push, first, second);
    }
    const double most = cartpole_start + tolerance;
    if (begins && !(fabs(before.velocity) <= most && fabs(before.spin) <= most)) return false;
    belief->at = cartpole_moved(before, push);
    if (positions) belief->at.x = first, belief->at.angle = second;
    else belief->at.velocity = first, belief->at.spin = second;
    belief->time = 1;
    return true;
}

void cartpole_estimate_vector(const void *context, const void *memory, float *out) {
    (void)context;
    const CartPoleEstimate *belief = memory;
    float *covariance = out + CARTPOLE_NUMBERS;
    out[0] = (float)belief->at.x, out[1] = (float)belief->at.velocity;
    out[2] = (float)belief->at.angle, out[3] = (float)belief->at.spin;
    memset(covariance, 0, (size_t)(CARTPOLE_NUMBERS * CARTPOLE_NUMBERS) * sizeof *covariance);
    const double width = 2 * cartpole_start;
    for (int k = 1; k < CARTPOLE_NUMBERS && belief->time == 0; k += 2)
        covariance[k * CARTPOLE_NUMBERS + k] = (float)(width * width / 12);
}

// ---- with noise: particles ---------------------------------------------------------------------------------------------------------

enum { N = CLOUD_PARTICLES, X = 0, VELOCITY, ANGLE, SPIN };

static bool weigh(const Noise *noise, const float *seen, double *log_likelihood, Cloud *cloud) {
    noise_weigh(noise, 0, seen[0], N, cloud->at[X], log_likelihood);
    noise_weigh(noise, 1, seen[1], N, cloud->at[ANGLE], log_likelihood);
    return cloud_weigh(cloud, log_likelihood);
}

bool cartpole_cloud_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    const CartPoleModel *model = context;
    Cloud *cloud = memory;
    double log_likelihood[N] = {0};
    if (!noise_possible(&model->noise, observation)) return false;
    for (int k = 0; k < CARTPOLE_NUMBERS; k++) {
        particles_uniforms(rng, N, cloud->at[k]);
        for (int i = 0; i < N; i++) cloud->at[k][i] = cartpole_start * (2 * cloud->at[k][i] - 1);
    }
    for (int i = 0; i < N; i++) cloud->weight[i] = 1;
    return weigh(&model->noise, observation, log_likelihood, cloud);
}

// The episode went on, so the pole had not fallen before this push: zero for those particles where it had. Where it had in all, they are too
// few to say so, and nothing is held against any.
static void rule_out_fallen(const Cloud *cloud, double *log_likelihood) {
    int standing = 0;
    for (int i = 0; i < N; i++) {
        const bool fallen = cartpole_fallen(cloud->at[X][i], cloud->at[ANGLE][i]);
        log_likelihood[i] = fallen ? -INFINITY : 0;
        standing += !fallen && cloud->weight[i] > 0;
    }
    for (int i = 0; i < N && standing == 0; i++) log_likelihood[i] = 0;
}

bool cartpole_cloud_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    const CartPoleModel *model = context;
    const float *seen = observation;
    Cloud *cloud = memory;
    if (!noise_possible(&model->noise, seen)) return false;
    cloud_settle(cloud, CARTPOLE_NUMBERS, rng);
    double log_likelihood[N], force[N];
    for (int i = 0; i < N; i++) force[i] = cartpole_force(*(const int32_t *)action);
    rule_out_fallen(cloud, log_likelihood);
    cartpole_move_many(model->kernels, N, cloud->at[X], cloud->at[VELOCITY], cloud->at[ANGLE], cloud->at[SPIN], force);
    return weigh(&model->noise, seen, log_likelihood, cloud);
}

void cartpole_cloud_vector(const void *context, const void *memory, float *out) {
    (void)context;
    const Cloud *cloud = memory;
    int32_t parents[N];
    cloud_parents(cloud, parents);
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < CARTPOLE_NUMBERS; k++) out[i * CARTPOLE_NUMBERS + k] = (float)cloud->at[k][parents[i]];
    }
}
