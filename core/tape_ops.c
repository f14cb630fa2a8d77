// The operations of the tape. Each is one chapter: forward, vjp (gradients of inputs += J^T gradient), jvp (tangent = J tangents), its row,
// and the function that records it.
#include <assert.h>
#include <string.h>

#include "core/tape_internal.h"

static Node *record(Tape *tape, const TapeOp *op, int rows, int cols, Node *a, Node *b, Node *c) {
    Node *node = tape_record(tape, op, rows, cols, a, b, c);
    op->forward(tape, node);
    return node;
}

static void same_shape(const Node *a, const Node *b) {
    assert(a->value.rows == b->value.rows && a->value.cols == b->value.cols);
    (void)a, (void)b;
}

// ---- products: y = x w, x w + bias, x w + c -----------------------------------------------------------------------------------

// Weights meet many time steps: their transposed copy is made once.
static Matrix transposed(Tape *tape, Node *w) {
    if (!w->transposed.data) {
        w->transposed = tape_matrix(tape, w->value.cols, w->value.rows);
        tape->kernels->transpose(w->value, w->transposed);
    }
    return w->transposed;
}

static void product(const Tape *tape, bool transpose_a, Matrix a, Matrix b, bool accumulate, Matrix c) {
    tape->linalg->product(transpose_a, false, a, b, accumulate, c);
}

static void product_vjp(Tape *tape, Node *node) {
    Node *x = node->in[0], *w = node->in[1];
    if (wanted(x)) product(tape, false, node->gradient, transposed(tape, w), true, x->gradient);
    if (wanted(w)) product(tape, true, x->value, node->gradient, true, w->gradient);
}

static void product_jvp(Tape *tape, Node *node) {
    Node *x = node->in[0], *w = node->in[1];
    product(tape, false, x->tangent, w->value, false, node->tangent);
    product(tape, false, x->value, w->tangent, true, node->tangent);
}

static void matmul_forward(Tape *tape, Node *node) {
    product(tape, false, node->in[0]->value, node->in[1]->value, false, node->value);
}

static const TapeOp matmul_op = {"matmul", matmul_forward, product_vjp, product_jvp};

Node *tape_matmul(Tape *tape, Node *x, Node *w) {
    return record(tape, &matmul_op, x->value.rows, w->value.cols, x, w, NULL);
}

static void affine_forward(Tape *tape, Node *node) {
    tape->kernels->repeat_row(node->in[2]->value, node->value);
    product(tape, false, node->in[0]->value, node->in[1]->value, true, node->value);
}

static void affine_vjp(Tape *tape, Node *node) {
    product_vjp(tape, node);
    if (wanted(node->in[2])) tape->kernels->sum_rows(node->gradient, node->in[2]->gradient);
}

static void affine_jvp(Tape *tape, Node *node) {
    product_jvp(tape, node);
    tape->kernels->add_row(node->tangent, node->in[2]->tangent, node->tangent);
}

static const TapeOp affine_op = {"affine", affine_forward, affine_vjp, affine_jvp};

Node *tape_affine(Tape *tape, Node *x, Node *w, Node *bias) {
    assert(bias->value.rows == 1 && bias->value.cols == w->value.cols);
    return record(tape, &affine_op, x->value.rows, w->value.cols, x, w, bias);
}

// The sum before the rectifier is not kept: its derivatives are functions of the output. Long batches go through a block of rows at a
// time, which stays in the second-level cache from bias to rectifier, and backwards from mask to products.
enum { BLOCK_ROWS = 512 };

static int block_end(Matrix m, int first) {
    return m.rows - first < BLOCK_ROWS ? m.rows : first + BLOCK_ROWS;
}

static void affine_relu_forward(Tape *tape, Node *node) {
    for (int first = 0, end; first < node->value.rows; first = end) {
        end = block_end(node->value, first);
        Matrix y = matrix_rows(node->value, first, end - first), x = matrix_rows(node->in[0]->value, first, end - first);
        tape->kernels->repeat_row(node->in[2]->value, y);
        product(tape, false, x, node->in[1]->value, true, y);
        tape->kernels->relu(y, y);
    }
}

