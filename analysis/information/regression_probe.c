#include "analysis/information/regression_probe.h"

#include <assert.h>
#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>
#include <math.h>
#include <stdlib.h>

#include "core/arena.h"

static const double least_penalty = 1e-9, least_share = 1e-10;

// ---- columns ----------------------------------------------------------------------------------------------------------------

static Matrix room_for(int rows, int cols) {
    return matrix_view(DTYPE_F64, rows, cols, memory_zeroed((size_t)rows * (size_t)cols, sizeof(double)));
}

static double *row_of(Matrix m, int row) {
    return matrix_row(m, row);
}

static gsl_matrix_view gsl_of(Matrix m) {
    return gsl_matrix_view_array(m.data, (size_t)m.rows, (size_t)m.cols);
}

// What is taken from a column and what it is multiplied with: [1, cols] each.
typedef struct Scale {
    Matrix mean, factor;
} Scale;

// Mean 0 and deviation 1. A deviation within the rounding of the mean is none, and the column becomes 0.
static Scale scale_of(Matrix m) {
    Scale scale = {room_for(1, m.cols), room_for(1, m.cols)};
    for (int j = 0; j < m.cols; j++) {
        double mean = 0, square = 0;
        for (int i = 0; i < m.rows; i++) mean += matrix_get(m, i, j) / m.rows;
        for (int i = 0; i < m.rows; i++) square += pow(matrix_get(m, i, j) - mean, 2) / m.rows;
        matrix_set(scale.mean, 0, j, mean);
        matrix_set(scale.factor, 0, j, sqrt(square) > 1e-12 * fabs(mean) ? 1 / sqrt(square) : 0);
    }
    return scale;
}

static void scale_free(Scale *scale) {
    free(scale->mean.data);
    free(scale->factor.data);
}

static Matrix scaled(Matrix m, const Scale *scale) {
    Matrix out = room_for(m.rows, m.cols);
    const double *mean = scale->mean.data, *factor = scale->factor.data;
    for (int i = 0; i < m.rows; i++) {
        for (int j = 0; j < m.cols; j++) row_of(out, i)[j] = (matrix_get(m, i, j) - mean[j]) * factor[j];
    }
    return out;
}

// a^T b / rows
static Matrix moments(const Linalg *linalg, Matrix a, Matrix b) {
    Matrix out = room_for(a.cols, b.cols);
    linalg->product(true, false, a, b, false, out);
    for (int i = 0; i < out.rows; i++) {
        for (int j = 0; j < out.cols; j++) row_of(out, i)[j] /= a.rows;
    }
    return out;
}

// ---- the fit ----------------------------------------------------------------------------------------------------------------

typedef struct Fit {
    const Linalg *linalg;
    Scale x, y;        // of the training pairs
    Matrix weights;    // [dx, dy] between scaled columns
} Fit;

// (X^T X / n + penalty) w = X^T y / n. Scaling y scales w, so the penalty weighs the same in every unit of y.
static Fit fit_create(double penalty, RegressionPairs train, const Linalg *linalg) {
    Fit fit = {linalg, scale_of(train.x), scale_of(train.y), {0}};
    Matrix x = scaled(train.x, &fit.x), y = scaled(train.y, &fit.y), square = moments(linalg, x, x);
    fit.weights = moments(linalg, x, y);
    for (int i = 0; i < square.rows; i++) row_of(square, i)[i] += penalty > least_penalty ? penalty : least_penalty;
    gsl_matrix_view normal = gsl_of(square), weights = gsl_of(fit.weights);
    gsl_linalg_cholesky_decomp1(&normal.matrix);
    for (int j = 0; j < y.cols; j++) {
        gsl_vector_view column = gsl_matrix_column(&weights.matrix, (size_t)j);
        gsl_linalg_cholesky_svx(&normal.matrix, &column.vector);
    }
    free(square.data);
    free(y.data);
    free(x.data);
    return fit;
}

static void fit_free(Fit *fit) {
    scale_free(&fit->x);
    scale_free(&fit->y);
    free(fit->weights.data);
}

// y - y'(x), in units of `unit` and with mean 0.
static Matrix residuals(const Fit *fit, RegressionPairs pairs, const Scale *unit) {
    Matrix x = scaled(pairs.x, &fit->x), y = scaled(pairs.y, &fit->y), guess = room_for(y.rows, y.cols);
    fit->linalg->product(false, false, x, fit->weights, false, guess);
    const double *mine = fit->y.factor.data, *other = unit->factor.data;
    for (int j = 0; j < y.cols; j++) {
        // A column that did not vary in training is guessed to be its mean there.
        double scale = mine[j] > 0 ? other[j] / mine[j] : 0, mean = 0;
        for (int i = 0; i < y.rows; i++) {
            double *e = row_of(guess, i) + j;
            if (mine[j] > 0) *e = (row_of(y, i)[j] - *e) * scale;
            else *e = (matrix_get(pairs.y, i, j) - matrix_get(fit->y.mean, 0, j)) * other[j];
            mean += *e / y.rows;
        }
        for (int i = 0; i < y.rows; i++) row_of(guess, i)[j] -= mean;
    }
    free(x.data);
    free(y.data);
    return guess;
}

