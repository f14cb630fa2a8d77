// Template: the loops of core/kernels.h for one Real and one instruction set. Needs core/real_*.h, KERNELS_TABLE, KERNELS_PATH.
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "core/lanes.inc.h"

#include "core/chain.inc.h"
#include "core/functions.inc.h"
#include "core/gemm.inc.h"
#include "core/trigonometry.inc.h"

static inline Real *row_of(Matrix m, int i) {
    return (Real *)m.data + (size_t)i * (size_t)m.stride;
}

// Without gaps between rows, and few enough elements to count them in an int.
static inline bool dense(Matrix m) {
    return m.stride == m.cols && (int64_t)m.rows * m.cols <= INT32_MAX;
}

// Dense matrices are one long row: fewer loop ends.
static inline Matrix flat(Matrix m) {
    return (Matrix){m.type, 1, m.rows * m.cols, m.rows * m.cols, m.data};
}

static inline void flatten2(Matrix *a, Matrix *b) {
    assert(a->rows == b->rows && a->cols == b->cols && a->type == REAL_DTYPE && b->type == REAL_DTYPE);
    if (dense(*a) && dense(*b)) *a = flat(*a), *b = flat(*b);
}

static inline void flatten3(Matrix *a, Matrix *b, Matrix *c) {
    assert(a->rows == b->rows && a->cols == b->cols && a->rows == c->rows && a->cols == c->cols);
    assert(a->type == REAL_DTYPE && b->type == REAL_DTYPE && c->type == REAL_DTYPE);
    if (dense(*a) && dense(*b) && dense(*c)) *a = flat(*a), *b = flat(*b), *c = flat(*c);
}

// ---- two inputs, one output ------------------------------------------------------------------------------------------------

static void kernel_add(Matrix a, Matrix b, Matrix y) {
    flatten3(&a, &b, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *p = row_of(a, i), *q = row_of(b, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = p[j] + q[j];
    }
}

static void kernel_sub(Matrix a, Matrix b, Matrix y) {
    flatten3(&a, &b, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *p = row_of(a, i), *q = row_of(b, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = p[j] - q[j];
    }
}

static void kernel_mul(Matrix a, Matrix b, Matrix y) {
    flatten3(&a, &b, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *p = row_of(a, i), *q = row_of(b, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = p[j] * q[j];
    }
}

static void kernel_mul_add(Matrix a, Matrix b, Matrix y) {
    flatten3(&a, &b, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *p = row_of(a, i), *q = row_of(b, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = REAL_FMA(p[j], q[j], out[j]);
    }
}

static void kernel_axpy(double factor, Matrix x, Matrix y) {
    flatten2(&x, &y);
    Real f = (Real)factor;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = REAL_FMA(f, in[j], out[j]);
    }
}

static void kernel_scale(double factor, Matrix x, Matrix y) {
    flatten2(&x, &y);
    Real f = (Real)factor;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = f * in[j];
    }
}

static void kernel_shift(double constant, Matrix x, Matrix y) {
    flatten2(&x, &y);
    Real c = (Real)constant;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = in[j] + c;
    }
}

// ---- a row against every row -----------------------------------------------------------------------------------------------

static void kernel_repeat_row(Matrix row, Matrix y) {
    assert(row.rows == 1 && row.cols == y.cols);
    for (int i = 0; i < y.rows; i++) memcpy(row_of(y, i), row.data, (size_t)y.cols * sizeof(Real));
}

static void kernel_add_row(Matrix x, Matrix row, Matrix y) {
    assert(row.rows == 1 && row.cols == x.cols && x.cols == y.cols && x.rows == y.rows);
    const Real *r = row.data;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = in[j] + r[j];
    }
}

static void kernel_mul_row(Matrix x, Matrix row, Matrix y) {
    assert(row.rows == 1 && row.cols == x.cols && x.cols == y.cols && x.rows == y.rows);
    const Real *r = row.data;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = in[j] * r[j];
    }
}

static void kernel_mul_row_add(Matrix x, Matrix row, Matrix y) {
    assert(row.rows == 1 && row.cols == x.cols && x.cols == y.cols && x.rows == y.rows);
    const Real *r = row.data;
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = REAL_FMA(in[j], r[j], out[j]);
    }
}

static void kernel_sum_rows(Matrix x, Matrix row) {
    assert(row.rows == 1 && row.cols == x.cols);
    Real *out = row.data;
    for (int i = 0; i < x.rows; i++) {
        const Real *in = row_of(x, i);
        for (int j = 0; j < x.cols; j++) out[j] += in[j];
    }
}

