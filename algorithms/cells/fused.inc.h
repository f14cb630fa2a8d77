// Template: fused cells for one Real and one instruction set. Needs core/real_*.h, FUSED_TABLE, FUSED_PATH.
//
// A tile is a few rows by LANES units by all accumulators of a unit: the chain of products runs in registers, and the cell's functions
// are applied before anything is stored. Every accumulator is one chain c = fma(a[k], w[k], c) in increasing k, first over the inputs and
// then over the hidden units, so that bits do not depend on the size of tiles.
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lanes.inc.h"

#include "core/functions.inc.h"

enum {
    FORWARD_ROWS = LANES_BYTES == 64 ? 4 : 2,    // times 4 gates: accumulators for the registers there are
    BACKWARD_ROWS = LANES_BYTES == 64 ? 8 : 4,
    TILE_ROWS_MAX = BACKWARD_ROWS,
    BACKWARD_VECTORS = 2,
    BACKWARD_PANEL = 2 * FUSED_BLOCK,
};

static inline Real *at(Matrix m, int row, int col) {
    return (Real *)m.data + (size_t)row * (size_t)m.stride + col;
}

// sum[first + j][i] continues over a[i][k] panel[k][j]; rows of a lie `a_step` apart, of the panel `panel_step`, its vectors `panel_gap`.
static inline __attribute__((always_inline)) void chain(int rows, int first, int count, Lanes sum[][TILE_ROWS_MAX],
                                                        const Real *a, size_t a_step, const Real *panel, size_t panel_step,
                                                        int panel_gap, int depth) {
    for (int k = 0; k < depth; k++) {
        Lanes right[FUSED_GATES];
        for (int j = 0; j < count; j++) right[j] = lanes_load(panel + (size_t)k * panel_step + j * panel_gap);
        for (int i = 0; i < rows; i++) {
            Lanes left = lanes_all(a[(size_t)i * a_step + (size_t)k]);
            for (int j = 0; j < count; j++) sum[first + j][i] = lanes_fma(left, right[j], sum[first + j][i]);
        }
    }
}

// ---- forwards ------------------------------------------------------------------------------------------------------------------

// What a cell's pointwise code sees: LANES units of one row.
typedef struct ForwardUnits {
    const Real *h_old, *c_old, *vectors;
    Real *h_new, *c_new, *kept;
    int plane;    // distance of planes and vectors
} ForwardUnits;

// All rows of a tile at once: sum[accumulator][row], u[row].
typedef void ForwardPoint(int rows, Lanes sum[][TILE_ROWS_MAX], const ForwardUnits *u);

static inline void keep(ForwardUnits u, int plane, Lanes v) {
    lanes_store(u.kept + plane * u.plane, v);
}

static inline Lanes vector_of(const Real *vectors, int which, int plane) {
    return lanes_load(vectors + which * plane);
}

static inline __attribute__((always_inline)) void forward_tile(int rows, FusedGates gates, ForwardPoint *point,
                                                               const FusedForward *s, int row, int unit) {
    Lanes sum[FUSED_GATES][TILE_ROWS_MAX];
    ForwardUnits u[FORWARD_ROWS];
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < gates.sums; j++) sum[j][i] = lanes_load(at(s->start, row + i, j * s->padded + unit));
    }
    size_t block = (size_t)(unit / FUSED_BLOCK);
    int lane = unit % FUSED_BLOCK, x_width = gates.x_count * FUSED_BLOCK, h_width = gates.h_count * FUSED_BLOCK;
    if (gates.x_count) {
        const Real *panel = (const Real *)s->x_panels + block * (size_t)(s->x.cols * x_width) + lane;
        chain(rows, gates.x_first, gates.x_count, sum, at(s->x, row, 0), (size_t)s->x.stride, panel, (size_t)x_width,
              FUSED_BLOCK, s->x.cols);
    }
    if (gates.h_count) {
        const Real *panel = (const Real *)s->h_panels + block * (size_t)(s->h.cols * h_width) + lane;
        chain(rows, gates.h_first, gates.h_count, sum, at(s->h, row, 0), (size_t)s->h.stride, panel, (size_t)h_width,
              FUSED_BLOCK, s->h.cols);
    }
    for (int i = 0; i < rows; i++) {
        u[i] = (ForwardUnits){at(s->h_old, row + i, unit),
                              at(s->c_old, row + i, unit),
                              at(s->vectors, 0, unit),
                              at(s->h_new, row + i, unit),
                              at(s->c_new, row + i, unit),
                              at(s->kept, row + i, unit),
                              s->padded};
    }
    point(rows, sum, u);
}

