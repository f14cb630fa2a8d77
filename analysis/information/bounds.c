#include "analysis/information/bounds.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/vmath.h"

static double *row_of(Matrix m, int row) {
    return matrix_row(m, row);
}

static void check(Matrix scores, Matrix work) {
    assert(scores.rows >= 2 && scores.rows == scores.cols && work.rows == scores.rows && work.cols == scores.cols);
    assert(scores.type == DTYPE_F64 && work.type == DTYPE_F64);
}

static double off_count(Matrix scores) {
    return (double)scores.rows * (scores.rows - 1);
}

static double diagonal_mean(Matrix scores) {
    double sum = 0;
    for (int i = 0; i < scores.rows; i++) sum += row_of(scores, i)[i];
    return sum / scores.rows;
}

static void diagonal_fill(Matrix m, double value) {
    for (int i = 0; i < m.rows; i++) row_of(m, i)[i] = value;
}

// clip(F, -tau, tau) off the diagonal, -infinity on it; returns the largest. NaN stays NaN.
static double off_diagonal(Matrix scores, double tau, Matrix out) {
    double top = -INFINITY;
    for (int i = 0; i < scores.rows; i++) {
        const double *from = row_of(scores, i);
        double *to = row_of(out, i);
        for (int j = 0; j < scores.cols; j++) to[j] = from[j] > tau ? tau : from[j] < -tau ? -tau : from[j];
        to[i] = -INFINITY;
        for (int j = 0; j < scores.cols; j++) top = to[j] > top ? to[j] : top;
    }
    return top;
}

// weights = e^(clip(F) - shift), 0 on the diagonal, the largest of them 1. Returns their sum.
static double off_weights(const Kernels *kernels, Matrix scores, double tau, Matrix weights, double *shift) {
    *shift = off_diagonal(scores, tau, weights);
    kernels->shift(-*shift, weights, weights);
    kernels->exp(weights, weights);
    return kernels->sum(weights);
}

// ---- bounds with one exponential mean -------------------------------------------------------------------------------------

double bound_donsker_varadhan(const Kernels *kernels, Matrix scores, Matrix gradient) {
    return bound_smile(kernels, scores, INFINITY, gradient);
}

double bound_smile(const Kernels *kernels, Matrix scores, double tau, Matrix gradient) {
    check(scores, gradient);
    assert(tau > 0);
    double shift, sum = off_weights(kernels, scores, tau, gradient, &shift);
    kernels->scale(-1 / sum, gradient, gradient);
    for (int i = 0; i < scores.rows && tau < INFINITY; i++) {
        const double *score = row_of(scores, i);
        double *slope = row_of(gradient, i);
        for (int j = 0; j < scores.cols; j++) slope[j] = score[j] > tau || score[j] < -tau ? 0 : slope[j];
    }
    diagonal_fill(gradient, 1.0 / scores.rows);
    return diagonal_mean(scores) - (shift + vmath_log(sum / off_count(scores)));
}

double bound_nwj(const Kernels *kernels, Matrix scores, Matrix gradient) {
    check(scores, gradient);
    double shift, sum = off_weights(kernels, scores, INFINITY, gradient, &shift),
                  scale = vmath_exp(shift - 1) / off_count(scores);
    kernels->scale(-scale, gradient, gradient);
    diagonal_fill(gradient, 1.0 / scores.rows);
    return diagonal_mean(scores) - scale * sum;
}

// ---- InfoNCE --------------------------------------------------------------------------------------------------------------

double bound_infonce_rows(const Kernels *kernels, Matrix scores, Matrix gradient) {
    check(scores, gradient);
    int size = scores.rows;
    double *work = memory_alloc(2 * (size_t)size * sizeof *work), sum = 0;
    Matrix top = matrix_view(DTYPE_F64, size, 1, work), log_sum = matrix_view(DTYPE_F64, size, 1, work + size);
    kernels->softmax(scores, gradient, top, log_sum);
    for (int i = 0; i < size; i++) sum += row_of(scores, i)[i] - work[i] - work[size + i];
    kernels->scale(-1.0 / size, gradient, gradient);
    for (int i = 0; i < size; i++) row_of(gradient, i)[i] += 1.0 / size;
    free(work);
    return sum / size + vmath_log(size);
}

