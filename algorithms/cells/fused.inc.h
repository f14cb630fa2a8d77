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

#include "core/chain.inc.h"
#include "core/functions.inc.h"

enum {
    FORWARD_DEPTH = 96,    // so much of a panel stays in the first-level cache while all rows meet it ...
    BACKWARD_DEPTH = 128,
    GROUP = 64,    // ... up to so many: their partial sums wait between two such parts
    BACKWARD_VECTORS = 2,
    BACKWARD_PANEL = 2 * FUSED_BLOCK,
};

static inline Real *at(Matrix m, int row, int col) {
    return (Real *)m.data + (size_t)row * (size_t)m.stride + col;
}

static inline ChainLeft rows_of(Matrix m, int row, int col) {
    return (ChainLeft){at(m, row, col), (size_t)m.stride, 1};
}

// ---- forwards ------------------------------------------------------------------------------------------------------------------

// What a cell's pointwise code sees: LANES units of one row.
typedef struct ForwardUnits {
    const Real *h_old, *c_old, *vectors;
    Real *h_new, *c_new, *kept;
    int padded;    // distance of vectors
} ForwardUnits;

// All rows of a tile at once: sum[accumulator][row], u[row].
typedef void ForwardPoint(int rows, Lanes sum[][CHAIN_ROWS], const ForwardUnits *u);

static inline void keep(ForwardUnits u, int plane, Lanes v) {
    lanes_store(u.kept + plane * FUSED_BLOCK, v);
}

static inline Lanes vector_of(const Real *vectors, int which, int padded) {
    return lanes_load(vectors + which * padded);
}

// The numbers kept of LANES units from `unit` on.
static inline Real *kept_at(Matrix kept, int rows, int row, int unit) {
    return at(kept, unit / FUSED_BLOCK * rows + row, unit % FUSED_BLOCK);
}

// Gates of one operand in the panel of the block that `unit` lies in. Two vectors of one gate (a cell with one accumulator) lie in
// neighbouring blocks, or, where vectors are shorter, in one.
static inline ChainRight forward_panel(const void *panels, int gates, int gate, int depth, int unit, int width) {
    size_t block = (size_t)(unit / FUSED_BLOCK) * (size_t)(depth * gates * FUSED_BLOCK);
    ChainRight panel = {(const Real *)panels + block + gate * FUSED_BLOCK + unit % FUSED_BLOCK, (size_t)(gates * FUSED_BLOCK),
                        FUSED_BLOCK};
    if (width == 2) panel.vector_step = (int)LANES == (int)FUSED_BLOCK ? (size_t)(depth * gates * FUSED_BLOCK) : (size_t)LANES;
    return panel;
}

// What a step writes or reads of a long sequence comes from memory, for each row a few lines at a time, which the processor does not foresee: they
// are asked for one step ahead. No address is too far: asking is not touching.
static inline ptrdiff_t step_of(Matrix m) {
    return (ptrdiff_t)m.rows * m.stride;
}

static inline void ask_to_write(const Real *p) {
    __builtin_prefetch(p, 1, 2);
}

static inline void ask_to_read(const Real *p) {
    __builtin_prefetch(p, 0, 2);
}

// Terms [begin, end) of the hidden units' chain; the chain over the inputs comes before the first of them, the cell's functions after the
// last. Between parts, sums wait in `partial`.
static inline __attribute__((always_inline)) void forward_tile(int rows, int width, FusedGates gates, ForwardPoint *point,
                                                               const FusedForward *s, int row, int unit, int begin, int end,
                                                               Lanes partial[][CHAIN_VECTORS]) {
    Lanes sum[CHAIN_VECTORS][CHAIN_ROWS];
    int vectors = gates.sums * width;
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < vectors; j++) {
            int col = j / width * s->padded + unit + j % width * LANES;
            sum[j][i] = begin ? partial[i][j] : lanes_load(at(s->start, row + i, col));
        }
    }
    if (gates.x_count && !begin) {
        ChainRight panel = forward_panel(s->x_panels, s->x_gates, s->x_gate, s->x.cols, unit, width);
        chain(rows, gates.x_count * width, sum + gates.x_first * width, rows_of(s->x, row, 0), panel, s->x.cols);
    }
    if (gates.h_count) {
        ChainRight panel = forward_panel(s->h_panels, gates.h_count, 0, s->h.cols, unit, width);
        panel.data += (size_t)begin * panel.k_step;
        chain(rows, gates.h_count * width, sum + gates.h_first * width, rows_of(s->h, row, begin), panel, end - begin);
        if (end < s->h.cols) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < vectors; j++) partial[i][j] = sum[j][i];
            }
            return;
        }
    }
    for (int v = 0; v < width; v++) {
        ForwardUnits u[CHAIN_ROWS];
        Lanes own[CHAIN_VECTORS][CHAIN_ROWS];
        int col = unit + v * LANES;
        for (int i = 0; i < rows; i++) {
            u[i] = (ForwardUnits){at(s->h_old, row + i, col),
                                  at(s->c_old, row + i, col),
                                  at(s->vectors, 0, col),
                                  at(s->h_new, row + i, col),
                                  at(s->c_new, row + i, col),
                                  kept_at(s->kept, s->start.rows, row + i, col),
                                  s->padded};
            for (int j = 0; j < gates.sums; j++) own[j][i] = sum[j * width + v][i];
            if (!s->streamed) continue;
            for (int j = 0; j < gates.planes; j++) ask_to_write(u[i].kept + j * FUSED_BLOCK + step_of(s->kept));
            ask_to_write(u[i].h_new + step_of(s->h_new));
            if (gates.c) ask_to_write(u[i].c_new + step_of(s->c_new));
        }
        point(rows, own, u);
    }
}

