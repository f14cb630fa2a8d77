#include "envs/hike_grid.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/vmath.h"
#include "envs/mountain_hike.h"

// ---- tables ---------------------------------------------------------------------------------------------------------

static const double inverse_root_two_pi = 0.3989422804014327;

static double normal_density(double z) {
    return inverse_root_two_pi * vmath_exp(-0.5 * z * z);
}

// Probability of a standard normal variate below z. In the middle 1/2 + density(z) (z + z^3/3 + z^5/(3 5) + ...) (Marsaglia, "Evaluating the
// normal distribution", Journal of Statistical Software 2004), in the tails density(z) / (z + 1/(z + 2/(z + 3/...))) (Laplace 1805), which
// keeps the digits of the smallest probabilities.
static double normal_below(double z) {
    if (z > 3) return 1 - normal_below(-z);
    if (z < -3) {
        double fraction = -z;
        for (int k = 60; k >= 1; k--) fraction = k / fraction - z;
        return normal_density(z) / fraction;
    }
    double sum = 0, term = z;
    for (int k = 3; sum + term != sum; k += 2) {
        sum += term;
        term *= z * z / k;
    }
    return 0.5 + normal_density(z) * sum;
}

double hike_grid_place(int points, int i) {
    return 2.0 * i / (points - 1) - 1;
}

// From one point: the density by the trapezoid rule, scaled to the probability between the borders, then the atoms.
static void axis_row(int points, double mean, double *row) {
    double sum = 0;
    for (int j = 0; j < points; j++) {
        row[j] = normal_density((hike_grid_place(points, j) - mean) / hike_transition_noise);
        if (j == 0 || j == points - 1) row[j] *= 0.5;
        sum += row[j];
    }
    double low = normal_below((-1 - mean) / hike_transition_noise), high = normal_below((mean - 1) / hike_transition_noise);
    for (int j = 0; j < points; j++) row[j] *= (1 - low - high) / sum;
    row[0] += low;
    row[points - 1] += high;
}

void hike_grid_axis(int points, double displacement, double *kernel) {
    for (int i = 0; i < points; i++) axis_row(points, hike_grid_place(points, i) + displacement, kernel + i * points);
}

HikeGrid hike_grid_make(int points, int labels) {
    assert(points % 10 == 1);
    const size_t square = (size_t)points * (size_t)points;
    HikeGrid grid = {.points = points, .labels = labels, .altitude = memory_zeroed(square, sizeof(double))};
    for (int i = 0; i < points; i++) {
        for (int j = 0; j < points; j++)
            grid.altitude[i * points + j] = hike_altitude(hike_grid_place(points, i), hike_grid_place(points, j));
    }
    for (int k = 0; k < 3; k++) {
        grid.axis[k] = memory_zeroed(square, sizeof(double));
        hike_grid_axis(points, (k - 1) * hike_step, grid.axis[k]);
    }
    return grid;
}

void hike_grid_release(HikeGrid *grid) {
    free(grid->altitude);
    for (int k = 0; k < 3; k++) free(grid->axis[k]);
}

// ---- the filter -----------------------------------------------------------------------------------------------------

int hike_grid_size(const HikeGrid *grid) {
    return grid->labels * grid->points * grid->points;
}

size_t hike_grid_bytes(const HikeGrid *grid) {
    return (2 * (size_t)hike_grid_size(grid) + (size_t)grid->points * (size_t)grid->points) * sizeof(double);
}

void hike_grid_reset(const HikeGrid *grid, void *belief) {
    const int n = grid->points, start = (n - 1) / 10;
    double *probability = belief;
    memset(probability, 0, hike_grid_bytes(grid));
    for (int l = 0; l < grid->labels; l++) probability[(l * n + start) * n + start] = 1.0 / grid->labels;
}

static const double *axis(const HikeGrid *grid, double displacement) {
    return grid->axis[displacement > 0 ? 2 : displacement < 0 ? 0 : 1];
}

static Matrix square(const HikeGrid *grid, const double *values) {
    return matrix_view(DTYPE_F64, grid->points, grid->points, (void *)values);
}

// next [labels, n, n] from now [labels, n, n], by way of `between` [n, n].
static void predict(const HikeGrid *grid, int action, const double *now, double *between, double *next) {
    const Kernels *kernels = kernels_for(DTYPE_F64);
    const int area = grid->points * grid->points;
    for (int l = 0; l < grid->labels; l++) {
        double right, up;
        hike_displacement((action + l) % HIKE_ACTIONS, &right, &up);
        Matrix from = square(grid, now + l * area), to = square(grid, next + l * area);
        kernels->product(true, false, square(grid, axis(grid, right)), from, false, square(grid, between));
        kernels->product(false, false, square(grid, between), square(grid, axis(grid, up)), false, to);
    }
}

// weight [n, n]: density of the observation at each point, divided by the largest among the points that have probability, of which there is
// always one. See hike_weigh for the formula.
static void weigh(const HikeGrid *grid, const double *next, double observation, double *weight) {
    const int area = grid->points * grid->points;
    const double precision = 1 / (hike_observation_noise * hike_observation_noise);
    double best = NAN, target = observation < -2 ? -2 : observation > 1 ? 1 : observation;
    for (int i = 0; i < area; i++) {
        bool possible = false;
        for (int l = 0; l < grid->labels; l++) possible = possible || next[l * area + i] > 0;
        if (possible && !(fabs(grid->altitude[i] - target) >= fabs(best - target))) best = grid->altitude[i];
    }
    for (int i = 0; i < area; i++) {
        double altitude = grid->altitude[i];
        double exponent = precision * (altitude - best) * (observation - 0.5 * (altitude + best));
        weight[i] = exponent < 0 ? exponent : 0;
    }
    Matrix values = square(grid, weight);
    kernels_for(DTYPE_F64)->exp(values, values);
}

bool hike_grid_update(const HikeGrid *grid, void *belief, int action, float observation) {
    assert(action >= 0 && action < HIKE_ACTIONS);
    if (!isfinite(observation)) return false;
    const int area = grid->points * grid->points, size = hike_grid_size(grid);
    double *now = belief, *next = now + size, *weight = next + size, sum = 0;
    predict(grid, action, now, weight, next);
    weigh(grid, next, (double)observation, weight);
    for (int i = 0; i < size; i++) sum += now[i] = next[i] * weight[i % area];
    assert(sum > 0);
    for (int i = 0; i < size; i++) now[i] /= sum;
    return true;
}

void hike_grid_vector(const HikeGrid *grid, const void *belief, float *out) {
    const double *probability = belief;
    for (int i = 0; i < hike_grid_size(grid); i++) out[i] = (float)probability[i];
}

void hike_grid_privileged(const HikeGrid *grid, const void *belief, float *out) {
    const double *probability = belief;
    const int n = grid->points;
    bool found = false;
    for (int i = 0; i < hike_grid_size(grid); i++) {
        if (!(probability[i] > 0)) continue;
        float x = (float)hike_grid_place(n, i / n % n), y = (float)hike_grid_place(n, i % n);
        float rotation = (float)((HIKE_LABELS - i / (n * n)) % HIKE_LABELS);
        if (!found || out[0] != x) out[0] = found ? NAN : x;
        if (!found || out[1] != y) out[1] = found ? NAN : y;
        if (grid->labels > 1 && (!found || out[2] != rotation)) out[2] = found ? NAN : rotation;
        found = true;
    }
}
