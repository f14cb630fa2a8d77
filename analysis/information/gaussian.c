#include "analysis/information/gaussian.h"

#include <assert.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sf_psi.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/information/prepare.h"
#include "core/arena.h"

static const ParamSpec rows[] = {
    {"scaling", PARAM_CHOICE, offsetof(GaussianParams, scaling), "standard", 0, 0, pairs_scalings,
     "of every column: rank-normal for heavy tails and for a lower bound"},
    {"bias_correction", PARAM_BOOL, offsetof(GaussianParams, bias_correction), "true", 0, 0, NULL,
     "less what normal pairs of any information give too much"},
};
const ParamTable gaussian_params = {"gaussian", rows, sizeof rows / sizeof *rows, sizeof(GaussianParams)};

// ---- bases ------------------------------------------------------------------------------------------------------------

// An orthonormal basis of one side, in the coordinates of the basis of both: m = basis triangle, columns in the order `order`.
typedef struct Side {
    int rank;
    gsl_matrix *basis;       // [p, p], of which `rank` columns count
    gsl_matrix *triangle;    // [p, d], upper
    gsl_permutation *order;
} Side;

// [n, dx + dy], columns less their means.
static gsl_matrix *centred(Matrix x, Matrix y) {
    gsl_matrix *both = gsl_matrix_alloc((size_t)x.rows, (size_t)x.cols + (size_t)y.cols);
    for (int col = 0; col < x.cols + y.cols; col++) {
        Matrix from = col < x.cols ? x : y;
        int at = col < x.cols ? col : col - x.cols;
        double mean = 0;
        for (int row = 0; row < x.rows; row++) mean += matrix_get(from, row, at);
        mean /= x.rows;
        for (int row = 0; row < x.rows; row++) {
            gsl_matrix_set(both, (size_t)row, (size_t)col, matrix_get(from, row, at) - mean);
        }
    }
    return both;
}

// R of the QR factorisation of both sides: its columns are those of the sides in an orthonormal basis, so that all that follows is small.
static gsl_matrix *reduced(const gsl_matrix *both) {
    size_t p = both->size2;
    gsl_matrix *factor = gsl_matrix_alloc(both->size1, p), *t = gsl_matrix_alloc(p, p), *r = gsl_matrix_calloc(p, p);
    gsl_matrix_memcpy(factor, both);
    gsl_linalg_QR_decomp_r(factor, t);
    for (size_t i = 0; i < p; i++) {
        for (size_t j = i; j < p; j++) gsl_matrix_set(r, i, j, gsl_matrix_get(factor, i, j));
    }
    gsl_matrix_free(factor);
    gsl_matrix_free(t);
    return r;
}

static Side side_create(const gsl_matrix *r, int first, int d) {
    size_t p = r->size1, width = (size_t)d;
    Side side = {0, gsl_matrix_alloc(p, p), gsl_matrix_alloc(p, width), gsl_permutation_alloc(width)};
    gsl_matrix *columns = gsl_matrix_alloc(p, width);
    gsl_matrix_const_view view = gsl_matrix_const_submatrix(r, 0, (size_t)first, p, width);
    gsl_matrix_memcpy(columns, &view.matrix);
    gsl_vector *tau = gsl_vector_alloc(width), *norm = gsl_vector_alloc(width);
    int sign;
    gsl_linalg_QRPT_decomp(columns, tau, side.order, &sign, norm);
    gsl_linalg_QR_unpack(columns, tau, side.basis, side.triangle);
    double largest = fabs(gsl_matrix_get(side.triangle, 0, 0));
    while (side.rank < d) {
        double diagonal = fabs(gsl_matrix_get(side.triangle, (size_t)side.rank, (size_t)side.rank));
        if (!(diagonal > 0) || diagonal < 1e-10 * largest) break;
        side.rank++;
    }
    gsl_vector_free(tau);
    gsl_vector_free(norm);
    gsl_matrix_free(columns);
    return side;
}

static void side_free(Side *side) {
    gsl_matrix_free(side->basis);
    gsl_matrix_free(side->triangle);
    gsl_permutation_free(side->order);
}

