// Pairs for the estimators that fit nothing: golden data sets, draws of normal ones, and what every such estimator must do.
#pragma once

#include "analysis/information/prepare.h"
#include "core/normal.h"
#include "core/rng.h"
#include "tests/support.h"

#define GOLDEN_MI "tests/golden/analysis/mi/"

// ---- deviations -----------------------------------------------------------------------------------------------------------

typedef struct PairsDeviation {
    double worst;
    char where[160];
    int checked;
} PairsDeviation;

static inline void pairs_expect(PairsDeviation *deviation, const char *what, double found, double expected, double tolerance) {
    double distance = fabs(found - expected);
    if (!(distance <= tolerance)) fail_msg("%s: found %.17g, expected %.17g", what, found, expected);
    deviation->checked++;
    if (distance < deviation->worst) return;
    deviation->worst = distance;
    snprintf(deviation->where, sizeof deviation->where, "%s", what);
}

static inline void pairs_report(const PairsDeviation *deviation, int expected) {
    print_message("worst deviation: %.2g (%s), %d numbers\n", deviation->worst, deviation->where, deviation->checked);
    assert_int_equal(deviation->checked, expected);
}

static inline void pairs_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("found %.17g, expected %.17g", found, expected);
}

// ---- samples --------------------------------------------------------------------------------------------------------------

// Owned F64 pairs of vectors.
typedef struct PairsSample {
    InformationPairs pairs;
    double *x, *y;
} PairsSample;

static inline PairsSample pairs_sample(int n, int dx, int dy) {
    double *x = memory_zeroed((size_t)n * (size_t)dx + 1, sizeof(double)),
           *y = memory_zeroed((size_t)n * (size_t)dy + 1, sizeof(double));
    PairsSample sample = {.x = x, .y = y};
    sample.pairs = (InformationPairs){matrix_view(DTYPE_F64, n, dx, x), 1, {{matrix_view(DTYPE_F64, n, dy, y), 1, false}}};
    return sample;
}

static inline void pairs_sample_free(PairsSample *sample) {
    free(sample->x);
    free(sample->y);
}

static inline Matrix sample_x(const PairsSample *sample) {
    return sample->pairs.x;
}

static inline Matrix sample_y(const PairsSample *sample) {
    return sample->pairs.y[0].rows;
}

// data/NAME.csv: the first dx columns are x, the others y.
static inline PairsSample pairs_golden(const char *name, int dx) {
    char *path = memory_format(GOLDEN_MI "data/%s.csv", name);
    CsvTable *table = support_table(path);
    int columns = csv_columns(table);
    PairsSample sample = pairs_sample((int)csv_rows(table), dx, columns - dx);
    for (size_t row = 0; row < csv_rows(table); row++) {
        for (int col = 0; col < columns; col++) {
            double value;
            Error error = {0};
            if (!csv_number(table, row, col, &value, &error)) fail_msg("%s", error.message);
            matrix_set(col < dx ? sample_x(&sample) : sample_y(&sample), (int)row, col < dx ? col : col - dx, value);
        }
    }
    csv_destroy(table);
    free(path);
    return sample;
}

// Unit normals that share one factor: every two of the 2 d variables have the correlation `rho`; d = 1 is the bivariate normal.
static inline PairsSample pairs_dense(int n, int dx, int dy, double rho, uint64_t seed) {
    PairsSample sample = pairs_sample(n, dx, dy);
    Rng rng = rng_stream(seed, RNG_TEST, 0);
    for (int row = 0; row < n; row++) {
        double factor = sqrt(rho) * rng_normal(&rng);
        for (int col = 0; col < dx; col++) matrix_set(sample_x(&sample), row, col, factor + sqrt(1 - rho) * rng_normal(&rng));
        for (int col = 0; col < dy; col++) matrix_set(sample_y(&sample), row, col, factor + sqrt(1 - rho) * rng_normal(&rng));
    }
    return sample;
}

static inline PairsSample pairs_swapped(const PairsSample *sample) {
    PairsSample out = *sample;
    out.pairs.x = sample_y(sample);
    out.pairs.y[0].rows = sample_x(sample);
    return out;
}

// The same rows in another order; owned.
static inline PairsSample pairs_shuffled(const PairsSample *sample) {
    int n = sample->pairs.x.rows, *order = memory_alloc(sizeof(int) * (size_t)n);
    PairsSample out = pairs_sample(n, sample_x(sample).cols, sample_y(sample).cols);
    Rng rng = rng_stream(11, RNG_TEST, 1);
    rng_permutation(&rng, n, order);
    for (int row = 0; row < n; row++) {
        matrix_copy(matrix_rows(sample_x(sample), order[row], 1), matrix_rows(sample_x(&out), row, 1));
        matrix_copy(matrix_rows(sample_y(sample), order[row], 1), matrix_rows(sample_y(&out), row, 1));
    }
    free(order);
    return out;
}

