// Beliefs about the pendulum: what fixes its state without noise, and particles with noise.
#include <math.h>
#include <string.h>

#include "core/vmath.h"
#include "envs/particle_filter.h"
#include "envs/popgym/pendulum.h"

// ---- without noise: the angle between two observations -----------------------------------------------------------------------------

// Single precision moves cosine and sine by up to 3e-8 and the velocity between two of them by 4e-6; what is farther off is impossible.
static const double tolerance = 1e-4;

static bool on_circle(const float *seen) {
    const double cosine = (double)seen[0], sine = (double)seen[1];
    return fabs(cosine * cosine + sine * sine - 1) <= tolerance;
}

// The angle below pi/2 with that sine: Newton's method, whose error squares in each round. A step turns by 0.4 at most.
static double angle_of_sine(double sine) {
    double angle = sine;
    for (int round = 0; round < 5; round++) angle += (sine - vmath_sin(angle)) / vmath_cos(angle);
    return angle;
}

bool pendulum_estimate_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    const float *seen = observation;
    if (!on_circle(seen)) return false;
    *(PendulumEstimate *)memory = (PendulumEstimate){.cosine = (double)seen[0], .sine = (double)seen[1]};
    return true;
}

bool pendulum_estimate_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    (void)context, (void)rng;
    PendulumEstimate *belief = memory;
    const float *seen = observation;
    const double cosine = (double)seen[0], sine = (double)seen[1];
    const double turned = sine * belief->cosine - cosine * belief->sine;    // the sine of the angle between them
    const double most = pendulum_fastest * pendulum_interval + tolerance;
    if (!on_circle(seen) || !(fabs(turned) <= most) || !(cosine * belief->cosine + sine * belief->sine > 0)) return false;
    const double spin = angle_of_sine(turned) / pendulum_interval;
    const double unknown = belief->time == 0 ? 1 : 0;    // how far the velocity may have been from what was believed
    const double expected = pendulum_spun(belief->spin, belief->sine, *(const float *)action);
    if (!(fabs(spin - expected) <= unknown + tolerance)) return false;
    *belief = (PendulumEstimate){.cosine = cosine, .sine = sine, .spin = spin, .time = 1};
    return true;
}

void pendulum_estimate_vector(const void *context, const void *memory, float *out) {
    (void)context;
    const PendulumEstimate *belief = memory;
    float *covariance = out + PENDULUM_NUMBERS;
    out[0] = (float)belief->cosine, out[1] = (float)belief->sine, out[2] = (float)belief->spin;
    memset(covariance, 0, (size_t)(PENDULUM_NUMBERS * PENDULUM_NUMBERS) * sizeof *covariance);
    if (belief->time == 0) covariance[2 * PENDULUM_NUMBERS + 2] = 1.0F / 3;
}

// ---- with noise: particles ---------------------------------------------------------------------------------------------------------

enum { N = CLOUD_PARTICLES, ANGLE = 0, SPIN, DIMENSIONS };

static void sines_and_cosines(const PendulumModel *model, double *angle, double *sine, double *cosine) {
    const Matrix angles = matrix_view(DTYPE_F64, 1, N, angle);
    model->kernels->sin(angles, matrix_view(DTYPE_F64, 1, N, sine));
    model->kernels->cos(angles, matrix_view(DTYPE_F64, 1, N, cosine));
}

static bool weigh(const PendulumModel *model, const float *seen, Cloud *cloud) {
    double sine[N], cosine[N], log_likelihood[N] = {0};
    sines_and_cosines(model, cloud->at[ANGLE], sine, cosine);
    noise_weigh(&model->noise, 0, seen[0], N, cosine, log_likelihood);
    noise_weigh(&model->noise, 1, seen[1], N, sine, log_likelihood);
    return cloud_weigh(cloud, log_likelihood);
}

// Angles begin evenly spaced around the circle, and continue without a seam: each within half a turn of the heaviest, so that covariances make sense.
static void centre(Cloud *cloud) {
    int heaviest = 0;
    for (int i = 1; i < N; i++) {
        if (cloud->weight[i] > cloud->weight[heaviest]) heaviest = i;
    }
    const double middle = cloud->at[ANGLE][heaviest];
    for (int i = 0; i < N; i++) cloud->at[ANGLE][i] -= 2 * vmath_pi * rint((cloud->at[ANGLE][i] - middle) / (2 * vmath_pi));
}

bool pendulum_cloud_reset(const void *context, void *memory, const void *observation, Rng *rng) {
    const PendulumModel *model = context;
    if (!noise_possible(&model->noise, observation)) return false;
    Cloud *cloud = memory;
    particles_uniforms(rng, N, cloud->at[SPIN]);
    for (int i = 0; i < N; i++) {
        cloud->at[ANGLE][i] = 2 * vmath_pi * (i + 0.5) / N - vmath_pi;
        cloud->at[SPIN][i] = 2 * cloud->at[SPIN][i] - 1;
        cloud->weight[i] = 1;
    }
    if (!weigh(model, observation, cloud)) return false;
    centre(cloud);
    return true;
}

bool pendulum_cloud_update(const void *context, void *memory, const void *action, const void *observation, Rng *rng) {
    const PendulumModel *model = context;
    const float *seen = observation;
    Cloud *cloud = memory;
    if (!noise_possible(&model->noise, seen)) return false;
    cloud_settle(cloud, DIMENSIONS, rng);
    double sine[N], cosine[N];
    sines_and_cosines(model, cloud->at[ANGLE], sine, cosine);
    for (int i = 0; i < N; i++) {
        cloud->at[SPIN][i] = pendulum_spun(cloud->at[SPIN][i], sine[i], *(const float *)action);
        cloud->at[ANGLE][i] += pendulum_interval * cloud->at[SPIN][i];
    }
    return weigh(model, seen, cloud);
}

void pendulum_cloud_vector(const void *context, const void *memory, float *out) {
    const PendulumModel *model = context;
    const Cloud *cloud = memory;
    int32_t parents[N];
    double angle[N], sine[N], cosine[N];
    cloud_parents(cloud, parents);
    for (int i = 0; i < N; i++) angle[i] = cloud->at[ANGLE][parents[i]];
    sines_and_cosines(model, angle, sine, cosine);
    for (int i = 0; i < N; i++) {
        out[PENDULUM_NUMBERS * i] = (float)cosine[i];
        out[PENDULUM_NUMBERS * i + 1] = (float)sine[i];
        out[PENDULUM_NUMBERS * i + 2] = (float)cloud->at[SPIN][parents[i]];
    }
}