// A strip of units for rows [row, end).
static inline __attribute__((always_inline)) void forward_rows(int rows, int width, FusedGates gates, ForwardPoint *point,
                                                               const FusedForward *s, int row, int end, int unit) {
    Lanes partial[GROUP][CHAIN_VECTORS];
    int depth = gates.h_count ? s->h.cols : 1;
    for (int begin = 0; begin < depth; begin += FORWARD_DEPTH) {
        int until = depth - begin < 2 * FORWARD_DEPTH ? depth : begin + FORWARD_DEPTH, i = row;
        for (; i + rows <= end; i += rows)
            forward_tile(rows, width, gates, point, s, i, unit, begin, until, partial + (i - row));
        if (rows > 4 && i + 4 <= end) {
            forward_tile(4, width, gates, point, s, i, unit, begin, until, partial + (i - row));
            i += 4;
        }
        if (rows > 2 && i + 2 <= end) {
            forward_tile(2, width, gates, point, s, i, unit, begin, until, partial + (i - row));
            i += 2;
        }
        for (; i < end; i++) forward_tile(1, width, gates, point, s, i, unit, begin, until, partial + (i - row));
        if (until == depth) break;
    }
}

// `rows` of a tile: so many that there are accumulators enough to hide the latency of FMA, and registers enough for them.
static inline __attribute__((always_inline)) void forward_step(int rows, FusedGates gates, ForwardPoint *point,
                                                               const FusedForward *s) {
    enum { NARROW = 1, BROAD = 2 };    // a cell with one accumulator takes two vectors of units
    for (int first = 0; first < s->start.rows; first += GROUP) {
        int end = s->start.rows - first < GROUP ? s->start.rows : first + GROUP, unit = 0;
        if (gates.sums == 1) {
            for (; unit + BROAD * LANES <= s->padded; unit += BROAD * LANES)
                forward_rows(rows, BROAD, gates, point, s, first, end, unit);
        }
        for (; unit < s->padded; unit += LANES) forward_rows(rows, NARROW, gates, point, s, first, end, unit);
    }
}

// ---- backwards -----------------------------------------------------------------------------------------------------------------

typedef struct BackwardUnits {
    const Real *kept, *h_old, *c_old, *vectors;
    Real *carry_h, *carry_c, *d;
    int padded;    // distance of vectors, and of the accumulators' gradients
} BackwardUnits;

// `sum`: the gradients of bias and vectors, to be added to.
typedef void BackwardPoint(Lanes dh, BackwardUnits u, Lanes *sum);

static inline Lanes kept(BackwardUnits u, int plane) {
    return lanes_load(u.kept + plane * FUSED_BLOCK);
}

// Stores the gradient of an accumulator, which is also that of its bias.
static inline void give(BackwardUnits u, int which, Lanes d, Lanes *sum) {
    lanes_store(u.d + which * u.padded, d);
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

// Terms [begin, end) of the chain over the gates of the next step; the cell's functions after the last. Between parts, sums wait in `partial`.
static inline __attribute__((always_inline)) void backward_tile(int rows, int width, Returns returns, BackwardPoint *point,
                                                                const FusedBackward *s, int row, int unit, int begin, int end,
                                                                bool last, Lanes partial[][BACKWARD_VECTORS]) {
    Lanes dh[BACKWARD_VECTORS][CHAIN_ROWS];
    for (int i = 0; i < rows; i++) {
        for (int v = 0; v < width; v++) {
            int col = unit + v * LANES;
            if (begin) {
                dh[v][i] = partial[i][v];
                continue;
            }
            dh[v][i] = returns.outer ? lanes_load(at(s->outer, row + i, col)) : lanes_all(0);
            if (returns.carried) dh[v][i] += lanes_load(at(s->carry_h, row + i, col));
        }
    }
    int first = unit / BACKWARD_PANEL * BACKWARD_PANEL;
    size_t panel_width = s->padded - first < BACKWARD_PANEL ? FUSED_BLOCK : BACKWARD_PANEL;
    ChainRight panel = {(const Real *)s->panels + (size_t)first * (size_t)s->d_next.cols + (unit - first), panel_width, LANES};
    panel.data += (size_t)begin * panel_width;
    chain(rows, width, dh, rows_of(s->d_next, row, begin), panel, end - begin);
    if (!last) {
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < width; v++) partial[i][v] = dh[v][i];
        }
        return;
    }
    for (int v = 0; v < width; v++) {
        int col = unit + v * LANES;
        Lanes sum[FUSED_GATES + FUSED_VECTORS];
        for (int j = 0; j < returns.sums + returns.vectors; j++) sum[j] = lanes_load(at(s->sums, j, col));
        for (int i = 0; i < rows; i++) {
            const Real *own = kept_at(s->kept, s->d.rows, row + i, col);
            for (int j = 0; j < s->kept.cols; j += FUSED_BLOCK) ask_to_read(own + j - step_of(s->kept));
            if (returns.outer) ask_to_read(at(s->outer, row + i, col) - step_of(s->outer));
            ask_to_read(at(s->h_old, row + i, col) - step_of(s->h_old));
            ask_to_read(at(s->c_old, row + i, col) - step_of(s->c_old));
            point(dh[v][i],
                  (BackwardUnits){own, at(s->h_old, row + i, col), at(s->c_old, row + i, col), at(s->vectors, 0, col),
                                  at(s->carry_h, row + i, col), at(s->carry_c, row + i, col), at(s->d, row + i, col),
                                  s->padded},
                  sum);
        }
        for (int j = 0; j < returns.sums + returns.vectors; j++) lanes_store(at(s->sums, j, col), sum[j]);
    }
}