static inline __attribute__((always_inline)) void forward_step(FusedGates gates, ForwardPoint *point, const FusedForward *s) {
    int rows = s->start.rows;
    for (int unit = 0; unit < s->padded; unit += LANES) {
        int row = 0;
        for (; row + FORWARD_ROWS <= rows; row += FORWARD_ROWS) forward_tile(FORWARD_ROWS, gates, point, s, row, unit);
        if (FORWARD_ROWS > 2 && row + 2 <= rows) {
            forward_tile(2, gates, point, s, row, unit);
            row += 2;
        }
        for (; row < rows; row++) forward_tile(1, gates, point, s, row, unit);
    }
}

// ---- backwards -----------------------------------------------------------------------------------------------------------------

typedef struct BackwardUnits {
    const Real *kept, *h_old, *c_old, *vectors;
    Real *carry_h, *carry_c, *d;
    int plane;
} BackwardUnits;

// `sum`: the gradients of bias and vectors, to be added to.
typedef void BackwardPoint(Lanes dh, BackwardUnits u, Lanes *sum);

static inline Lanes kept(BackwardUnits u, int plane) {
    return lanes_load(u.kept + plane * u.plane);
}

// Stores the gradient of an accumulator, which is also that of its bias.
static inline void give(BackwardUnits u, int which, Lanes d, Lanes *sum) {
    lanes_store(u.d + which * u.plane, d);
    sum[which] += d;
}

// y' = y (1 - y) of the logistic function, 1 - y^2 of tanh, times a gradient.
static inline Lanes through_logistic(Lanes y, Lanes d) {
    return lanes_fma(-y, y, y) * d;
}

static inline Lanes through_tanh(Lanes y, Lanes d) {
    return lanes_fma(-y, y, lanes_all(1)) * d;
}

// How a step backwards begins and what it sums.
typedef struct Returns {
    bool outer, carried;    // whether dh begins with the gradient from above, and with carry_h
    int sums, vectors;      // accumulators and vectors whose gradients are summed
} Returns;

static inline __attribute__((always_inline)) void backward_tile(int rows, int width, Returns returns, BackwardPoint *point,
                                                                const FusedBackward *s, int row, int unit, int depth) {
    Lanes dh[FUSED_GATES][TILE_ROWS_MAX];
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < width; v++) {
            int col = unit + v * LANES;
            dh[v][i] = returns.outer ? lanes_load(at(s->outer, row + i, col)) : lanes_all(0);
            if (returns.carried) dh[v][i] += lanes_load(at(s->carry_h, row + i, col));
        }
    }
    int first = unit / BACKWARD_PANEL * BACKWARD_PANEL;
    int panel_width = s->padded - first < BACKWARD_PANEL ? FUSED_BLOCK : BACKWARD_PANEL;
    const Real *panel = (const Real *)s->panels + (size_t)first * (size_t)s->d_next.cols + (unit - first);
    chain(rows, 0, width, dh, at(s->d_next, row, 0), (size_t)s->d_next.stride, panel, (size_t)panel_width, LANES, depth);
#pragma GCC unroll 2
    for (int v = 0; v < width; v++) {
        int col = unit + v * LANES;
        Lanes sum[FUSED_GATES + FUSED_VECTORS];
        for (int j = 0; j < returns.sums + returns.vectors; j++) sum[j] = lanes_load(at(s->sums, j, col));
        for (int i = 0; i < rows; i++) {
            point(dh[v][i],
                  (BackwardUnits){at(s->kept, row + i, col), at(s->h_old, row + i, col), at(s->c_old, row + i, col),
                                  at(s->vectors, 0, col), at(s->carry_h, row + i, col), at(s->carry_c, row + i, col),
                                  at(s->d, row + i, col), s->padded},
                  sum);
        }
        for (int j = 0; j < returns.sums + returns.vectors; j++) lanes_store(at(s->sums, j, col), sum[j]);
    }
}

static inline __attribute__((always_inline)) void backward_rows(int width, Returns returns, BackwardPoint *point,
                                                                const FusedBackward *s, int row, int end, int unit, int depth) {
    for (; row + BACKWARD_ROWS <= end; row += BACKWARD_ROWS)
        backward_tile(BACKWARD_ROWS, width, returns, point, s, row, unit, depth);
    if (BACKWARD_ROWS > 4 && row + 4 <= end) {
        backward_tile(4, width, returns, point, s, row, unit, depth);
        row += 4;
    }
    if (row + 2 <= end) {
        backward_tile(2, width, returns, point, s, row, unit, depth);
        row += 2;
    }
    for (; row < end; row++) backward_tile(1, width, returns, point, s, row, unit, depth);
}

