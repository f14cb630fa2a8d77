// Template: Deep Sets for one Real and one instruction set. Needs core/real_*.h, DEEP_SET_TABLE, DEEP_SET_PATH.
//
// Forwards, a block of particles goes through both layers in the first-level cache; the second layer, which has nearly all of the products,
// is a tile of particles by units in registers. Backwards there are no products of that size: with g the gradient of a set's sum, and a_p the
// pattern of units above zero of particle p,
//
//     dW2[i][j] = g[j] sum_p h1_p[i] a_p[j]         sums of some h1_p, chosen by the particles' bits of unit j
//     dh1_p[i]  = sum_j a_p[j] (W2[i][j] g[j])      sums of some columns, chosen by the units' bits of particle p
//
// are sums over subsets. Of four terms at a time there are sixteen such sums; they are tabulated, and one look-up with four bits replaces four
// multiplications and additions (the "method of four Russians": Arlazarov, Dinic, Kronrod and Faradzhev 1970).
//
// Every output is a sum in an order that depends on neither the width of vectors nor the size of tiles: over the inputs in turn; over the
// particles of a block of SUM_BLOCK, then over blocks; over fours, then over those in turn.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/lanes.inc.h"

#include "core/chain.inc.h"

enum {
    FIRST = DEEP_SET_FIRST,
    SECOND = DEEP_SET_SECOND,
    FIRST_VECTORS = FIRST / LANES,
    SECOND_VECTORS = SECOND / LANES,
    TILE_ROWS = CHAIN_WIDE ? 6 : 4,    // particles and vectors of units in registers
    TILE_VECTORS = CHAIN_WIDE ? 4 : 2,
    SUM_BLOCK = 48,    // particles: whole tiles
    BIT_BLOCK = 32,    // particles whose bits of one unit are a word
    FOUR = 4,
    SUBSETS = 1 << FOUR,
    ENTRY_SHIFT = sizeof(Real) == 4 ? 7 : 8,    // entries of a table, FIRST numbers, lie 1 << ENTRY_SHIFT bytes apart
    SUM_VECTORS = FIRST_VECTORS < 4 ? FIRST_VECTORS : 4,    // accumulators of sums over subsets: of one output ...
    SUM_UNITS = 8 / SUM_VECTORS,                            // ... and outputs side by side
};

_Static_assert(FIRST * sizeof(Real) == 1 << ENTRY_SHIFT && SECOND == 64 && FIRST == BIT_BLOCK && SUM_BLOCK % TILE_ROWS == 0,
               "sizes that the loops below rely on");

typedef struct Layers {
    int size;
    Real w1[DEEP_SET_INPUT_MAX * FIRST], b1[FIRST], w2[FIRST * SECOND], b2[SECOND];
} __attribute__((aligned(64))) Layers;

static inline const Real *set_of(const DeepSetPass *pass, int s) {
    return matrix_row(pass->rows, pass->index ? pass->index[s] : s);
}

static void copy_rows(Matrix from, Real *to) {
    for (int i = 0; i < from.rows; i++)
        memcpy(to + (size_t)i * (size_t)from.cols, matrix_row(from, i), (size_t)from.cols * sizeof(Real));
}

static void load_layers(const DeepSetPass *pass, Layers *layers) {
    layers->size = pass->size;
    copy_rows(pass->w1, layers->w1);
    copy_rows(pass->b1, layers->b1);
    copy_rows(pass->w2, layers->w2);
    copy_rows(pass->b2, layers->b2);
}

// max(v, 0), and NaN for NaN.
static inline Lanes rectified(Lanes v) {
    return lanes_max(lanes_all(0), v);
}

// ---- forwards ------------------------------------------------------------------------------------------------------------------