// ---- canonical pairs --------------------------------------------------------------------------------------------------

// Q_wide^T Q_narrow = u diag(s) v^T with rank(wide) >= rank(narrow).
typedef struct Canonical {
    gsl_matrix *u, *v;
    gsl_vector *s;
} Canonical;

static Canonical canonical_create(const Side *wide, const Side *narrow) {
    size_t rows_u = (size_t)wide->rank, cols = (size_t)narrow->rank, p = wide->basis->size1;
    Canonical out = {gsl_matrix_alloc(rows_u, cols), gsl_matrix_alloc(cols, cols), gsl_vector_alloc(cols)};
    gsl_matrix_const_view a = gsl_matrix_const_submatrix(wide->basis, 0, 0, p, rows_u);
    gsl_matrix_const_view b = gsl_matrix_const_submatrix(narrow->basis, 0, 0, p, cols);
    gsl_blas_dgemm(CblasTrans, CblasNoTrans, 1, &a.matrix, &b.matrix, 0, out.u);
    gsl_linalg_SV_decomp_jacobi(out.u, out.v, out.s);
    return out;
}

static void canonical_free(Canonical *canonical) {
    gsl_matrix_free(canonical->u);
    gsl_matrix_free(canonical->v);
    gsl_vector_free(canonical->s);
}

// Scores of variance 1 [n, pairs]: the centred columns times P R^-1 `rotation`, P the order of the pivots.
static gsl_matrix *scores(const gsl_matrix *both, const Side *side, int first, const gsl_matrix *rotation) {
    size_t d = side->triangle->size2, rank = (size_t)side->rank, n = both->size1, count = rotation->size2;
    gsl_matrix *solved = gsl_matrix_alloc(rank, count), *weights = gsl_matrix_calloc(d, count),
               *out = gsl_matrix_alloc(n, count);
    gsl_matrix_memcpy(solved, rotation);
    gsl_matrix_const_view r = gsl_matrix_const_submatrix(side->triangle, 0, 0, rank, rank);
    gsl_blas_dtrsm(CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, 1, &r.matrix, solved);
    for (size_t i = 0; i < rank; i++) {
        gsl_vector_view from = gsl_matrix_row(solved, i);
        gsl_matrix_set_row(weights, gsl_permutation_get(side->order, i), &from.vector);
    }
    gsl_matrix_const_view columns = gsl_matrix_const_submatrix(both, 0, (size_t)first, n, d);
    gsl_blas_dgemm(CblasNoTrans, CblasNoTrans, sqrt((double)n), &columns.matrix, weights, 0, out);
    gsl_matrix_free(solved);
    gsl_matrix_free(weights);
    return out;
}

// < influence^2 >
static double influence_square(const gsl_matrix *u, const gsl_matrix *v, const double *correlation) {
    double sum = 0;
    for (size_t i = 0; i < u->size1; i++) {
        double influence = 0;
        for (size_t c = 0; c < u->size2; c++) {
            double a = gsl_matrix_get(u, i, c), b = gsl_matrix_get(v, i, c), r = correlation[c];
            influence += r * (a * b - r * (a * a + b * b) / 2) / ((1 - r) * (1 + r));
        }
        sum += influence * influence;
    }
    return sum / (double)u->size1;
}

static void fit_sides(const gsl_matrix *both, const Side *wide, int first_wide, const Side *narrow, int first_narrow,
                      GaussianFit *fit) {
    Canonical canonical = canonical_create(wide, narrow);
    for (int c = 0; c < fit->count; c++) {
        fit->correlation[c] = fmin(fmax(gsl_vector_get(canonical.s, (size_t)c), 0), 1 - 1e-12);
    }
    gsl_matrix *u = scores(both, wide, first_wide, canonical.u), *v = scores(both, narrow, first_narrow, canonical.v);
    double n = fit->pairs;
    fit->sd = sqrt(influence_square(u, v, fit->correlation) / n + (double)fit->rank_x * fit->rank_y / (2 * n * n));
    gsl_matrix_free(u);
    gsl_matrix_free(v);
    canonical_free(&canonical);
}