static void kernel_mul_sum_rows(Matrix a, Matrix b, Matrix row) {
    assert(row.rows == 1 && row.cols == a.cols && a.cols == b.cols && a.rows == b.rows);
    Real *out = row.data;
    for (int i = 0; i < a.rows; i++) {
        const Real *p = row_of(a, i), *q = row_of(b, i);
        for (int j = 0; j < a.cols; j++) out[j] = REAL_FMA(p[j], q[j], out[j]);
    }
}

// ---- functions -------------------------------------------------------------------------------------------------------------

// y = f(x), f being inlined.
static inline __attribute__((always_inline)) void kernel_map(void (*f)(int, Lanes *), Matrix x, Matrix y) {
    enum { VECTORS = 4, TOGETHER = VECTORS * LANES };
    flatten2(&x, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        int j = 0;
        for (; j + TOGETHER <= y.cols; j += TOGETHER) {
            Lanes v[VECTORS];
            for (int k = 0; k < VECTORS; k++) v[k] = lanes_load(in + j + k * LANES);
            f(VECTORS, v);
            for (int k = 0; k < VECTORS; k++) lanes_store(out + j + k * LANES, v[k]);
        }
        for (; j < y.cols; j += LANES) {
            int count = y.cols - j < LANES ? y.cols - j : LANES;
            Lanes v = lanes_load_some(in + j, count);
            f(1, &v);
            lanes_store_some(out + j, v, count);
        }
    }
}

static void kernel_exp(Matrix x, Matrix y) {
    kernel_map(lanes_exp_each, x, y);
}

static void kernel_log(Matrix x, Matrix y) {
    kernel_map(lanes_log_each, x, y);
}

static void kernel_tanh(Matrix x, Matrix y) {
    kernel_map(lanes_tanh_each, x, y);
}

static void kernel_logistic(Matrix x, Matrix y) {
    kernel_map(lanes_logistic_each, x, y);
}

static void kernel_sin(Matrix x, Matrix y) {
    kernel_map(lanes_sin_each, x, y);
}

static void kernel_cos(Matrix x, Matrix y) {
    kernel_map(lanes_cos_each, x, y);
}

static void kernel_normal(Matrix u, Matrix v, Matrix y) {
    flatten3(&u, &v, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *radius = row_of(u, i), *angle = row_of(v, i);
        Real *out = row_of(y, i);
        int j = 0;
        for (; j + LANES <= y.cols; j += LANES)
            lanes_store(out + j, lanes_normal(lanes_load(radius + j), lanes_load(angle + j)));
        int rest = y.cols - j;
        if (rest <= 0) continue;
        lanes_store_some(out + j, lanes_normal(lanes_load_some(radius + j, rest), lanes_load_some(angle + j, rest)), rest);
    }
}

// NaN stays NaN: a broken training must not look mended.
static void kernel_relu(Matrix x, Matrix y) {
    flatten2(&x, &y);
    for (int i = 0; i < y.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = in[j] <= (Real)0 ? (Real)0 : in[j];
    }
}

static void kernel_tanh_vjp(Matrix y, Matrix dy, Matrix dx) {
    flatten3(&y, &dy, &dx);
    for (int i = 0; i < y.rows; i++) {
        const Real *out = row_of(y, i), *g = row_of(dy, i);
        Real *d = row_of(dx, i);
        for (int j = 0; j < y.cols; j++) d[j] = REAL_FMA(REAL_FMA(-out[j], out[j], (Real)1), g[j], d[j]);
    }
}

static void kernel_logistic_vjp(Matrix y, Matrix dy, Matrix dx) {
    flatten3(&y, &dy, &dx);
    for (int i = 0; i < y.rows; i++) {
        const Real *out = row_of(y, i), *g = row_of(dy, i);
        Real *d = row_of(dx, i);
        for (int j = 0; j < y.cols; j++) d[j] = REAL_FMA(REAL_FMA(-out[j], out[j], out[j]), g[j], d[j]);
    }
}

static void kernel_relu_vjp(Matrix y, Matrix dy, Matrix dx) {
    flatten3(&y, &dy, &dx);
    for (int i = 0; i < y.rows; i++) {
        const Real *out = row_of(y, i), *g = row_of(dy, i);
        Real *d = row_of(dx, i);
        for (int j = 0; j < y.cols; j++) d[j] += out[j] <= (Real)0 ? (Real)0 : g[j];
    }
}