static inline __attribute__((always_inline)) void first_tile(int rows, const Layers *layers, const Real *x, int vector,
                                                             Real *h1) {
    Lanes sum[2][CHAIN_ROWS];
    const Real *bias = layers->b1 + vector * LANES;
    for (int i = 0; i < rows; i++) sum[0][i] = lanes_load(bias), sum[1][i] = lanes_load(bias + LANES);
    chain(rows, 2, sum, (ChainLeft){x, (size_t)layers->size, 1}, (ChainRight){layers->w1 + vector * LANES, FIRST, LANES},
          layers->size);
    for (int i = 0; i < rows; i++) {
        lanes_store(h1 + i * FIRST + vector * LANES, rectified(sum[0][i]));
        lanes_store(h1 + i * FIRST + (vector + 1) * LANES, rectified(sum[1][i]));
    }
}

// h1 [count, FIRST] of `count` particles.
static void first_layer(const Layers *layers, const Real *x, int count, Real *h1) {
    size_t size = (size_t)layers->size;
    for (int v = 0; v < FIRST_VECTORS; v += 2) {
        int p = 0;
        for (; p + CHAIN_ROWS <= count; p += CHAIN_ROWS)
            first_tile(CHAIN_ROWS, layers, x + (size_t)p * size, v, h1 + p * FIRST);
        for (; p < count; p++) first_tile(1, layers, x + (size_t)p * size, v, h1 + p * FIRST);
    }
}

// Adds the second layer of `rows` particles to `total` [SECOND], and says in `active` which units are above zero.
static inline __attribute__((always_inline)) void second_tile(int rows, const Layers *layers, const Real *h1, int vector,
                                                              Real *total, uint64_t *active) {
    Lanes sum[TILE_VECTORS][CHAIN_ROWS];
    for (int v = 0; v < TILE_VECTORS; v++) {
        for (int i = 0; i < rows; i++) sum[v][i] = lanes_load(layers->b2 + (vector + v) * LANES);
    }
    chain(rows, TILE_VECTORS, sum, (ChainLeft){h1, FIRST, 1}, (ChainRight){layers->w2 + vector * LANES, SECOND, LANES}, FIRST);
    for (int i = 0; active && i < rows; i++) {
        uint64_t bits = vector > 0 ? active[i] : 0;
        for (int v = 0; v < TILE_VECTORS; v++)
            bits |= (uint64_t)lanes_mask_bits(lanes_less(lanes_all(0), sum[v][i])) << ((vector + v) * LANES);
        active[i] = bits;
    }
    for (int v = 0; v < TILE_VECTORS; v++) {
        Lanes all = lanes_load(total + (vector + v) * LANES);
        for (int i = 0; i < rows; i++) all += rectified(sum[v][i]);
        lanes_store(total + (vector + v) * LANES, all);
    }
}

static void second_layer(const Layers *layers, const Real *h1, int count, Real *total, uint64_t *active) {
    for (int v = 0; v < SECOND_VECTORS; v += TILE_VECTORS) {
        int p = 0;
        for (; p + TILE_ROWS <= count; p += TILE_ROWS)
            second_tile(TILE_ROWS, layers, h1 + p * FIRST, v, total, active ? active + p : NULL);
        for (; p < count; p++) second_tile(1, layers, h1 + p * FIRST, v, total, active ? active + p : NULL);
    }
}

static void forward(const DeepSetPass *pass) {
    Layers layers;
    load_layers(pass, &layers);
    Real h1[SUM_BLOCK * FIRST] __attribute__((aligned(64))), part[SECOND] __attribute__((aligned(64)));
    for (int s = 0; s < pass->count; s++) {
        const Real *x = set_of(pass, s);
        Real *sum = matrix_row(pass->sums, s);
        uint64_t *active = pass->active ? pass->active + (size_t)s * (size_t)pass->particles : NULL;
        memset(sum, 0, SECOND * sizeof(Real));
        for (int first = 0; first < pass->particles; first += SUM_BLOCK) {
            int count = pass->particles - first < SUM_BLOCK ? pass->particles - first : SUM_BLOCK;
            first_layer(&layers, x + (size_t)first * (size_t)pass->size, count, h1);
            memset(part, 0, sizeof part);
            second_layer(&layers, h1, count, part, active ? active + first : NULL);
            for (int j = 0; j < SECOND; j++) sum[j] += part[j];
        }
    }
}

