#include "envs/hike_particles.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/kernels.h"
#include "envs/mountain_hike.h"
#include "envs/particle_filter.h"

// ---- memory ---------------------------------------------------------------------------------------------------------

typedef struct Layout {
    char *base;    // NULL: only measuring
    size_t used;
} Layout;

static void *take(Layout *layout, size_t count, size_t bytes) {
    void *place = layout->base ? layout->base + layout->used : NULL;
    layout->used += (count * bytes + 63) / 64 * 64;
    return place;
}

static HikeSet lay_out(const HikeParticles *filter, Layout *layout) {
    const size_t n = (size_t)filter->count;
    HikeSet set = {0};
    float **reals[] = {&set.x, &set.y, &set.moved_x, &set.moved_y, &set.weight};
    int32_t **integers[] = {&set.label, &set.moved_label, &set.parent};
    double **doubles[] = {&set.cumulative, &set.uniform};
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) *reals[i] = take(layout, n, sizeof(float));
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) *integers[i] = take(layout, n, sizeof(int32_t));
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) *doubles[i] = take(layout, n, sizeof(double));
    set.guide = take(layout, particles_guide_size(filter->count), sizeof(int32_t));
    return set;
}

size_t hike_particles_bytes(const HikeParticles *filter) {
    Layout layout = {0};
    lay_out(filter, &layout);
    return layout.used;
}

HikeSet hike_particles_set(const HikeParticles *filter, void *belief) {
    return lay_out(filter, &(Layout){.base = belief});
}

// ---- one step -------------------------------------------------------------------------------------------------------

static float clamp(float v) {
    return v < -1 ? -1 : v > 1 ? 1 : v;
}

// In place of the noise: the position that the particle comes to.
static void move(int count, const HikeSet *set, int action) {
    const float step = (float)hike_step, noise = (float)hike_transition_noise;
    const float *x = set->x, *y = set->y;
    const int32_t *label = set->label;
    float *moved_x = set->moved_x, *moved_y = set->moved_y;
    for (int i = 0; i < count; i++) {
        int displacement = (action + label[i]) & 3;
        float right = displacement == HIKE_RIGHT ? step : 0, left = displacement == HIKE_LEFT ? step : 0;
        float up = displacement == HIKE_UP ? step : 0, down = displacement == HIKE_DOWN ? step : 0;
        moved_x[i] = clamp(x[i] + (right - left) + noise * moved_x[i]);
        moved_y[i] = clamp(y[i] + (up - down) + noise * moved_y[i]);
    }
}

void hike_altitudes(int count, const float *x, const float *y, float *out) {
    const Kernels *kernels = kernels_for(DTYPE_F32);
    const float up = (float)hike_ridge_up, right = (float)hike_ridge_right;
    Matrix values = matrix_view(DTYPE_F32, 1, count, out);
    // The largest density by its logarithm: one exponential for three.
    for (int i = 0; i < count; i++) {
        float xx = x[i] * x[i], yy = y[i] * y[i], aside = fabsf(y[i]) - 0.8F;
        float a = up - 100 * xx - 0.5F * yy, b = right - 0.5F * xx - 50 * (aside * aside);
        out[i] = a > b ? a : b;
    }
    kernels->exp(values, values);
    for (int i = 0; i < count; i++) out[i] = -out[i];
    kernels->exp(values, values);
    for (int i = 0; i < count; i++) out[i] = 0.2F * x[i] + 0.2F * y[i] - 0.02F - out[i];
}

// The altitude nearest to the observation. Observations beyond all altitudes (-1.31 to 0) are nearest to what is nearest to the bound,
// which then leaves the differences their digits.
static float nearest(int count, const float *altitude, float observation) {
    enum { SIDE_BY_SIDE = 8 };
    float target = observation < -2 ? -2 : observation > 1 ? 1 : observation, least[SIDE_BY_SIDE];
    for (int k = 0; k < SIDE_BY_SIDE; k++) least[k] = INFINITY;
    int i = 0;
    for (; i + SIDE_BY_SIDE <= count; i += SIDE_BY_SIDE) {
        for (int k = 0; k < SIDE_BY_SIDE; k++) {
            float distance = fabsf(altitude[i + k] - target);
            least[k] = distance < least[k] ? distance : least[k];
        }
    }
    for (; i < count; i++) {
        float distance = fabsf(altitude[i] - target);
        least[0] = distance < least[0] ? distance : least[0];
    }
    for (int k = 1; k < SIDE_BY_SIDE; k++) least[0] = least[k] < least[0] ? least[k] : least[0];
    for (i = 0; i < count - 1 && fabsf(altitude[i] - target) > least[0];) i++;
    return altitude[i];
}

