#include "envs/popgym/noise.h"

#include <math.h>

#include "core/clones.h"
#include "core/vmath.h"
#include "envs/particle_filter.h"

enum { CHUNK = 128 };    // environments at a time: what is between stays in the first-level cache

Noise noise_of(NativeLevel level, float bound_0, float bound_1) {
    static const float sigma[LEVEL_COUNT] = {0.1F, 0.2F, 0.3F};
    return (Noise){
        .sigma = sigma[level], .bound = {bound_0, bound_1}, .f32 = kernels_for(DTYPE_F32), .f64 = kernels_for(DTYPE_F64)};
}

CLONES static void add(const Noise *noise, int count, const float *first, const float *second, float *observations) {
    for (int i = 0; i < count; i++)
        noise_add(noise, noise->sigma * first[i], noise->sigma * second[i], observations + NOISE_NUMBERS * i);
}

void noise_add_many(const Noise *noise, int count, Rng *rngs, float *observations) {
    uint32_t words[2 * CHUNK];
    float first[CHUNK], second[CHUNK], scratch[CHUNK];
    for (int done = 0; done < count; done += CHUNK) {
        const int here = count - done < CHUNK ? count - done : CHUNK;
        float *observation = observations + NOISE_NUMBERS * done;
        rng_words_of_each(rngs + done, (size_t)here, 2, words);
        particles_box_muller(noise->f32, here, words, first, second, scratch);
        add(noise, here, first, second, observation);
    }
}

// ---- likelihoods -----------------------------------------------------------------------------------------------------------------

// erfc(y) = e^(-y^2) [2 h y / pi sum over k >= 0 of e^(-u^2) / (u^2 + y^2) + correction], u = (k + 1/2) h: the midpoint rule for an integral over
// a line, and 2 e^(y^2) / (1 + e^(2 pi y / h)) for the pole where y < pi / h (Matta and Reichel, "Uniform computation of the error function and
// other related functions", Mathematics of Computation 1971). With h = 1/2 it is off by less than 1e-16.
enum { TAIL_TERMS = 12 };
static const double tail_step = 0.5;

// out = e^(y^2) erfc(y), y >= 0: [count], at most CHUNK.
static void scaled_erfc(const Kernels *kernels, int count, const double *y, double *out) {
    double square[CHUNK], turn[CHUNK], sum[CHUNK] = {0};
    for (int k = TAIL_TERMS - 1; k >= 0; k--) {
        const double u = (k + 0.5) * tail_step, weight = vmath_exp(-u * u);
        for (int i = 0; i < count; i++) sum[i] += weight / (u * u + y[i] * y[i]);
    }
    for (int i = 0; i < count; i++) {
        const double low = y[i] < vmath_pi / tail_step ? y[i] : vmath_pi / tail_step;
        square[i] = low * low, turn[i] = 2 * vmath_pi / tail_step * low;
    }
    const Matrix squares = matrix_view(DTYPE_F64, 1, count, square), turns = matrix_view(DTYPE_F64, 1, count, turn);
    kernels->exp(squares, squares);
    kernels->exp(turns, turns);
    for (int i = 0; i < count; i++) {
        const double correction = y[i] < vmath_pi / tail_step ? 2 * square[i] / (1 + turn[i]) : 0;
        out[i] = 2 * tail_step * y[i] / vmath_pi * sum[i] + correction;
    }
}

// ln P(z > x), z standard normal: [count], at most CHUNK.
static void log_tails(const Kernels *kernels, int count, const double *x, double *out) {
    double y[CHUNK];
    for (int i = 0; i < count; i++) y[i] = fabs(x[i]) * 0.70710678118654752;
    scaled_erfc(kernels, count, y, out);
    for (int i = 0; i < count; i++) out[i] *= 0.5;
    const Matrix values = matrix_view(DTYPE_F64, 1, count, out);
    kernels->log(values, values);
    for (int i = 0; i < count; i++) out[i] -= y[i] * y[i];
    for (int i = 0; i < count; i++) {
        if (x[i] < 0) out[i] = vmath_log(1 - vmath_exp(out[i]));
    }
}

static void weigh_clipped(const Noise *noise, double bound, double side, int count, const double *means,
                          double *log_likelihood) {
    const double precision = 1 / (double)noise->sigma;
    double beyond[CHUNK], tail[CHUNK];
    for (int done = 0; done < count; done += CHUNK) {
        const int here = count - done < CHUNK ? count - done : CHUNK;
        for (int i = 0; i < here; i++) beyond[i] = (bound - side * means[done + i]) * precision;
        log_tails(noise->f64, here, beyond, tail);
        for (int i = 0; i < here; i++) log_likelihood[done + i] += tail[i];
    }
}

void noise_weigh(const Noise *noise, int k, float observed, int count, const double *means, double *log_likelihood) {
    const double precision = 1 / (double)noise->sigma, at = (double)observed, bound = (double)noise->bound[k];
    if (fabs(at) >= bound) {
        weigh_clipped(noise, bound, at > 0 ? 1 : -1, count, means, log_likelihood);
        return;
    }
    for (int i = 0; i < count; i++) {
        const double z = (at - means[i]) * precision;
        log_likelihood[i] -= 0.5 * z * z;
    }
}