// ---- backwards: sums over subsets -------------------------------------------------------------------------------------------------

// table[b] = the sum of those of four rows [FOUR, FIRST] whose bit in b is set.
static inline void tabulate(const Real *rows, Real *table) {
    for (int v = 0; v < FIRST; v += LANES) {
        Lanes sum[SUBSETS] = {lanes_all(0)};
        for (int k = 0; k < FOUR; k++) {
            Lanes row = lanes_load(rows + k * FIRST + v);
            for (int b = 0; b < 1 << k; b++) sum[(1 << k) + b] = sum[b] + row;
        }
        for (int b = 0; b < SUBSETS; b++) lanes_store(table + b * FIRST + v, sum[b]);
    }
}

// Bits turned so that the lowest four, times the distance of the entries of a table, are the offset of one.
static inline uint64_t turned(uint64_t bits) {
    return bits << ENTRY_SHIFT | bits >> (64 - ENTRY_SHIFT);
}

// Sums of `units` outputs continue over the tables of `fours` fours; bits[u], turned: four of them for each table, the first ones lowest.
static inline __attribute__((always_inline)) void look_up(int units, const uint64_t *bits, const Real *tables, int fours,
                                                          int vector, Lanes sum[][SUM_VECTORS]) {
    uint64_t left[SUM_UNITS];
    const char *table = (const char *)(tables + vector * LANES);
    for (int u = 0; u < units; u++) left[u] = bits[u];
    for (int four = 0; four < fours; four++, table += SUBSETS << ENTRY_SHIFT) {
        for (int u = 0; u < units; u++) {
            const Real *entry = (const Real *)(table + (left[u] & (SUBSETS - 1) << ENTRY_SHIFT));
            left[u] = left[u] >> FOUR | left[u] << (64 - FOUR);
            for (int v = 0; v < SUM_VECTORS; v++) sum[u][v] += lanes_load(entry + v * LANES);
        }
    }
}

// The words of up to 32 particles as 64 words of units: in[p] bit j becomes bit p of out[j]. Both halves of a word side by side are 32 x 32
// bits, which are transposed by exchanging ever smaller squares.
static void transpose_bits(const uint64_t *in, int count, uint64_t *out) {
    uint64_t a[BIT_BLOCK] = {0}, mask = 0x0000FFFF0000FFFF;
    memcpy(a, in, (size_t)count * sizeof *a);
    for (int width = BIT_BLOCK / 2; width > 0; width /= 2, mask ^= mask << width) {
        for (int base = 0; base < BIT_BLOCK; base += 2 * width) {
            for (int k = base; k < base + width; k++) {
                uint64_t swap = ((a[k] >> width) ^ a[k + width]) & mask;
                a[k] ^= swap << width;
                a[k + width] ^= swap;
            }
        }
    }
    for (int j = 0; j < BIT_BLOCK; j++) out[j] = a[j] & UINT32_MAX, out[j + BIT_BLOCK] = a[j] >> BIT_BLOCK;
}

// ---- backwards: the second layer ---------------------------------------------------------------------------------------------------

typedef struct Sums {
    Real w1[(DEEP_SET_INPUT_MAX + FOUR) * FIRST];    // after those of the particle's numbers, the gradient of b1
    Real w2[SECOND * FIRST], b2[SECOND];             // W2 transposed
} __attribute__((aligned(64))) Sums;