static void column_tops(Matrix scores, double *top) {
    for (int j = 0; j < scores.cols; j++) top[j] = row_of(scores, 0)[j];
    for (int i = 1; i < scores.rows; i++) {
        const double *score = row_of(scores, i);
        for (int j = 0; j < scores.cols; j++) top[j] = score[j] > top[j] ? score[j] : top[j];
    }
}

double bound_infonce_columns(const Kernels *kernels, Matrix scores, Matrix gradient) {
    check(scores, gradient);
    int size = scores.rows;
    double *top = memory_zeroed(2 * (size_t)size, sizeof *top), *sums = top + size, sum = 0;
    Matrix negative = matrix_view(DTYPE_F64, 1, size, top), column = matrix_view(DTYPE_F64, 1, size, sums);
    column_tops(scores, top);
    kernels->scale(-1, negative, negative);
    kernels->add_row(scores, negative, gradient);
    kernels->exp(gradient, gradient);
    kernels->sum_rows(gradient, column);
    for (int i = 0; i < size; i++) sum += row_of(scores, i)[i] + top[i] - vmath_log(sums[i]);
    for (int j = 0; j < size; j++) sums[j] = -1 / (size * sums[j]);
    kernels->mul_row(gradient, column, gradient);
    for (int i = 0; i < size; i++) row_of(gradient, i)[i] += 1.0 / size;
    free(top);
    return sum / size + vmath_log(size);
}

// ---- Jensen-Shannon -------------------------------------------------------------------------------------------------------

// softplus(z) = max(z, 0) + log(1 + e^-|z|), with z = F off the diagonal and -F on it; its derivative is the logistic function.
double bound_js(const Kernels *kernels, Matrix scores, Matrix gradient) {
    check(scores, gradient);
    int size = scores.rows;
    for (int i = 0; i < size; i++) {
        const double *score = row_of(scores, i);
        double *out = row_of(gradient, i);
        for (int j = 0; j < size; j++) out[j] = -fabs(score[j]);
    }
    kernels->exp(gradient, gradient);
    kernels->shift(1, gradient, gradient);
    kernels->log(gradient, gradient);
    double joint = 0;
    for (int i = 0; i < size; i++) {
        const double *score = row_of(scores, i);
        double *tail = row_of(gradient, i);
        joint += (score[i] < 0 ? -score[i] : 0) + tail[i];
        for (int j = 0; j < size; j++) tail[j] += score[j] > 0 ? score[j] : 0;
        tail[i] = 0;
    }
    double apart = kernels->sum(gradient);
    kernels->logistic(scores, gradient);
    kernels->scale(-1 / off_count(scores), gradient, gradient);
    for (int i = 0; i < size; i++) row_of(gradient, i)[i] = vmath_logistic(-row_of(scores, i)[i]) / size;
    return -joint / size - apart / off_count(scores);
}

// ---- effective sample size ------------------------------------------------------------------------------------------------

static double effective_size(double sum, const double *part, int count) {
    double squares = 0;
    for (int i = 0; i < count; i++) squares += part[i] * part[i];
    return sum * sum / squares;
}

double bound_effective_size(const Kernels *kernels, Matrix scores, double tau, Matrix work) {
    check(scores, work);
    assert(tau > 0);
    int size = scores.rows;
    double *sums = memory_zeroed(2 * (size_t)size, sizeof *sums), shift, sum = off_weights(kernels, scores, tau, work, &shift);
    kernels->sum_rows(work, matrix_view(DTYPE_F64, 1, size, sums));
    for (int i = 0; i < size; i++) sums[size + i] = kernels->sum(matrix_rows(work, i, 1));
    double by_columns = effective_size(sum, sums, size), by_rows = effective_size(sum, sums + size, size);
    free(sums);
    return by_columns < by_rows ? by_columns : by_rows;
}
