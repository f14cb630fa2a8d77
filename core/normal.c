#include "core/normal.h"

#include <string.h>

#include "core/kernels.h"
#include "core/vmath.h"

enum { CHUNK = 256 };    // variates at a time: what is between stays in the first-level cache

// A number in [1, 2) from the upper 52 bits of two words.
static double one_and_more(uint32_t high, uint32_t low) {
    uint64_t bits = ((uint64_t)high << 32 | low) >> 12 | (uint64_t)0x3ff << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// u in (0, 1], so that its logarithm is finite, and v in [0, 1).
static void uniforms(const uint32_t word[4], double *u, double *v) {
    *u = 2 - one_and_more(word[0], word[1]);
    *v = one_and_more(word[2], word[3]) - 1;
}

double rng_normal(Rng *rng) {
    uint32_t words[4];
    double u, v;
    rng_words(rng, words, 4);
    uniforms(words, &u, &v);
    return vmath_normal(u, v);
}

typedef struct Place {
    int row, col;
} Place;

// Puts `count` numbers from `place` on, row by row, and returns the place behind them.
static Place put(Matrix out, Place place, const double *from, int count) {
    while (count > 0) {
        int run = out.cols - place.col < count ? out.cols - place.col : count;
        Matrix to = matrix_cols(matrix_rows(out, place.row, 1), place.col, run);
        if (out.type == DTYPE_F64) memcpy(to.data, from, (size_t)run * sizeof *from);
        for (int j = 0; j < run && out.type == DTYPE_F32; j++) ((float *)to.data)[j] = (float)from[j];
        from += run, count -= run, place.col += run;
        if (place.col == out.cols) place = (Place){place.row + 1, 0};
    }
    return place;
}

void rng_normals(Rng *rng, Matrix out) {
    const Kernels *kernels = kernels_for(DTYPE_F64);
    uint32_t words[4 * CHUNK];
    double u[CHUNK], v[CHUNK], variates[CHUNK];
    Place place = {0};
    for (int64_t left = (int64_t)out.rows * out.cols; left > 0;) {
        int count = left < CHUNK ? (int)left : CHUNK;
        rng_words(rng, words, 4 * (size_t)count);
        for (int k = 0; k < count; k++) uniforms(words + 4 * k, &u[k], &v[k]);
        Matrix y = matrix_view(DTYPE_F64, 1, count, variates);
        kernels->normal(matrix_view(DTYPE_F64, 1, count, u), matrix_view(DTYPE_F64, 1, count, v), y);
        place = put(out, place, variates, count);
        left -= count;
    }
}