// sum[j] [FIRST] += sums of h1 over the particles with unit j above zero; bits[j], turned: which of the 32 that is.
static void add_chosen(const uint64_t *bits, const Real *tables, Real *sum) {
    for (int j = 0; j < SECOND; j += SUM_UNITS) {
        for (int vector = 0; vector < FIRST_VECTORS; vector += SUM_VECTORS) {
            Lanes part[SUM_UNITS][SUM_VECTORS];
            Real *to = sum + j * FIRST + vector * LANES;
            for (int u = 0; u < SUM_UNITS; u++) {
                for (int v = 0; v < SUM_VECTORS; v++) part[u][v] = lanes_load(to + u * FIRST + v * LANES);
            }
            look_up(SUM_UNITS, bits + j, tables, BIT_BLOCK / FOUR, vector, part);
            for (int u = 0; u < SUM_UNITS; u++) {
                for (int v = 0; v < SUM_VECTORS; v++) lanes_store(to + u * FIRST + v * LANES, part[u][v]);
            }
        }
    }
}

// Gradients of W2 and b2 from one set.
static void second_gradients(const DeepSetPass *pass, const Layers *layers, const Real *x, const uint64_t *active,
                             const Real *g, Sums *sums) {
    Real h1[BIT_BLOCK * FIRST] __attribute__((aligned(64))), chosen[SECOND * FIRST] __attribute__((aligned(64))) = {0};
    Real tables[BIT_BLOCK / FOUR * SUBSETS * FIRST] __attribute__((aligned(64)));
    uint64_t bits[SECOND];
    int above[SECOND] = {0};    // particles
    memset(h1, 0, sizeof h1);
    for (int first = 0; first < pass->particles; first += BIT_BLOCK) {
        int count = pass->particles - first < BIT_BLOCK ? pass->particles - first : BIT_BLOCK;
        first_layer(layers, x + (size_t)first * (size_t)pass->size, count, h1);
        for (int p = 0; p < BIT_BLOCK; p += FOUR) tabulate(h1 + p * FIRST, tables + p / FOUR * SUBSETS * FIRST);
        transpose_bits(active + first, count, bits);
        for (int j = 0; j < SECOND; j++) above[j] += __builtin_popcountll(bits[j]), bits[j] = turned(bits[j]);
        add_chosen(bits, tables, chosen);
    }
    for (int j = 0; j < SECOND; j++) {
        for (int i = 0; i < FIRST; i++)
            sums->w2[j * FIRST + i] = REAL_FMA(g[j], chosen[j * FIRST + i], sums->w2[j * FIRST + i]);
        sums->b2[j] = REAL_FMA(g[j], (Real)above[j], sums->b2[j]);
    }
}

// ---- backwards: the first layer ----------------------------------------------------------------------------------------------------

// The numbers of a particle, a 1 behind them for the bias, and zeros up to whole fours.
static int with_one(const Layers *layers, const Real *x, int count, Real *out) {
    int size = layers->size, width = (size + FOUR) / FOUR * FOUR;
    for (int p = 0; p < count; p++) {
        for (int k = 0; k < width; k++) out[p * width + k] = k < size ? x[p * size + k] : k == size;
    }
    return width;
}

// sum [width, FIRST] += x' d over `count` particles.
static void first_products(const Real *x, int width, const Real *d, int count, Real *sum) {
    for (int k = 0; k < width; k += FOUR) {
        for (int vector = 0; vector < FIRST_VECTORS; vector += 2) {
            Lanes part[2][CHAIN_ROWS];
            Real *to = sum + k * FIRST + vector * LANES;
            for (int i = 0; i < FOUR; i++)
                part[0][i] = lanes_load(to + i * FIRST), part[1][i] = lanes_load(to + i * FIRST + LANES);
            chain(FOUR, 2, part, (ChainLeft){x + k, 1, (size_t)width}, (ChainRight){d + vector * LANES, FIRST, LANES}, count);
            for (int i = 0; i < FOUR; i++)
                lanes_store(to + i * FIRST, part[0][i]), lanes_store(to + i * FIRST + LANES, part[1][i]);
        }
    }
}