// Column c becomes 3 - 2 (c + 1) value, in place.
static inline void pairs_affine(Matrix m) {
    for (int row = 0; row < m.rows; row++) {
        for (int col = 0; col < m.cols; col++) matrix_set(m, row, col, 3 - 2 * (col + 1) * matrix_get(m, row, col));
    }
}

// ---- estimates ------------------------------------------------------------------------------------------------------------

// The estimate with default parameters but for one ("k", "9"); name NULL: none. False with an error.
static inline bool pairs_try(const EstimatorType *type, const InformationPairs *pairs, const char *name, const char *value,
                             InformationEstimate *estimate, Error *error) {
    void *params = memory_zeroed(1, type->params->struct_size);
    param_defaults(type->params, params);
    if (name && !param_set(type->params, params, name, value, error)) fail_msg("%s", error->message);
    InformationTask task = {.train = *pairs, .test = *pairs, .seed = 5};
    bool done = type->estimate(params, &task, estimate, error);
    free(params);
    return done;
}

static inline InformationEstimate pairs_estimate(const EstimatorType *type, const InformationPairs *pairs, const char *name,
                                                 const char *value) {
    Error error = {0};
    InformationEstimate estimate;
    if (!pairs_try(type, pairs, name, value, &estimate, &error)) fail_msg("%s: %s", type->name, error.message);
    return estimate;
}

static inline void pairs_refuse(const EstimatorType *type, const InformationPairs *pairs, const char *name, const char *value,
                                const char *part) {
    Error error = {0};
    InformationEstimate estimate;
    if (pairs_try(type, pairs, name, value, &estimate, &error)) fail_msg("%s: no error with '%s'", type->name, part);
    support_assert_has(error.message, part);
}

// Whatever the estimator: a few rows with NaN change the value to that of the other rows; more than 1 % are refused, and so are no pairs;
// a constant column more changes nothing; without another one the information is 0.
static inline void pairs_check_preparation(const EstimatorType *type, const PairsSample *sample) {
    int n = sample->pairs.x.rows;
    assert_true(n >= 200);
    InformationPairs pairs = sample->pairs;
    pairs.x.rows = pairs.y[0].rows.rows = n - 1;
    InformationEstimate without = pairs_estimate(type, &pairs, NULL, NULL);
    PairsSample copy = pairs_shuffled(sample);
    matrix_copy(sample_x(sample), sample_x(&copy));
    matrix_copy(sample_y(sample), sample_y(&copy));
    matrix_set(sample_y(&copy), n - 1, 0, NAN);
    InformationEstimate with = pairs_estimate(type, &copy.pairs, NULL, NULL);
    assert_true(with.value == without.value && with.pairs == without.pairs && with.low == without.low);
    for (int row = 0; row <= n / 100; row++) matrix_set(sample_x(&copy), row, 0, INFINITY);
    pairs_refuse(type, &copy.pairs, NULL, NULL, "not finite");
    pairs.x.rows = pairs.y[0].rows.rows = 0;
    pairs_refuse(type, &pairs, NULL, NULL, "too few");

    PairsSample constant = pairs_sample(n, 1, 1);
    for (int row = 0; row < n; row++) matrix_set(sample_y(&constant), row, 0, 0.7);
    pairs = sample->pairs;
    pairs.parts = 2;
    pairs.y[1] = constant.pairs.y[0];
    assert_true(pairs_estimate(type, &pairs, NULL, NULL).value == pairs_estimate(type, &sample->pairs, NULL, NULL).value);
    pairs.parts = 1;
    pairs.y[0] = constant.pairs.y[0];
    InformationEstimate nothing = pairs_estimate(type, &pairs, NULL, NULL);
    assert_true(nothing.value == 0 && nothing.low == 0 && nothing.high == 0 && nothing.pairs == n && !nothing.unreliable);
    pairs_sample_free(&constant);
    pairs_sample_free(&copy);
}

// Value and interval for the same pairs in another order, and (where `affine`) of other units.
static inline void pairs_check_invariance(const EstimatorType *type, const PairsSample *sample, bool swap) {
    double value = pairs_estimate(type, &sample->pairs, NULL, NULL).value;
    PairsSample shuffled = pairs_shuffled(sample), swapped = pairs_swapped(sample);
    pairs_close(pairs_estimate(type, &shuffled.pairs, NULL, NULL).value, value, 1e-9);
    if (swap) pairs_close(pairs_estimate(type, &swapped.pairs, NULL, NULL).value, value, 1e-9);
    pairs_affine(sample_x(&shuffled));
    pairs_affine(sample_y(&shuffled));
    pairs_close(pairs_estimate(type, &shuffled.pairs, NULL, NULL).value, value, 1e-9);
    pairs_sample_free(&shuffled);
}