// With B the altitude nearest to the observation o, so that the density is largest there,
//     log w = [(o - B)^2 - (o - A)^2] / (2 s^2) = (A - B) [o - (A + B) / 2] / s^2:
// the largest is subtracted without any loss, and no finite o makes all weights vanish. Altitudes that rounding cannot tell apart from
// the nearest one count as equal to it.
void hike_weigh(int count, const float *x, const float *y, float observation, float *weights) {
    const float precision = (float)(1 / (hike_observation_noise * hike_observation_noise));
    hike_altitudes(count, x, y, weights);
    const float best = nearest(count, weights, observation);
    for (int i = 0; i < count; i++) {
        float middle = 0.5F * (best + weights[i]);
        float exponent = (precision * (weights[i] - best)) * (observation - middle);
        weights[i] = exponent < 0 ? exponent : 0;
    }
    Matrix values = matrix_view(DTYPE_F32, 1, count, weights);
    kernels_for(DTYPE_F32)->exp(values, values);
}

static void resample(const HikeParticles *filter, const HikeSet *set) {
    const int count = filter->count;
    const int32_t *parent = set->parent;
    particles_accumulate(count, set->weight, set->cumulative);
    if (filter->systematic) particles_systematic(count, set->cumulative, set->uniform[0], set->parent);
    else particles_multinomial(count, set->cumulative, set->uniform, set->guide, set->parent);
    for (int i = 0; i < count; i++) set->x[i] = set->moved_x[parent[i]];
    for (int i = 0; i < count; i++) set->y[i] = set->moved_y[parent[i]];
    if (filter->labels == 1) return;
    memcpy(set->moved_label, set->label, (size_t)count * sizeof *set->label);
    for (int i = 0; i < count; i++) set->label[i] = set->moved_label[parent[i]];
}

void hike_particles_advance(const HikeParticles *filter, const HikeSet *set, int action, float observation) {
    assert(action >= 0 && action < HIKE_ACTIONS);
    move(filter->count, set, action);
    hike_weigh(filter->count, set->moved_x, set->moved_y, observation, set->weight);
    resample(filter, set);
}

// ---- the filter -----------------------------------------------------------------------------------------------------

void hike_particles_reset(const HikeParticles *filter, void *belief, Rng *rng) {
    HikeSet set = hike_particles_set(filter, belief);
    for (int i = 0; i < filter->count; i++) set.x[i] = set.y[i] = (float)hike_start;
    for (int i = 0; i < filter->count; i++) set.label[i] = filter->labels > 1 ? (int32_t)rng_below(rng, HIKE_LABELS) : 0;
}

bool hike_particles_update(const HikeParticles *filter, void *belief, int action, float observation, Rng *rng) {
    if (!isfinite(observation)) return false;
    HikeSet set = hike_particles_set(filter, belief);
    particles_normals(rng, filter->count, set.moved_x, set.moved_y, set.weight);
    particles_uniforms(rng, filter->systematic ? 1 : filter->count, set.uniform);
    hike_particles_advance(filter, &set, action, observation);
    return true;
}

void hike_particles_vector(const HikeParticles *filter, const void *belief, float *out) {
    const HikeSet set = hike_particles_set(filter, (void *)belief);
    for (int i = 0; i < filter->count; i++) {
        out[3 * i] = set.x[i];
        out[3 * i + 1] = set.y[i];
        out[3 * i + 2] = (float)set.label[i];
    }
}

void hike_particles_privileged(const HikeParticles *filter, const void *belief, float *out) {
    const HikeSet set = hike_particles_set(filter, (void *)belief);
    out[0] = set.x[0], out[1] = set.y[0];
    if (filter->labels > 1) out[2] = (float)((HIKE_LABELS - set.label[0]) % HIKE_LABELS);
    for (int i = 1; i < filter->count; i++) {
        if (set.x[i] != set.x[0]) out[0] = NAN;
        if (set.y[i] != set.y[0]) out[1] = NAN;
        if (set.label[i] != set.label[0]) out[2] = NAN;
    }
}