// In place of h1, the gradient of what it is the rectified form of.
static void through_second(const uint64_t *active, const Real *tables, int count, Real *h1) {
    for (int p = 0; p < count; p++, h1 += FIRST) {
        const uint64_t bits = turned(active[p]);
        for (int vector = 0; vector < FIRST_VECTORS; vector += SUM_VECTORS) {
            Lanes d[1][SUM_VECTORS];
            for (int v = 0; v < SUM_VECTORS; v++) d[0][v] = lanes_all(0);
            look_up(1, &bits, tables, SECOND / FOUR, vector, d);
            for (int v = 0; v < SUM_VECTORS; v++) {
                Real *unit = h1 + (vector + v) * LANES;
                lanes_store(unit, lanes_select(lanes_less(lanes_all(0), lanes_load(unit)), d[0][v], lanes_all(0)));
            }
        }
    }
}

// Gradients of W1 and b1 from one set. The tables have their own pass over the particles: together with those of the second layer they would
// not fit into the first-level cache.
static void first_gradients(const DeepSetPass *pass, const Layers *layers, const Real *transposed, const Real *x,
                            const uint64_t *active, const Real *g, Sums *sums) {
    Real h1[BIT_BLOCK * FIRST] __attribute__((aligned(64))), rows[FOUR * FIRST] __attribute__((aligned(64)));
    Real tables[SECOND / FOUR * SUBSETS * FIRST] __attribute__((aligned(64)));
    Real numbers[BIT_BLOCK * (DEEP_SET_INPUT_MAX + FOUR)];
    for (int j = 0; j < SECOND; j += FOUR) {
        for (int k = 0; k < FOUR; k++) {
            for (int i = 0; i < FIRST; i++) rows[k * FIRST + i] = g[j + k] * transposed[(j + k) * FIRST + i];
        }
        tabulate(rows, tables + j / FOUR * SUBSETS * FIRST);
    }
    for (int first = 0; first < pass->particles; first += BIT_BLOCK) {
        int count = pass->particles - first < BIT_BLOCK ? pass->particles - first : BIT_BLOCK;
        const Real *block = x + (size_t)first * (size_t)pass->size;
        first_layer(layers, block, count, h1);
        through_second(active + first, tables, count, h1);
        int width = with_one(layers, block, count, numbers);
        first_products(numbers, width, h1, count, sums->w1);
    }
}

static void add_rows(const Real *from, size_t row_step, size_t col_step, Matrix to) {
    for (int i = 0; to.data && i < to.rows; i++) {
        Real *row = matrix_row(to, i);
        for (int j = 0; j < to.cols; j++) row[j] += from[(size_t)i * row_step + (size_t)j * col_step];
    }
}

static void backward(const DeepSetPass *pass, const DeepSetGradients *gradients) {
    Layers layers;
    Sums sums;
    Real transposed[SECOND * FIRST] __attribute__((aligned(64)));
    load_layers(pass, &layers);
    memset(&sums, 0, sizeof sums);
    for (int j = 0; j < SECOND; j++) {
        for (int i = 0; i < FIRST; i++) transposed[j * FIRST + i] = layers.w2[i * SECOND + j];
    }
    for (int s = 0; s < pass->count; s++) {
        const Real *x = set_of(pass, s), *g = matrix_row(gradients->sums, s);
        const uint64_t *active = pass->active + (size_t)s * (size_t)pass->particles;
        second_gradients(pass, &layers, x, active, g, &sums);
        first_gradients(pass, &layers, transposed, x, active, g, &sums);
    }
    add_rows(sums.w1, FIRST, 1, gradients->w1);
    add_rows(sums.w1 + pass->size * FIRST, FIRST, 1, gradients->b1);
    add_rows(sums.w2, 1, FIRST, gradients->w2);
    add_rows(sums.b2, SECOND, 1, gradients->b2);
}

const DeepSetKernels DEEP_SET_TABLE = {.path = DEEP_SET_PATH, .forward = forward, .backward = backward};