// Rows that ended with this step have no product.
static inline __attribute__((always_inline)) void backward_step(Returns returns, BackwardPoint *point, const FusedBackward *s) {
    for (int unit = 0, width; unit < s->padded; unit += width * LANES) {
        width = unit + BACKWARD_VECTORS * LANES <= s->padded ? BACKWARD_VECTORS : 1;
        if (width == BACKWARD_VECTORS) {
            backward_rows(BACKWARD_VECTORS, returns, point, s, 0, s->d_next.rows, unit, s->d_next.cols);
            backward_rows(BACKWARD_VECTORS, returns, point, s, s->d_next.rows, s->d.rows, unit, 0);
        } else {
            backward_rows(1, returns, point, s, 0, s->d_next.rows, unit, s->d_next.cols);
            backward_rows(1, returns, point, s, s->d_next.rows, s->d.rows, unit, 0);
        }
    }
}

// ---- packing -------------------------------------------------------------------------------------------------------------------

static void pack(Matrix part, int gate, int gates, void *panels) {
    int width = gates * FUSED_BLOCK;
    for (int unit = 0; unit < part.cols; unit += FUSED_BLOCK) {
        int count = part.cols - unit < FUSED_BLOCK ? part.cols - unit : FUSED_BLOCK;
        Real *panel = (Real *)panels + (size_t)(unit / FUSED_BLOCK) * (size_t)(part.rows * width) + gate * FUSED_BLOCK;
        for (int k = 0; k < part.rows; k++)
            memcpy(panel + (size_t)k * (size_t)width, at(part, k, unit), (size_t)count * sizeof(Real));
    }
}

// Row (gate, unit) of the transposed matrix is column `unit` of the part. By square tiles, as in a transposition.
static void pack_transposed(Matrix part, int gate, int gates, void *panels) {
    int hidden = part.cols, padded = (hidden + FUSED_BLOCK - 1) / FUSED_BLOCK * FUSED_BLOCK;
    size_t depth = (size_t)gates * (size_t)padded;
    for (int first = 0; first < hidden; first += FUSED_BLOCK) {
        int panel_first = first / BACKWARD_PANEL * BACKWARD_PANEL;
        size_t width = padded - panel_first < BACKWARD_PANEL ? FUSED_BLOCK : BACKWARD_PANEL;
        Real *panel = (Real *)panels + (size_t)panel_first * depth + (first - panel_first);
        int end = hidden - first < FUSED_BLOCK ? hidden : first + FUSED_BLOCK;
        for (int unit = 0; unit < hidden; unit += FUSED_BLOCK) {
            int unit_end = hidden - unit < FUSED_BLOCK ? hidden : unit + FUSED_BLOCK;
            for (int u = unit; u < unit_end; u++) {
                Real *to = panel + (size_t)(gate * padded + u) * width;
                for (int col = first; col < end; col++) to[col - first] = *at(part, col, u);
            }
        }
    }
}

// ---- the cells -----------------------------------------------------------------------------------------------------------------

#include "algorithms/cells/brc.inc.h"
#include "algorithms/cells/gru.inc.h"
#include "algorithms/cells/linear.inc.h"
#include "algorithms/cells/lstm.inc.h"
#include "algorithms/cells/mgu.inc.h"

const FusedKernels FUSED_TABLE = {
    .path = FUSED_PATH,
    .gates =
        {
            [FUSED_LSTM] = LSTM_GATES,
            [FUSED_GRU] = GRU_GATES,
            [FUSED_MGU] = MGU_GATES,
            [FUSED_BRC] = BRC_GATES,
            [FUSED_NBRC] = NBRC_GATES,
            [FUSED_LINEAR] = LINEAR_GATES,
        },
    .forward =
        {
            [FUSED_LSTM] = {lstm_forward},
            [FUSED_GRU] = {gru_forward},
            [FUSED_MGU] = {mgu_forward_gate, mgu_forward_candidate},
            [FUSED_BRC] = {brc_forward},
            [FUSED_NBRC] = {nbrc_forward},
            [FUSED_LINEAR] = {linear_forward},
        },
    .backward =
        {
            [FUSED_LSTM] = {lstm_backward},
            [FUSED_GRU] = {gru_backward},
            [FUSED_MGU] = {mgu_backward_candidate, mgu_backward_gate},
            [FUSED_BRC] = {brc_backward},
            [FUSED_NBRC] = {nbrc_backward},
        },
    .pack = pack,
    .pack_transposed = pack_transposed,
};