static void kernel_relu_mask(Matrix y, Matrix dy) {
    flatten2(&y, &dy);
    for (int i = 0; i < y.rows; i++) {
        const Real *out = row_of(y, i);
        Real *g = row_of(dy, i);
        for (int j = 0; j < y.cols; j++) g[j] = out[j] <= (Real)0 ? (Real)0 : g[j];
    }
}

// (1-z) a + z b, written a + z (b - a).
static void kernel_blend(Matrix z, Matrix a, Matrix b, Matrix y) {
    assert(z.rows == a.rows && z.cols == a.cols && a.rows == b.rows && a.cols == b.cols && y.rows == a.rows &&
           y.cols == a.cols);
    if (dense(z) && dense(a) && dense(b) && dense(y)) z = flat(z), a = flat(a), b = flat(b), y = flat(y);
    for (int i = 0; i < y.rows; i++) {
        const Real *s = row_of(z, i), *p = row_of(a, i), *q = row_of(b, i);
        Real *out = row_of(y, i);
        for (int j = 0; j < y.cols; j++) out[j] = REAL_FMA(s[j], q[j] - p[j], p[j]);
    }
}

static void kernel_blend_vjp(Matrix z, Matrix a, Matrix b, Matrix dy, Matrix dz, Matrix da, Matrix db) {
    for (int i = 0; i < dy.rows; i++) {
        const Real *s = row_of(z, i), *p = row_of(a, i), *q = row_of(b, i), *g = row_of(dy, i);
        if (dz.data) {
            Real *d = row_of(dz, i);
            for (int j = 0; j < dy.cols; j++) d[j] = REAL_FMA(q[j] - p[j], g[j], d[j]);
        }
        if (da.data) {
            Real *d = row_of(da, i);
            for (int j = 0; j < dy.cols; j++) d[j] = REAL_FMA((Real)1 - s[j], g[j], d[j]);
        }
        if (db.data) {
            Real *d = row_of(db, i);
            for (int j = 0; j < dy.cols; j++) d[j] = REAL_FMA(s[j], g[j], d[j]);
        }
    }
}

// ---- sums: element j of each row goes to partial sum j mod 16; then the 16 are added in order ---------------------

enum { PARTIAL_SUMS = 16 };

static double total(const Real partial[PARTIAL_SUMS]) {
    double sum = 0;
    for (int l = 0; l < PARTIAL_SUMS; l++) sum += (double)partial[l];
    return sum;
}

static double kernel_sum(Matrix x) {
    Real partial[PARTIAL_SUMS] = {0};
    for (int i = 0; i < x.rows; i++) {
        const Real *in = row_of(x, i);
        int j = 0;
        for (; j + PARTIAL_SUMS <= x.cols; j += PARTIAL_SUMS) {
            for (int l = 0; l < PARTIAL_SUMS; l++) partial[l] += in[j + l];
        }
        for (int l = 0; j < x.cols; j++, l++) partial[l] += in[j];
    }
    return total(partial);
}

static double kernel_sum_squares(Matrix x) {
    Real partial[PARTIAL_SUMS] = {0};
    for (int i = 0; i < x.rows; i++) {
        const Real *in = row_of(x, i);
        int j = 0;
        for (; j + PARTIAL_SUMS <= x.cols; j += PARTIAL_SUMS) {
            for (int l = 0; l < PARTIAL_SUMS; l++) partial[l] = REAL_FMA(in[j + l], in[j + l], partial[l]);
        }
        for (int l = 0; j < x.cols; j++, l++) partial[l] = REAL_FMA(in[j], in[j], partial[l]);
    }
    return total(partial);
}

// Rows are shifted by their maximum, so that no exponential overflows; a row's sum is taken in order.
static void kernel_softmax(Matrix x, Matrix y, Matrix maximum, Matrix log_sum) {
    assert(x.cols > 0 && x.rows == y.rows && x.cols == y.cols && maximum.rows == x.rows && log_sum.rows == x.rows);
    for (int i = 0; i < x.rows; i++) {
        const Real *in = row_of(x, i);
        Real *out = row_of(y, i);
        Real high = in[0];
        for (int j = 1; j < x.cols; j++) high = in[j] > high ? in[j] : high;
        for (int j = 0; j < x.cols; j++) out[j] = in[j] - high;
        *row_of(maximum, i) = high;
    }
    kernel_exp(y, y);
    for (int i = 0; i < x.rows; i++) {
        Real *out = row_of(y, i), sum = (Real)0;
        for (int j = 0; j < x.cols; j++) sum += out[j];
        for (int j = 0; j < x.cols; j++) out[j] /= sum;
        *row_of(log_sum, i) = sum;
    }
    kernel_log(log_sum, log_sum);
}