// Whoever uses the output has added to the gradient by now, so it can become that of the sum.
static void affine_relu_vjp(Tape *tape, Node *node) {
    Node *x = node->in[0], *w = node->in[1], *bias = node->in[2];
    for (int first = 0, end; first < node->value.rows; first = end) {
        end = block_end(node->value, first);
        int count = end - first;
        Matrix gradient = matrix_rows(node->gradient, first, count);
        tape->kernels->relu_mask(matrix_rows(node->value, first, count), gradient);
        if (wanted(bias)) tape->kernels->sum_rows(gradient, bias->gradient);
        if (wanted(x)) product(tape, false, gradient, transposed(tape, w), true, matrix_rows(x->gradient, first, count));
        if (wanted(w)) product(tape, true, matrix_rows(x->value, first, count), gradient, true, w->gradient);
    }
}

static void affine_relu_jvp(Tape *tape, Node *node) {
    affine_jvp(tape, node);
    tape->kernels->relu_mask(node->value, node->tangent);
}

static const TapeOp affine_relu_op = {"affine_relu", affine_relu_forward, affine_relu_vjp, affine_relu_jvp};

Node *tape_affine_relu(Tape *tape, Node *x, Node *w, Node *bias) {
    assert(bias->value.rows == 1 && bias->value.cols == w->value.cols);
    return record(tape, &affine_relu_op, x->value.rows, w->value.cols, x, w, bias);
}

static void matmul_add_forward(Tape *tape, Node *node) {
    matrix_copy(node->in[2]->value, node->value);
    product(tape, false, node->in[0]->value, node->in[1]->value, true, node->value);
}

static void matmul_add_vjp(Tape *tape, Node *node) {
    product_vjp(tape, node);
    if (wanted(node->in[2])) tape->kernels->axpy(1, node->gradient, node->in[2]->gradient);
}

static void matmul_add_jvp(Tape *tape, Node *node) {
    product_jvp(tape, node);
    tape->kernels->axpy(1, node->in[2]->tangent, node->tangent);
}

static const TapeOp matmul_add_op = {"matmul_add", matmul_add_forward, matmul_add_vjp, matmul_add_jvp};

Node *tape_matmul_add(Tape *tape, Node *x, Node *w, Node *c) {
    assert(c->value.rows == x->value.rows && c->value.cols == w->value.cols);
    return record(tape, &matmul_add_op, x->value.rows, w->value.cols, x, w, c);
}

// ---- a + b, a - b, a b ----------------------------------------------------------------------------------------------------------

static void add_forward(Tape *tape, Node *node) {
    tape->kernels->add(node->in[0]->value, node->in[1]->value, node->value);
}

static void add_vjp(Tape *tape, Node *node) {
    if (wanted(node->in[0])) tape->kernels->axpy(1, node->gradient, node->in[0]->gradient);
    if (wanted(node->in[1])) tape->kernels->axpy(1, node->gradient, node->in[1]->gradient);
}

static void add_jvp(Tape *tape, Node *node) {
    tape->kernels->add(node->in[0]->tangent, node->in[1]->tangent, node->tangent);
}

static const TapeOp add_op = {"add", add_forward, add_vjp, add_jvp};

Node *tape_add(Tape *tape, Node *a, Node *b) {
    same_shape(a, b);
    return record(tape, &add_op, a->value.rows, a->value.cols, a, b, NULL);
}

static void sub_forward(Tape *tape, Node *node) {
    tape->kernels->sub(node->in[0]->value, node->in[1]->value, node->value);
}

static void sub_vjp(Tape *tape, Node *node) {
    if (wanted(node->in[0])) tape->kernels->axpy(1, node->gradient, node->in[0]->gradient);
    if (wanted(node->in[1])) tape->kernels->axpy(-1, node->gradient, node->in[1]->gradient);
}

static void sub_jvp(Tape *tape, Node *node) {
    tape->kernels->sub(node->in[0]->tangent, node->in[1]->tangent, node->tangent);
}

static const TapeOp sub_op = {"sub", sub_forward, sub_vjp, sub_jvp};

Node *tape_sub(Tape *tape, Node *a, Node *b) {
    same_shape(a, b);
    return record(tape, &sub_op, a->value.rows, a->value.cols, a, b, NULL);
}

static void mul_forward(Tape *tape, Node *node) {
    tape->kernels->mul(node->in[0]->value, node->in[1]->value, node->value);
}

static void mul_vjp(Tape *tape, Node *node) {
    Node *a = node->in[0], *b = node->in[1];
    if (wanted(a)) tape->kernels->mul_add(node->gradient, b->value, a->gradient);
    if (wanted(b)) tape->kernels->mul_add(node->gradient, a->value, b->gradient);
}

