#include "algorithms/training/vaa_star.h"

#include <assert.h>
#include <math.h>

// Of the authors' program: keeps the quotient finite.
static const double DELTA = 1e-6;

// What the operation keeps. Everything in double but `squashed`, which goes through the tape's own tanh.
typedef struct Star {
    double tolerance;
    const Kernels *kernels;
    Matrix states;        // s [n, D]
    Matrix *squashed;     // the same input by input
    Matrix difference;    // [1, D]
    Matrix closeness;     // C [n, n]
    Matrix slope;         // [n, n], i < j: dVAA*/dd_ij / d_ij
} Star;

static Matrix scratch(Tape *tape, DType type, int rows, int cols) {
    return matrix_view(type, rows, cols, tape_scratch(tape, (size_t)rows * (size_t)cols * dtype_size(type)));
}

static double at(Matrix square, int i, int j) {
    return ((const double *)matrix_row(square, i))[j];
}

static void put(Matrix square, int i, int j, double value) {
    ((double *)matrix_row(square, i))[j] = value;
}

static void convert(Matrix from, Matrix to) {
    for (int i = 0; i < from.rows; i++) {
        for (int j = 0; j < from.cols; j++) matrix_set(to, i, j, matrix_get(from, i, j));
    }
}

// difference = a_i - a_j
static void subtract(const Star *star, Matrix a, int i, int j) {
    star->kernels->sub(matrix_rows(a, i, 1), matrix_rows(a, j, 1), star->difference);
}

// ---- forward -----------------------------------------------------------------------------------------------------------------

static bool squash(Tape *tape, const Node *node) {
    Star *star = node->context;
    bool finite = true;
    for (int k = 0, first = 0; k < node->count; first += node->many[k]->value.cols, k++) {
        Matrix x = node->many[k]->value;
        finite = finite && matrix_finite(x);
        tape_kernels(tape)->tanh(x, star->squashed[k]);
        convert(star->squashed[k], matrix_cols(star->states, first, x.cols));
    }
    return finite;
}

// C, and in the upper half of `slope` the distances.
static void compare(const Star *star) {
    for (int i = 0; i < star->states.rows; i++) {
        put(star->closeness, i, i, 1);
        for (int j = i + 1; j < star->states.rows; j++) {
            subtract(star, star->states, i, j);
            double d = sqrt(star->kernels->sum_squares(star->difference));
            double c = d <= star->tolerance ? 1 : (star->tolerance + DELTA) / (d + DELTA);
            put(star->slope, i, j, d);
            put(star->closeness, i, j, c);
            put(star->closeness, j, i, c);
        }
    }
}

static double closeness_sum(const Star *star, int i) {
    double sum = 0;
    for (int j = 0; j < star->states.rows; j++) sum += at(star->closeness, i, j);
    return sum;
}

// Distances become slopes. Not finite: undefined everywhere.
static void differentiate(const Star *star, const double *inverse_square, bool finite) {
    int n = star->states.rows;
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            double d = at(star->slope, i, j), slope = 0;
            if (d > star->tolerance) {
                double both = inverse_square[i] + inverse_square[j];
                slope = both * (star->tolerance + DELTA) / ((d + DELTA) * (d + DELTA)) / n / d;
            }
            put(star->slope, i, j, finite ? slope : NAN);
        }
    }
}

static void forward(Tape *tape, Node *node) {
    const Star *star = node->context;
    int n = star->states.rows;
    bool finite = squash(tape, node);
    compare(star);
    double value = 0, *inverse_square = tape_scratch(tape, (size_t)n * sizeof(double));
    for (int i = 0; i < n; i++) {
        double sum = closeness_sum(star, i);
        value += 1 / sum;
        inverse_square[i] = 1 / (sum * sum);
    }
    differentiate(star, inverse_square, finite);
    matrix_set(node->value, 0, 0, finite ? value / n : NAN);
}

// ---- derivatives ---------------------------------------------------------------------------------------------------------------

// The gradient by pairs, not by a product with the matrix of slopes: that would subtract large numbers where states are close.
static void vjp(Tape *tape, Node *node) {
    const Star *star = node->context;
    int n = star->states.rows;
    double gradient = matrix_get(node->gradient, 0, 0);
    Matrix ds = scratch(tape, DTYPE_F64, n, star->states.cols);
    matrix_zero(ds);
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            double slope = gradient * at(star->slope, i, j);
            if (slope == 0) continue;
            subtract(star, star->states, i, j);
            star->kernels->axpy(slope, star->difference, matrix_rows(ds, i, 1));
            star->kernels->axpy(-slope, star->difference, matrix_rows(ds, j, 1));
        }
    }
    for (int k = 0, first = 0; k < node->count; first += node->many[k]->value.cols, k++) {
        Node *input = node->many[k];
        if (!input->gradient.data) continue;
        Matrix own = scratch(tape, tape_type(tape), n, input->value.cols);
        convert(matrix_cols(ds, first, input->value.cols), own);
        tape_kernels(tape)->tanh_vjp(star->squashed[k], own, input->gradient);
    }
}

static void jvp(Tape *tape, Node *node) {
    const Star *star = node->context;
    int n = star->states.rows;
    Matrix ds = scratch(tape, DTYPE_F64, n, star->states.cols), other = scratch(tape, DTYPE_F64, 1, star->states.cols);
    for (int k = 0, first = 0; k < node->count; first += node->many[k]->value.cols, k++) {
        Matrix tangent = node->many[k]->tangent, own = scratch(tape, tape_type(tape), n, tangent.cols);
        matrix_zero(own);
        tape_kernels(tape)->tanh_vjp(star->squashed[k], tangent, own);
        convert(own, matrix_cols(ds, first, tangent.cols));
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
            if (at(star->slope, i, j) == 0) continue;
            subtract(star, ds, i, j);
            star->kernels->repeat_row(star->difference, other);
            subtract(star, star->states, i, j);
            star->kernels->mul(star->difference, other, other);
            sum += at(star->slope, i, j) * star->kernels->sum(other);
        }
    }
    matrix_set(node->tangent, 0, 0, sum);
}

static const TapeOp vaa_star_op = {"vaa_star", forward, vjp, jvp};

Node *vaa_star(Tape *tape, int count, Node *const *states, double tolerance) {
    int n = states[0]->value.rows, width = 0;
    assert(count > 0 && n > 0 && tolerance > 0);
    Star *star = tape_scratch(tape, sizeof *star);
    star->squashed = tape_scratch(tape, (size_t)count * sizeof *star->squashed);
    for (int k = 0; k < count; k++) {
        assert(states[k]->value.rows == n);
        star->squashed[k] = scratch(tape, tape_type(tape), n, states[k]->value.cols);
        width += states[k]->value.cols;
    }
    star->tolerance = tolerance;
    star->kernels = kernels_for(DTYPE_F64);
    star->states = scratch(tape, DTYPE_F64, n, width);
    star->difference = scratch(tape, DTYPE_F64, 1, width);
    star->closeness = scratch(tape, DTYPE_F64, n, n);
    star->slope = scratch(tape, DTYPE_F64, n, n);
    return tape_operation(tape, &vaa_star_op, 1, 1, count, states, star);
}
