#include "analysis/information/prepare.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/correlation.h"
#include "analysis/information/entropy.h"
#include "core/arena.h"

const char *const pairs_scalings[] = {"none", "standard", "rank-uniform", "rank-normal", "asinh", NULL};

static Matrix room_for(int rows, int cols) {
    return matrix_view(DTYPE_F64, rows, cols, memory_alloc(sizeof(double) * (size_t)rows * (size_t)cols + 1));
}

// ---- rows -------------------------------------------------------------------------------------------------------------

static bool row_finite(const InformationPairs *pairs, int row) {
    if (!matrix_finite(matrix_rows(pairs->x, row, 1))) return false;
    for (int part = 0; part < pairs->parts; part++) {
        if (!matrix_finite(matrix_rows(pairs->y[part].rows, row, 1))) return false;
    }
    return true;
}

static void copy_row(Matrix from, int row, Matrix to, int at, int col) {
    for (int c = 0; c < from.cols; c++) matrix_set(to, at, col + c, matrix_get(from, row, c));
}

static int columns_of_y(const InformationPairs *pairs) {
    int columns = 0;
    for (int part = 0; part < pairs->parts; part++) {
        assert(pairs->y[part].particles == 1 && pairs->y[part].rows.rows == pairs->x.rows);
        columns += pairs->y[part].rows.cols;
    }
    return columns;
}

static void keep_finite(const InformationPairs *pairs, PreparedPairs *out) {
    out->x = room_for(pairs->x.rows, pairs->x.cols);
    out->y = room_for(pairs->x.rows, columns_of_y(pairs));
    for (int row = 0; row < pairs->x.rows; row++) {
        if (!row_finite(pairs, row)) continue;
        copy_row(pairs->x, row, out->x, out->rows, 0);
        for (int part = 0, col = 0; part < pairs->parts; col += pairs->y[part++].rows.cols) {
            copy_row(pairs->y[part].rows, row, out->y, out->rows, col);
        }
        out->rows++;
    }
    out->x.rows = out->y.rows = out->rows;
    out->rejected = pairs->x.rows - out->rows;
}

// ---- columns ----------------------------------------------------------------------------------------------------------

static bool column_constant(Matrix m, int col) {
    for (int row = 1; row < m.rows; row++) {
        if (matrix_get(m, row, col) != matrix_get(m, 0, col)) return false;
    }
    return true;
}

// Packs the columns that vary to the left; returns how many do not.
static int drop_constant(Matrix *m) {
    int *keep = memory_alloc(sizeof(int) * ((size_t)m->cols + 1)), kept = 0;
    for (int col = 0; col < m->cols; col++) {
        if (!column_constant(*m, col)) keep[kept++] = col;
    }
    double *data = m->data;
    for (int row = 0; row < m->rows; row++) {
        for (int col = 0; col < kept; col++) data[(size_t)row * (size_t)kept + (size_t)col] = matrix_get(*m, row, keep[col]);
    }
    int dropped = m->cols - kept;
    m->cols = m->stride = kept;
    free(keep);
    return dropped;
}

static int compare_rows(const void *left, const void *right, void *context) {
    const Matrix *m = context;
    const double *a = matrix_row(*m, *(const int *)left), *b = matrix_row(*m, *(const int *)right);
    for (int col = 0; col < m->cols; col++) {
        if (a[col] != b[col]) return a[col] < b[col] ? -1 : 1;
    }
    return 0;
}

static double distinct_share(Matrix m) {
    int *order = memory_alloc(sizeof(int) * (size_t)m.rows), distinct = 1;
    for (int row = 0; row < m.rows; row++) order[row] = row;
    qsort_r(order, (size_t)m.rows, sizeof *order, compare_rows, &m);
    for (int row = 1; row < m.rows; row++) distinct += compare_rows(&order[row - 1], &order[row], &m) != 0;
    free(order);
    return (double)distinct / m.rows;
}

// ---- scaling ----------------------------------------------------------------------------------------------------------

static void standardise(double *value, int n) {
    double mean = 0, square = 0;
    for (int i = 0; i < n; i++) mean += value[i];
    mean /= n;
    for (int i = 0; i < n; i++) square += (value[i] - mean) * (value[i] - mean);
    double sd = sqrt(square / n);    // 0 only where squares underflow: the column then stays as it is, but for its mean
    for (int i = 0; i < n; i++) value[i] = (value[i] - mean) / (sd > 0 ? sd : 1);
}

static void to_ranks(double *value, int n, bool normal) {
    double *rank = memory_alloc(sizeof(double) * (size_t)n);
    ranks(value, n, rank);
    for (int i = 0; i < n; i++) {
        double u = (rank[i] - 0.5) / n;
        value[i] = normal ? gsl_cdf_ugaussian_Pinv(u) : u;
    }
    free(rank);
}