static void mul_jvp(Tape *tape, Node *node) {
    Node *a = node->in[0], *b = node->in[1];
    tape->kernels->mul(a->tangent, b->value, node->tangent);
    tape->kernels->mul_add(a->value, b->tangent, node->tangent);
}

static const TapeOp mul_op = {"mul", mul_forward, mul_vjp, mul_jvp};

Node *tape_mul(Tape *tape, Node *a, Node *b) {
    same_shape(a, b);
    return record(tape, &mul_op, a->value.rows, a->value.cols, a, b, NULL);
}

// ---- x + constant, factor x ---------------------------------------------------------------------------------------------------

static Node *record_scalar_op(Tape *tape, const TapeOp *op, Node *x, double scalar) {
    Node *node = tape_record(tape, op, x->value.rows, x->value.cols, x, NULL, NULL);
    node->scalar = scalar;
    op->forward(tape, node);
    return node;
}

static void shift_forward(Tape *tape, Node *node) {
    tape->kernels->shift(node->scalar, node->in[0]->value, node->value);
}

static void shift_vjp(Tape *tape, Node *node) {
    tape->kernels->axpy(1, node->gradient, node->in[0]->gradient);
}

static void shift_jvp(Tape *tape, Node *node) {
    (void)tape;
    matrix_copy(node->in[0]->tangent, node->tangent);
}

static const TapeOp shift_op = {"shift", shift_forward, shift_vjp, shift_jvp};

Node *tape_shift(Tape *tape, Node *x, double constant) {
    return record_scalar_op(tape, &shift_op, x, constant);
}

static void scale_forward(Tape *tape, Node *node) {
    tape->kernels->scale(node->scalar, node->in[0]->value, node->value);
}

static void scale_vjp(Tape *tape, Node *node) {
    tape->kernels->axpy(node->scalar, node->gradient, node->in[0]->gradient);
}

static void scale_jvp(Tape *tape, Node *node) {
    tape->kernels->scale(node->scalar, node->in[0]->tangent, node->tangent);
}

static const TapeOp scale_op = {"scale", scale_forward, scale_vjp, scale_jvp};

Node *tape_scale(Tape *tape, Node *x, double factor) {
    return record_scalar_op(tape, &scale_op, x, factor);
}

// ---- a row against every row --------------------------------------------------------------------------------------------------

static void add_row_forward(Tape *tape, Node *node) {
    tape->kernels->add_row(node->in[0]->value, node->in[1]->value, node->value);
}

static void add_row_vjp(Tape *tape, Node *node) {
    if (wanted(node->in[0])) tape->kernels->axpy(1, node->gradient, node->in[0]->gradient);
    if (wanted(node->in[1])) tape->kernels->sum_rows(node->gradient, node->in[1]->gradient);
}

static void add_row_jvp(Tape *tape, Node *node) {
    tape->kernels->add_row(node->in[0]->tangent, node->in[1]->tangent, node->tangent);
}

static const TapeOp add_row_op = {"add_row", add_row_forward, add_row_vjp, add_row_jvp};

Node *tape_add_row(Tape *tape, Node *x, Node *row) {
    return record(tape, &add_row_op, x->value.rows, x->value.cols, x, row, NULL);
}

static void mul_row_forward(Tape *tape, Node *node) {
    tape->kernels->mul_row(node->in[0]->value, node->in[1]->value, node->value);
}

static void mul_row_vjp(Tape *tape, Node *node) {
    Node *x = node->in[0], *row = node->in[1];
    if (wanted(x)) tape->kernels->mul_row_add(node->gradient, row->value, x->gradient);
    if (wanted(row)) tape->kernels->mul_sum_rows(node->gradient, x->value, row->gradient);
}

static void mul_row_jvp(Tape *tape, Node *node) {
    Node *x = node->in[0], *row = node->in[1];
    tape->kernels->mul_row(x->tangent, row->value, node->tangent);
    tape->kernels->mul_row_add(x->value, row->tangent, node->tangent);
}

static const TapeOp mul_row_op = {"mul_row", mul_row_forward, mul_row_vjp, mul_row_jvp};

Node *tape_mul_row(Tape *tape, Node *x, Node *row) {
    return record(tape, &mul_row_op, x->value.rows, x->value.cols, x, row, NULL);
}

// ---- activations: their derivatives are functions of the output -----------------------------------------------------------------