GaussianFit gaussian_fit(Matrix x, Matrix y) {
    assert(x.rows == y.rows && x.cols > 0 && y.cols > 0 && x.rows > x.cols + y.cols + 1);
    gsl_matrix *both = centred(x, y), *r = reduced(both);
    Side side_x = side_create(r, 0, x.cols), side_y = side_create(r, x.cols, y.cols);
    GaussianFit fit = {.pairs = x.rows, .rank_x = side_x.rank, .rank_y = side_y.rank};
    fit.count = side_x.rank < side_y.rank ? side_x.rank : side_y.rank;
    fit.correlation = memory_alloc(sizeof(double) * (size_t)fit.count + 1);
    if (fit.count > 0) {
        if (side_x.rank >= side_y.rank) fit_sides(both, &side_x, 0, &side_y, x.cols, &fit);
        else fit_sides(both, &side_y, x.cols, &side_x, 0, &fit);
    }
    side_free(&side_x);
    side_free(&side_y);
    gsl_matrix_free(r);
    gsl_matrix_free(both);
    return fit;
}

void gaussian_free(GaussianFit *fit) {
    free(fit->correlation);
    fit->correlation = NULL;
}

// ---- from the correlations --------------------------------------------------------------------------------------------

double gaussian_information(const GaussianFit *fit) {
    double sum = 0;
    for (int c = 0; c < fit->count; c++) sum += log1p(-fit->correlation[c] * fit->correlation[c]);
    return -sum / 2;
}

static double psi_sum(int n, int d) {
    double sum = 0;
    for (int i = 0; i < d; i++) sum += gsl_sf_psi((n - 1 - i) / 2.0);
    return sum;
}

double gaussian_bias(int n, int rank_x, int rank_y) {
    assert(n > rank_x + rank_y + 1);
    return (psi_sum(n, rank_x) + psi_sum(n, rank_y) - psi_sum(n, rank_x + rank_y)) / 2;
}

double gaussian_p(const GaussianFit *fit) {
    if (fit->count == 0) return 1;
    double factor = fit->pairs - 1 - (fit->rank_x + fit->rank_y + 1) / 2.0;
    return gsl_cdf_chisq_Q(2 * factor * gaussian_information(fit), (double)fit->rank_x * fit->rank_y);
}

// ---- the estimate -----------------------------------------------------------------------------------------------------

static void estimate_pairs_of(const GaussianParams *params, const PreparedPairs *pairs, InformationEstimate *estimate) {
    GaussianFit fit = gaussian_fit(pairs->x, pairs->y);
    double bias = params->bias_correction ? gaussian_bias(fit.pairs, fit.rank_x, fit.rank_y) : 0;
    *estimate = information_unknown();
    estimate->value = gaussian_information(&fit) - bias;
    information_interval(estimate, fit.sd);
    estimate->ceiling = log(pairs->rows);
    estimate->pairs = pairs->rows;
    estimate->unreliable = pairs->rows < 10LL * (pairs->x.cols + pairs->y.cols) || pairs_heavy(pairs);
    gaussian_free(&fit);
}

static bool estimate_gaussian(const void *context, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    const GaussianParams *params = context;
    PreparedPairs pairs;
    PairsScaling scaling = (PairsScaling)params->scaling;
    if (!pairs_prepare(&task->test, scaling, scaling, &pairs, error)) return false;
    int columns = pairs.x.cols + pairs.y.cols;
    bool enough = pairs.rows > columns + 1 || error_set(error, "%d pairs are too few for %d columns; accepted are at least %d",
                                                        pairs.rows, columns, columns + 2);
    if (enough && !pairs_trivial(&pairs, estimate)) estimate_pairs_of(params, &pairs, estimate);
    pairs_free(&pairs);
    return enough;
}

const EstimatorType estimator_gaussian = {
    .name = "gaussian",
    .help = "canonical correlations: exact for normal vectors, blind to what is not linear",
    .source = "Hotelling 1936, \"Relations between two sets of variates\", Biometrika 28",
    .params = &gaussian_params,
    .estimate = estimate_gaussian,
};