static void scale_column(double *value, int n, PairsScaling scaling) {
    if (scaling == SCALING_ASINH) {
        for (int i = 0; i < n; i++) value[i] = asinh(value[i]);
    }
    if (scaling == SCALING_STANDARD || scaling == SCALING_ASINH) standardise(value, n);
    if (scaling == SCALING_RANK_UNIFORM || scaling == SCALING_RANK_NORMAL) to_ranks(value, n, scaling == SCALING_RANK_NORMAL);
}

// Scales in place; returns the largest excess kurtosis, at least `kurtosis`.
static double scale(Matrix m, PairsScaling scaling, double kurtosis) {
    double *column = memory_alloc(sizeof(double) * (size_t)m.rows);
    for (int col = 0; col < m.cols; col++) {
        for (int row = 0; row < m.rows; row++) column[row] = matrix_get(m, row, col);
        scale_column(column, m.rows, scaling);
        for (int row = 0; row < m.rows; row++) matrix_set(m, row, col, column[row]);
        kurtosis = fmax(kurtosis, gsl_stats_kurtosis(column, 1, (size_t)m.rows));
    }
    free(column);
    return kurtosis;
}

// ---- what the header says ---------------------------------------------------------------------------------------------

static bool check_rows(const PreparedPairs *pairs, Error *error) {
    int rows = pairs->rows + pairs->rejected;
    if (pairs->rejected * 100LL > rows) {
        return error_set(error, "%d of %d pairs hold numbers that are not finite; at most 1 %% are accepted", pairs->rejected,
                         rows);
    }
    return pairs->rows >= 2 || error_set(error, "%d pairs are too few; accepted are at least 2", pairs->rows);
}

bool pairs_prepare(const InformationPairs *pairs, PairsScaling scaling_x, PairsScaling scaling_y, PreparedPairs *out,
                   Error *error) {
    *out = (PreparedPairs){.kurtosis = NAN};
    keep_finite(pairs, out);
    if (!check_rows(out, error)) {
        pairs_free(out);
        return false;
    }
    out->constant_x = drop_constant(&out->x);
    out->constant_y = drop_constant(&out->y);
    out->distinct_x = distinct_share(out->x);
    out->distinct_y = distinct_share(out->y);
    out->kurtosis = scale(out->y, scaling_y, scale(out->x, scaling_x, NAN));
    return true;
}

void pairs_free(PreparedPairs *pairs) {
    free(pairs->x.data);
    free(pairs->y.data);
    pairs->x.data = pairs->y.data = NULL;
}

bool pairs_classes(Matrix rows, int *labels, int *classes, Error *error) {
    const double largest = 0x1p62 / 1e5;    // with room to spare
    float *value = memory_alloc(sizeof(float) * (size_t)rows.rows * (size_t)rows.cols + 1);
    bool usable = true;
    for (int row = 0; row < rows.rows; row++) {
        for (int col = 0; col < rows.cols; col++) {
            double number = matrix_get(rows, row, col);
            value[(size_t)row * (size_t)rows.cols + (size_t)col] = (float)number;
            if (fabs(number) < largest || !usable) continue;
            usable = error_set(error, "%g is too large for a discrete value; accepted are numbers below %g", number, largest);
        }
    }
    if (usable && rows.cols > 0) {
        *classes = entropy_classes(value, rows.rows, rows.cols, ENTROPY_DECIMALS, labels);
    } else if (usable) {
        *classes = rows.rows > 0;
        for (int row = 0; row < rows.rows; row++) labels[row] = 0;
    }
    free(value);
    return usable;
}

bool pairs_trivial(const PreparedPairs *pairs, InformationEstimate *estimate) {
    if (pairs->x.cols > 0 && pairs->y.cols > 0) return false;
    *estimate = information_unknown();
    estimate->value = estimate->low = estimate->high = 0;
    estimate->ceiling = log(pairs->rows);
    estimate->pairs = pairs->rows;
    return true;
}

bool pairs_heavy(const PreparedPairs *pairs) {
    return pairs->kurtosis > 10;
}

bool pairs_tied(const PreparedPairs *pairs) {
    return pairs->distinct_x < 0.9 || pairs->distinct_y < 0.9;
}

static bool discrete(double distinct, int rows) {
    return distinct < 0.1 && distinct * rows < 50.5;
}

const char *pairs_suggest(const PreparedPairs *pairs) {
    bool discrete_x = discrete(pairs->distinct_x, pairs->rows), discrete_y = discrete(pairs->distinct_y, pairs->rows);
    if (discrete_x && discrete_y) return "plug-in";
    if (discrete_y && pairs->distinct_x > 0.9) return "ross";
    return pairs->distinct_x > 0.9 && pairs->distinct_y > 0.9 ? "ksg1" : "mixed";
}