// A strip of units for at most GROUP rows [row, end).
static inline __attribute__((always_inline)) void backward_rows(int width, Returns returns, BackwardPoint *point,
                                                                const FusedBackward *s, int row, int end, int unit, int depth) {
    Lanes partial[GROUP][BACKWARD_VECTORS];
    for (int begin = 0;; begin += BACKWARD_DEPTH) {
        bool last = depth - begin < 2 * BACKWARD_DEPTH;
        int until = last ? depth : begin + BACKWARD_DEPTH, i = row;
        for (; i + CHAIN_ROWS <= end; i += CHAIN_ROWS)
            backward_tile(CHAIN_ROWS, width, returns, point, s, i, unit, begin, until, last, partial + (i - row));
        if (CHAIN_ROWS > 4 && i + 4 <= end) {
            backward_tile(4, width, returns, point, s, i, unit, begin, until, last, partial + (i - row));
            i += 4;
        }
        if (i + 2 <= end) {
            backward_tile(2, width, returns, point, s, i, unit, begin, until, last, partial + (i - row));
            i += 2;
        }
        for (; i < end; i++) backward_tile(1, width, returns, point, s, i, unit, begin, until, last, partial + (i - row));
        if (last) break;
    }
}

// Rows [row, end), all of which have a product over `depth` terms.
static inline __attribute__((always_inline)) void backward_range(Returns returns, BackwardPoint *point, const FusedBackward *s,
                                                                 int row, int end, int depth) {
    for (int first = row; first < end; first += GROUP) {
        int until = end - first < GROUP ? end : first + GROUP, unit = 0;
        for (; unit + BACKWARD_VECTORS * LANES <= s->padded; unit += BACKWARD_VECTORS * LANES)
            backward_rows(BACKWARD_VECTORS, returns, point, s, first, until, unit, depth);
        for (; unit < s->padded; unit += LANES) backward_rows(1, returns, point, s, first, until, unit, depth);
    }
}

// Rows that ended with this step have no product.
static inline __attribute__((always_inline)) void backward_step(Returns returns, BackwardPoint *point, const FusedBackward *s) {
    backward_range(returns, point, s, 0, s->d_next.rows, s->d_next.cols);
    backward_range(returns, point, s, s->d_next.rows, s->d.rows, 0);
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
#include "algorithms/cells/elman.inc.h"
#include "algorithms/cells/gated.inc.h"
#include "algorithms/cells/gru.inc.h"
#include "algorithms/cells/leaky.inc.h"
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
            [FUSED_ELMAN] = ELMAN_GATES,
            [FUSED_LEAKY] = LEAKY_GATES,
            [FUSED_GATED] = GATED_GATES,
        },
    .forward =
        {
            [FUSED_LSTM] = {lstm_forward},
            [FUSED_GRU] = {gru_forward},
            [FUSED_MGU] = {mgu_forward_gate, mgu_forward_candidate},
            [FUSED_BRC] = {brc_forward},
            [FUSED_NBRC] = {nbrc_forward},
            [FUSED_LINEAR] = {linear_forward},
            [FUSED_ELMAN] = {elman_forward},
            [FUSED_LEAKY] = {leaky_forward},
            [FUSED_GATED] = {gated_forward},
        },
    .backward =
        {
            [FUSED_LSTM] = {lstm_backward},
            [FUSED_GRU] = {gru_backward},
            [FUSED_MGU] = {mgu_backward_candidate, mgu_backward_gate},
            [FUSED_BRC] = {brc_backward},
            [FUSED_NBRC] = {nbrc_backward},
            [FUSED_ELMAN] = {elman_backward},
            [FUSED_LEAKY] = {leaky_backward},
            [FUSED_GATED] = {gated_backward},
        },
    .pack = pack,
    .pack_transposed = pack_transposed,
};
