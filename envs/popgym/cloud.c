#include "envs/popgym/cloud.h"

#include <assert.h>
#include <math.h>

#include "core/kernels.h"
#include "envs/particle_filter.h"

enum { N = CLOUD_PARTICLES, D = CLOUD_DIMENSIONS };

BeliefPart cloud_part(int dimensions) {
    return (BeliefPart){.about = "", .kind = BELIEF_PARTICLES, .particles = N, .size = dimensions};
}

bool cloud_weigh(Cloud *cloud, double *log_likelihood) {
    const Kernels *kernels = kernels_for(DTYPE_F64);
    double largest = -INFINITY;
    for (int i = 0; i < N; i++) {
        if (cloud->weight[i] > 0 && log_likelihood[i] > largest) largest = log_likelihood[i];
    }
    if (!isfinite(largest)) return false;
    for (int i = 0; i < N; i++) log_likelihood[i] -= largest;
    const Matrix values = matrix_view(DTYPE_F64, 1, N, log_likelihood);
    kernels->exp(values, values);
    float most = 0;
    for (int i = 0; i < N; i++) {
        const float weight = (float)((double)cloud->weight[i] * log_likelihood[i]);
        if (weight > most) most = weight;
    }
    if (!(most > 0)) return false;
    for (int i = 0; i < N; i++) cloud->weight[i] = (float)((double)cloud->weight[i] * log_likelihood[i]) / most;
    return true;
}

// ---- resampling --------------------------------------------------------------------------------------------------------------------

static bool unequal(const Cloud *cloud) {
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) sum += (double)cloud->weight[i], squares += (double)cloud->weight[i] * (double)cloud->weight[i];
    return sum * sum < 0.5 * N * squares;
}

static double mean_of(const double *x) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += x[i];
    return sum / N;
}

// Lower triangle L of the covariance L L' of numbers less their mean, after Cholesky; a number that does not vary has no noise.
static void root_of_covariance(int dimensions, double (*apart)[N], double root[D][D]) {
    for (int j = 0; j < dimensions; j++) {
        for (int i = j; i < dimensions; i++) {
            double sum = 0;
            for (int n = 0; n < N; n++) sum += apart[i][n] * apart[j][n];
            sum /= N;
            for (int k = 0; k < j; k++) sum -= root[i][k] * root[j][k];
            root[i][j] = i == j ? sqrt(fmax(sum, 0)) : root[j][j] > 0 ? sum / root[j][j] : 0;
        }
    }
}

static double bandwidth(int dimensions) {
    // N = 1024 particles: (4/6)^(1/8) 1024^(-1/8) in four dimensions, 1024^(-1/6) in two.
    static_assert(N == 1024, "bandwidths are of this many particles");
    return dimensions == 4 ? 0.39967 : 0.31498;
}

static void spread(Cloud *cloud, int dimensions, Rng *rng) {
    const double h = bandwidth(dimensions), a = sqrt(1 - h * h);
    float noise[D][N], scratch[N];
    double mean[D], root[D][D];
    for (int k = 0; k < D; k += 2) {
        if (k < dimensions) particles_normals(rng, N, noise[k], noise[k + 1], scratch);
    }
    for (int k = 0; k < dimensions; k++) {
        mean[k] = mean_of(cloud->at[k]);
        for (int i = 0; i < N; i++) cloud->at[k][i] -= mean[k];
    }
    root_of_covariance(dimensions, cloud->at, root);
    for (int k = 0; k < dimensions; k++) {
        for (int i = 0; i < N; i++) {
            double moved = mean[k] + a * cloud->at[k][i];
            for (int j = 0; j <= k; j++) moved += h * root[k][j] * (double)noise[j][i];
            cloud->at[k][i] = moved;
        }
    }
}

bool cloud_settle(Cloud *cloud, int dimensions, Rng *rng) {
    if (!unequal(cloud)) return false;
    double cumulative[N], uniform, old[N];
    int32_t parents[N];
    particles_accumulate(N, cloud->weight, cumulative);
    particles_uniforms(rng, 1, &uniform);
    particles_systematic(N, cumulative, uniform, parents);
    for (int k = 0; k < dimensions; k++) {
        for (int i = 0; i < N; i++) old[i] = cloud->at[k][i];
        for (int i = 0; i < N; i++) cloud->at[k][i] = old[parents[i]];
    }
    for (int i = 0; i < N; i++) cloud->weight[i] = 1;
    spread(cloud, dimensions, rng);
    return true;
}

void cloud_parents(const Cloud *cloud, int32_t *parents) {
    double cumulative[N];
    particles_accumulate(N, cloud->weight, cumulative);
    particles_systematic(N, cumulative, 0.5, parents);
}