static void logistic_forward(Tape *tape, Node *node) {
    tape->kernels->logistic(node->in[0]->value, node->value);
}

static void logistic_vjp(Tape *tape, Node *node) {
    tape->kernels->logistic_vjp(node->value, node->gradient, node->in[0]->gradient);
}

static void logistic_jvp(Tape *tape, Node *node) {
    matrix_zero(node->tangent);
    tape->kernels->logistic_vjp(node->value, node->in[0]->tangent,
                                node->tangent);    // a diagonal Jacobian is its own transpose
}

static const TapeOp logistic_op = {"logistic", logistic_forward, logistic_vjp, logistic_jvp};

Node *tape_logistic(Tape *tape, Node *x) {
    return record(tape, &logistic_op, x->value.rows, x->value.cols, x, NULL, NULL);
}

static void tanh_forward(Tape *tape, Node *node) {
    tape->kernels->tanh(node->in[0]->value, node->value);
}

static void tanh_vjp(Tape *tape, Node *node) {
    tape->kernels->tanh_vjp(node->value, node->gradient, node->in[0]->gradient);
}

static void tanh_jvp(Tape *tape, Node *node) {
    matrix_zero(node->tangent);
    tape->kernels->tanh_vjp(node->value, node->in[0]->tangent, node->tangent);
}

static const TapeOp tanh_op = {"tanh", tanh_forward, tanh_vjp, tanh_jvp};

Node *tape_tanh(Tape *tape, Node *x) {
    return record(tape, &tanh_op, x->value.rows, x->value.cols, x, NULL, NULL);
}

static void relu_forward(Tape *tape, Node *node) {
    tape->kernels->relu(node->in[0]->value, node->value);
}

static void relu_vjp(Tape *tape, Node *node) {
    tape->kernels->relu_vjp(node->value, node->gradient, node->in[0]->gradient);
}

static void relu_jvp(Tape *tape, Node *node) {
    matrix_zero(node->tangent);
    tape->kernels->relu_vjp(node->value, node->in[0]->tangent, node->tangent);
}

static const TapeOp relu_op = {"relu", relu_forward, relu_vjp, relu_jvp};

Node *tape_relu(Tape *tape, Node *x) {
    return record(tape, &relu_op, x->value.rows, x->value.cols, x, NULL, NULL);
}

// ---- (1-z) a + z b --------------------------------------------------------------------------------------------------------------

static void blend_forward(Tape *tape, Node *node) {
    tape->kernels->blend(node->in[0]->value, node->in[1]->value, node->in[2]->value, node->value);
}

static void blend_vjp(Tape *tape, Node *node) {
    Node *z = node->in[0], *a = node->in[1], *b = node->in[2];
    tape->kernels->blend_vjp(z->value, a->value, b->value, node->gradient, z->gradient, a->gradient, b->gradient);
}

// dy = da + z (db - da) + dz (b - a)
static void blend_jvp(Tape *tape, Node *node) {
    Node *z = node->in[0], *a = node->in[1], *b = node->in[2];
    tape->kernels->blend(z->value, a->tangent, b->tangent, node->tangent);
    tape->kernels->mul_add(z->tangent, b->value, node->tangent);
    Matrix minus_a = tape_matrix(tape, a->value.rows, a->value.cols);
    tape->kernels->scale(-1, a->value, minus_a);
    tape->kernels->mul_add(z->tangent, minus_a, node->tangent);
}

static const TapeOp blend_op = {"blend", blend_forward, blend_vjp, blend_jvp};

Node *tape_blend(Tape *tape, Node *z, Node *a, Node *b) {
    same_shape(z, a);
    same_shape(z, b);
    return record(tape, &blend_op, z->value.rows, z->value.cols, z, a, b);
}

// ---- concatenation --------------------------------------------------------------------------------------------------------------

static Matrix block(Matrix whole, const Node *part, int *at, bool by_rows) {
    Matrix here = by_rows ? matrix_rows(whole, *at, part->value.rows) : matrix_cols(whole, *at, part->value.cols);
    *at += by_rows ? part->value.rows : part->value.cols;
    return here;
}

static void concat_forward(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0, at = 0; i < node->count; i++) {
        matrix_copy(node->many[i]->value, block(node->value, node->many[i], &at, node->scalar != 0));
    }
}