// By square tiles, so that every cache line of both sides is used while it is at hand.
static void kernel_transpose(Matrix x, Matrix y) {
    enum { TILE = 16 };
    assert(x.rows == y.cols && x.cols == y.rows);
    for (int row = 0; row < x.rows; row += TILE) {
        int row_end = row + TILE < x.rows ? row + TILE : x.rows;
        for (int col = 0; col < x.cols; col += TILE) {
            int col_end = col + TILE < x.cols ? col + TILE : x.cols;
            for (int j = col; j < col_end; j++) {
                Real *out = row_of(y, j);
                for (int i = row; i < row_end; i++) out[i] = row_of(x, i)[j];
            }
        }
    }
}

// ---- optimisers ------------------------------------------------------------------------------------------------------------

static void kernel_adam(Matrix gradient, Matrix m, Matrix v, Matrix value, double beta1, double beta2, double step,
                        double root_correction, double epsilon) {
    const Real *g = gradient.data;
    Real *first = m.data, *second = v.data, *w = value.data;
    Real b1 = (Real)beta1, b2 = (Real)beta2, c1 = (Real)(1 - beta1), c2 = (Real)(1 - beta2);
    Real rate = (Real)step, root = (Real)root_correction, eps = (Real)epsilon;
    for (int j = 0; j < value.cols; j++) {
        first[j] = REAL_FMA(b1, first[j], c1 * g[j]);
        second[j] = REAL_FMA(b2, second[j], c2 * g[j] * g[j]);
        w[j] = REAL_FMA(-rate, first[j] / (REAL_SQRT(second[j]) / root + eps), w[j]);
    }
}

static void kernel_rmsprop(Matrix gradient, Matrix v, Matrix value, double decay, double learning_rate, double epsilon) {
    const Real *g = gradient.data;
    Real *second = v.data, *w = value.data;
    Real a = (Real)decay, c = (Real)(1 - decay), rate = (Real)learning_rate, eps = (Real)epsilon;
    for (int j = 0; j < value.cols; j++) {
        second[j] = REAL_FMA(a, second[j], c * g[j] * g[j]);
        w[j] = REAL_FMA(-rate, g[j] / (REAL_SQRT(second[j]) + eps), w[j]);
    }
}

static void kernel_momentum(Matrix gradient, Matrix m, Matrix value, double mu, double learning_rate) {
    const Real *g = gradient.data;
    Real *velocity = m.data, *w = value.data;
    Real keep = (Real)mu, rate = (Real)learning_rate;
    for (int j = 0; j < value.cols; j++) {
        velocity[j] = REAL_FMA(keep, velocity[j], g[j]);
        w[j] = REAL_FMA(-rate, velocity[j], w[j]);
    }
}

const Kernels KERNELS_TABLE = {
    .path = KERNELS_PATH,
    .product = gemm_product,
    .add = kernel_add,
    .sub = kernel_sub,
    .mul = kernel_mul,
    .mul_add = kernel_mul_add,
    .axpy = kernel_axpy,
    .scale = kernel_scale,
    .shift = kernel_shift,
    .repeat_row = kernel_repeat_row,
    .add_row = kernel_add_row,
    .mul_row = kernel_mul_row,
    .mul_row_add = kernel_mul_row_add,
    .sum_rows = kernel_sum_rows,
    .mul_sum_rows = kernel_mul_sum_rows,
    .exp = kernel_exp,
    .log = kernel_log,
    .tanh = kernel_tanh,
    .logistic = kernel_logistic,
    .sin = kernel_sin,
    .cos = kernel_cos,
    .normal = kernel_normal,
    .relu = kernel_relu,
    .tanh_vjp = kernel_tanh_vjp,
    .logistic_vjp = kernel_logistic_vjp,
    .relu_vjp = kernel_relu_vjp,
    .relu_mask = kernel_relu_mask,
    .blend = kernel_blend,
    .blend_vjp = kernel_blend_vjp,
    .sum = kernel_sum,
    .sum_squares = kernel_sum_squares,
    .softmax = kernel_softmax,
    .transpose = kernel_transpose,
    .adam = kernel_adam,
    .rmsprop = kernel_rmsprop,
    .momentum = kernel_momentum,
};
