#include "envs/particle_filter.h"

#include <assert.h>
#include <string.h>

#include "core/clones.h"

enum { CHUNK = 256 };    // words are drawn in pieces that stay in the first-level cache

// ---- noise ----------------------------------------------------------------------------------------------------------

// radius in (0, 1], angle in [0, 1), in turns; and the angle a quarter of a turn back, where cosine becomes sine.
CLONES static void radii_and_angles(int count, const uint32_t *words, float *radius, float *angle, float *before) {
    for (int i = 0; i < count; i++) {
        radius[i] = (float)(int32_t)(words[2 * i] >> 1 | 1) * 0x1p-31F;
        angle[i] = (float)(int32_t)(words[2 * i + 1] >> 8) * 0x1p-24F;
        before[i] = angle[i] < 0.25F ? angle[i] + 0.75F : angle[i] - 0.25F;
    }
}

void particles_box_muller(const Kernels *kernels, int count, const uint32_t *words, float *x, float *y, float *scratch) {
    radii_and_angles(count, words, scratch, x, y);
    Matrix radius = matrix_view(DTYPE_F32, 1, count, scratch);
    Matrix cosine = matrix_view(DTYPE_F32, 1, count, x), sine = matrix_view(DTYPE_F32, 1, count, y);
    kernels->normal(radius, cosine, cosine);
    kernels->normal(radius, sine, sine);
}

void particles_normals(Rng *rng, int count, float *x, float *y, float *scratch) {
    const Kernels *kernels = kernels_for(DTYPE_F32);
    uint32_t words[2 * CHUNK];
    for (int first = 0; first < count; first += CHUNK) {
        int here = count - first < CHUNK ? count - first : CHUNK;
        rng_words(rng, words, 2 * (size_t)here);
        particles_box_muller(kernels, here, words, x + first, y + first, scratch + first);
    }
}

void particles_uniforms(Rng *rng, int count, double *out) {
    uint32_t words[CHUNK];
    for (int first = 0; first < count; first += CHUNK) {
        int here = count - first < CHUNK ? count - first : CHUNK;
        rng_words(rng, words, (size_t)here);
        for (int i = 0; i < here; i++) out[first + i] = (double)words[i] * 0x1p-32;
    }
}

// ---- resampling -----------------------------------------------------------------------------------------------------

void particles_accumulate(int count, const float *weights, double *cumulative) {
    double sum = 0;
    for (int i = 0; i < count; i++) cumulative[i] = sum += (double)weights[i];
    assert(sum > 0);
    for (int i = 0; i < count; i++) cumulative[i] /= sum;
}

// Cells of the table: a power of two, so that multiplying by it is exact. With at least two for each particle most draws end where they
// begin, and the processor foresees it.
static int guide_cells(int count) {
    int cells = 2;
    while (cells < 2 * count) cells *= 2;
    return cells;
}

size_t particles_guide_size(int count) {
    return (size_t)guide_cells(count) + 1;
}

// guide[k] = how many cumulative[i] <= k / cells: first how many become so at k, then their sums.
static void fill_guide(int count, int cells, const double *cumulative, int32_t *guide) {
    memset(guide, 0, ((size_t)cells + 1) * sizeof *guide);
    for (int i = 0; i < count; i++) {
        double place = cumulative[i] * cells;
        int below = (int)place;
        guide[below + (below < place)]++;
    }
    int32_t sum = 0;
    for (int k = 0; k <= cells; k++) guide[k] = sum += guide[k];
}

void particles_multinomial(int count, const double *cumulative, const double *uniforms, int32_t *guide, int32_t *parents) {
    const int cells = guide_cells(count);
    fill_guide(count, cells, cumulative, guide);
    for (int i = 0; i < count; i++) {
        double u = uniforms[i];
        assert(u >= 0 && u < 1);
        int32_t parent = guide[(int)(u * cells)];
        while (cumulative[parent] <= u) parent++;
        parents[i] = parent;
    }
}

// Parent of point j = how many cumulative[i] <= (j + uniform) / count: as above, first how many become so at j. The last particle takes
// what is left, whatever was rounded.
void particles_systematic(int count, const double *cumulative, double uniform, int32_t *parents) {
    assert(uniform >= 0 && uniform < 1);
    memset(parents, 0, (size_t)count * sizeof *parents);
    for (int i = 0; i < count - 1; i++) {
        double place = cumulative[i] * count - uniform;
        int below = (int)place, point = below + (below < place);
        if (point < count) parents[point]++;
    }
    int32_t sum = 0;
    for (int j = 0; j < count; j++) parents[j] = sum += parents[j];
}