static void concat_vjp(Tape *tape, Node *node) {
    for (int i = 0, at = 0; i < node->count; i++) {
        Matrix here = block(node->gradient, node->many[i], &at, node->scalar != 0);
        if (wanted(node->many[i])) tape->kernels->axpy(1, here, node->many[i]->gradient);
    }
}

static void concat_jvp(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0, at = 0; i < node->count; i++) {
        matrix_copy(node->many[i]->tangent, block(node->tangent, node->many[i], &at, node->scalar != 0));
    }
}

static const TapeOp concat_op = {"concat", concat_forward, concat_vjp, concat_jvp};

static Node *concat(Tape *tape, int count, Node *const *parts, bool by_rows) {
    assert(count > 0);
    int rows = by_rows ? 0 : parts[0]->value.rows, cols = by_rows ? parts[0]->value.cols : 0;
    for (int i = 0; i < count; i++) {
        if (by_rows) rows += parts[i]->value.rows;
        else cols += parts[i]->value.cols;
    }
    Node *node = tape_record_many(tape, &concat_op, rows, cols, count, parts);
    node->scalar = by_rows;
    concat_forward(tape, node);
    return node;
}

Node *tape_concat_rows(Tape *tape, int count, Node *const *parts) {
    return concat(tape, count, parts, true);
}

Node *tape_concat_cols(Tape *tape, int count, Node *const *parts) {
    return concat(tape, count, parts, false);
}

// ---- y[i] = x[i][index[i]] ------------------------------------------------------------------------------------------------------

static const int *keep_index(Tape *tape, const int *index, int count) {
    int *kept = arena_alloc(tape->arena, (size_t)count * sizeof(int));
    memcpy(kept, index, (size_t)count * sizeof(int));
    return kept;
}

static void pick_forward(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0; i < node->value.rows; i++) matrix_set(node->value, i, 0, matrix_get(node->in[0]->value, i, node->index[i]));
}

static void pick_vjp(Tape *tape, Node *node) {
    (void)tape;
    Matrix dx = node->in[0]->gradient;
    for (int i = 0; i < node->value.rows; i++) {
        matrix_set(dx, i, node->index[i], matrix_get(dx, i, node->index[i]) + matrix_get(node->gradient, i, 0));
    }
}

static void pick_jvp(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0; i < node->value.rows; i++)
        matrix_set(node->tangent, i, 0, matrix_get(node->in[0]->tangent, i, node->index[i]));
}

static const TapeOp pick_op = {"pick", pick_forward, pick_vjp, pick_jvp};

Node *tape_pick(Tape *tape, Node *x, const int *index) {
    Node *node = tape_record(tape, &pick_op, x->value.rows, 1, x, NULL, NULL);
    node->index = keep_index(tape, index, x->value.rows);
    pick_forward(tape, node);
    return node;
}

// ---- y[i] = x[rows[i]] ------------------------------------------------------------------------------------------------------------

static void select_rows_forward(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0; i < node->value.rows; i++)
        matrix_copy(matrix_rows(node->in[0]->value, node->index[i], 1), matrix_rows(node->value, i, 1));
}

static void select_rows_vjp(Tape *tape, Node *node) {
    for (int i = 0; i < node->value.rows; i++)
        tape->kernels->axpy(1, matrix_rows(node->gradient, i, 1), matrix_rows(node->in[0]->gradient, node->index[i], 1));
}

static void select_rows_jvp(Tape *tape, Node *node) {
    (void)tape;
    for (int i = 0; i < node->value.rows; i++)
        matrix_copy(matrix_rows(node->in[0]->tangent, node->index[i], 1), matrix_rows(node->tangent, i, 1));
}

static const TapeOp select_rows_op = {"select_rows", select_rows_forward, select_rows_vjp, select_rows_jvp};

Node *tape_select_rows(Tape *tape, Node *x, int count, const int *rows) {
    Node *node = tape_record(tape, &select_rows_op, count, x->value.cols, x, NULL, NULL);
    node->index = keep_index(tape, rows, count);
    select_rows_forward(tape, node);
    return node;
}

// ---- sums -----------------------------------------------------------------------------------------------------------------------

static void sum_forward(Tape *tape, Node *node) {
    matrix_set(node->value, 0, 0, tape->kernels->sum(node->in[0]->value));
}

static void sum_vjp(Tape *tape, Node *node) {
    Matrix dx = node->in[0]->gradient;
    tape->kernels->shift(matrix_get(node->gradient, 0, 0), dx, dx);
}