// ---- determinants -----------------------------------------------------------------------------------------------------------

// Columns v_k / sqrt(value_k) of the eigenvectors of a covariance with values above `cut` of the largest: `m` times it has covariance 1.
// *log_determinant: the sum of the logarithms of these values; NaN where one is not positive.
static Matrix whitening(const Linalg *linalg, Matrix m, double cut, double *log_determinant) {
    Matrix covariance = moments(linalg, m, m), vector = room_for(m.cols, m.cols), out = room_for(m.cols, m.cols);
    gsl_matrix_view from = gsl_of(covariance), to = gsl_of(vector);
    gsl_vector *value = gsl_vector_alloc((size_t)m.cols);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc((size_t)m.cols);
    gsl_eigen_symmv(&from.matrix, value, &to.matrix, work);
    double largest = gsl_vector_max(value);
    int kept = 0;
    *log_determinant = 0;
    for (int k = 0; k < m.cols; k++) {
        double share = gsl_vector_get(value, (size_t)k);
        if (cut > 0 && !(share > cut * largest && share > 0)) continue;
        *log_determinant += share > 0 ? log(share) : NAN;
        for (int i = 0; i < m.cols; i++) row_of(out, i)[kept] = row_of(vector, i)[k] / sqrt(share);
        kept++;
    }
    gsl_eigen_symmv_free(work);
    gsl_vector_free(value);
    free(covariance.data);
    free(vector.data);
    return matrix_cols(out, 0, kept);
}

static Matrix product(const Linalg *linalg, Matrix a, Matrix b) {
    Matrix out = room_for(a.rows, b.cols);
    linalg->product(false, false, a, b, false, out);
    return out;
}

static double square_norm(Matrix m, int row) {
    double sum = 0;
    for (int j = 0; j < m.cols; j++) sum += row_of(m, row)[j] * row_of(m, row)[j];
    return sum;
}

// With z = y whitened, |S_z| = 1, and the information is -1/2 log of the determinant of the residuals in the same coordinates. Returns how
// many those are.
static int information(const Fit *fit, RegressionPairs pairs, double *value, double *standard_error) {
    const Linalg *linalg = fit->linalg;
    Scale unit = scale_of(pairs.y);
    Matrix y = scaled(pairs.y, &unit), e = residuals(fit, pairs, &unit);
    double unused, log_determinant, variance = 0;
    Matrix basis = whitening(linalg, y, least_share, &unused);
    int kept = basis.cols, n = y.rows;
    *value = *standard_error = 0;
    if (kept > 0) {
        Matrix z = product(linalg, y, basis), left = product(linalg, e, basis);
        Matrix inner = whitening(linalg, left, 0, &log_determinant), white = product(linalg, left, inner);
        *value = -log_determinant / 2;
        for (int i = 0; i < n; i++) variance += pow((square_norm(z, i) - square_norm(white, i)) / 2, 2) / (n - 1);
        *standard_error = sqrt(variance / n);
        free(z.data);
        free(left.data);
        free(inner.data);
        free(white.data);
    }
    free(basis.data);
    free(y.data);
    free(e.data);
    scale_free(&unit);
    return kept;
}

bool regression_probe(double penalty, RegressionPairs train, RegressionPairs test, const Linalg *linalg,
                      RegressionEstimate *estimate, Error *error) {
    assert(train.x.rows == train.y.rows && test.x.rows == test.y.rows && train.x.cols == test.x.cols &&
           train.y.cols == test.y.cols);
    assert(matrix_finite(train.x) && matrix_finite(train.y) && matrix_finite(test.x) && matrix_finite(test.y));
    int least = train.y.cols + 2;
    if (train.x.rows < least || test.x.rows < least) {
        return error_set(error,
                         "%d training and %d test pairs are too few for %d columns of y; accepted are at least %d of each",
                         train.x.rows, test.x.rows, train.y.cols, least);
    }
    double unused;
    Fit fit = fit_create(penalty, train, linalg);
    information(&fit, train, &estimate->train, &unused);
    estimate->directions = information(&fit, test, &estimate->information, &estimate->standard_error);
    fit_free(&fit);
    return true;
}