static void sum_jvp(Tape *tape, Node *node) {
    matrix_set(node->tangent, 0, 0, tape->kernels->sum(node->in[0]->tangent));
}

static const TapeOp sum_op = {"sum", sum_forward, sum_vjp, sum_jvp};

Node *tape_sum(Tape *tape, Node *x) {
    return record(tape, &sum_op, 1, 1, x, NULL, NULL);
}

// Mean of (x - target)^2; the difference is kept for the derivatives.
static void squared_error_forward(Tape *tape, Node *node) {
    Matrix x = node->in[0]->value;
    node->kept = tape_matrix(tape, x.rows, x.cols);
    tape->kernels->sub(x, node->in[1]->value, node->kept);
    matrix_set(node->value, 0, 0, tape->kernels->sum_squares(node->kept) / ((double)x.rows * x.cols));
}

static double squared_error_factor(const Node *node) {
    return 2.0 / ((double)node->kept.rows * node->kept.cols);
}

static void squared_error_vjp(Tape *tape, Node *node) {
    double factor = squared_error_factor(node) * matrix_get(node->gradient, 0, 0);
    if (wanted(node->in[0])) tape->kernels->axpy(factor, node->kept, node->in[0]->gradient);
    if (wanted(node->in[1])) tape->kernels->axpy(-factor, node->kept, node->in[1]->gradient);
}

static void squared_error_jvp(Tape *tape, Node *node) {
    Matrix change = tape_matrix(tape, node->kept.rows, node->kept.cols);
    tape->kernels->sub(node->in[0]->tangent, node->in[1]->tangent, change);
    tape->kernels->mul(change, node->kept, change);
    matrix_set(node->tangent, 0, 0, squared_error_factor(node) * tape->kernels->sum(change));
}

static const TapeOp squared_error_op = {"mean_squared_error", squared_error_forward, squared_error_vjp, squared_error_jvp};

Node *tape_mean_squared_error(Tape *tape, Node *x, Node *target) {
    same_shape(x, target);
    return record(tape, &squared_error_op, 1, 1, x, target, NULL);
}

// ---- mean of -log softmax(x)[label] ---------------------------------------------------------------------------------------------

// Keeps softmax(x). -log softmax(x)[l] = log sum exp(x - max) - (x[l] - max).
static void cross_entropy_forward(Tape *tape, Node *node) {
    Matrix x = node->in[0]->value;
    node->kept = tape_matrix(tape, x.rows, x.cols);
    Matrix maximum = tape_matrix(tape, x.rows, 1), loss = tape_matrix(tape, x.rows, 1);
    tape->kernels->softmax(x, node->kept, maximum, loss);
    for (int i = 0; i < x.rows; i++) {
        double shifted = matrix_get(x, i, node->index[i]) - matrix_get(maximum, i, 0);
        matrix_set(loss, i, 0, matrix_get(loss, i, 0) - shifted);
    }
    matrix_set(node->value, 0, 0, tape->kernels->sum(loss) / x.rows);
}

// d/dx = (softmax - one-hot(label)) / rows
static void cross_entropy_vjp(Tape *tape, Node *node) {
    Matrix dx = node->in[0]->gradient;
    double factor = matrix_get(node->gradient, 0, 0) / node->kept.rows;
    tape->kernels->axpy(factor, node->kept, dx);
    for (int i = 0; i < dx.rows; i++) matrix_set(dx, i, node->index[i], matrix_get(dx, i, node->index[i]) - factor);
}

static void cross_entropy_jvp(Tape *tape, Node *node) {
    Matrix change = tape_matrix(tape, node->kept.rows, node->kept.cols);
    Matrix x_tangent = node->in[0]->tangent;
    tape->kernels->mul(node->kept, x_tangent, change);
    double sum = tape->kernels->sum(change);
    for (int i = 0; i < change.rows; i++) sum -= matrix_get(x_tangent, i, node->index[i]);
    matrix_set(node->tangent, 0, 0, sum / change.rows);
}

static const TapeOp cross_entropy_op = {"cross_entropy", cross_entropy_forward, cross_entropy_vjp, cross_entropy_jvp};

Node *tape_cross_entropy(Tape *tape, Node *logits, const int *label) {
    Node *node = tape_record(tape, &cross_entropy_op, 1, 1, logits, NULL, NULL);
    node->index = keep_index(tape, label, logits->value.rows);
    cross_entropy_forward(tape, node);
    return node;
}
