#include "analysis/information/sample.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/entropy.h"
#include "core/arena.h"

// ---- rows -----------------------------------------------------------------------------------------------------------

static bool row_finite(const InformationPairs *pairs, int row) {
    bool finite = matrix_finite(matrix_rows(pairs->x, row, 1));
    for (int i = 0; i < pairs->parts; i++) finite = finite && matrix_finite(matrix_rows(pairs->y[i].rows, row, 1));
    return finite;
}

static Matrix room_for(Matrix m) {
    return matrix_view(DTYPE_F32, m.rows, m.cols, memory_alloc((size_t)m.rows * (size_t)m.cols * sizeof(float)));
}

static void copy_row(Matrix from, int row, Matrix to, int kept) {
    matrix_copy(matrix_rows(from, row, 1), matrix_rows(to, kept, 1));
}

static void copy_finite(const InformationPairs *pairs, Sample *sample) {
    InformationPairs *own = &sample->pairs;
    *own = *pairs;
    own->x = room_for(pairs->x);
    for (int i = 0; i < own->parts; i++) own->y[i].rows = room_for(pairs->y[i].rows);
    int kept = 0;
    for (int row = 0; row < pairs->x.rows; row++) {
        if (!row_finite(pairs, row)) continue;
        copy_row(pairs->x, row, own->x, kept);
        for (int i = 0; i < own->parts; i++) copy_row(pairs->y[i].rows, row, own->y[i].rows, kept);
        kept++;
        if (row < pairs->x.rows / 2) sample->train = kept;
    }
    own->x.rows = kept;
    for (int i = 0; i < own->parts; i++) own->y[i].rows.rows = kept;
    sample->test = kept - sample->train;
    sample->rejected = pairs->x.rows - kept;
}

static int constant_columns(Matrix m) {
    int count = 0;
    for (int col = 0; col < m.cols; col++) {
        int row = 1;
        while (row < m.rows && matrix_get(m, row, col) == matrix_get(m, 0, col)) row++;
        count += row >= m.rows;
    }
    return count;
}

static void count_constants(Sample *sample) {
    int columns = 0;
    sample->constant_x = constant_columns(sample->pairs.x);
    for (int i = 0; i < sample->pairs.parts; i++) {
        sample->constant_y += constant_columns(sample->pairs.y[i].rows);
        columns += sample->pairs.y[i].rows.cols;
    }
    sample->empty = sample->constant_x == sample->pairs.x.cols || sample->constant_y == columns;
}

static bool check_shape(const InformationPairs *pairs, Error *error) {
    for (int i = 0; i < pairs->parts; i++) {
        Matrix y = pairs->y[i].rows;
        assert(y.type == DTYPE_F32);
        if (y.rows == pairs->x.rows && y.rows % 2 == 0 && y.cols >= 1 && pairs->x.cols >= 1) continue;
        return error_set(error, "hidden states [%d, %d] and beliefs [%d, %d] do not pair up in two halves", pairs->x.rows,
                         pairs->x.cols, y.rows, y.cols);
    }
    return true;
}

static bool check_rows(const Sample *sample, int rows, Error *error) {
    if (sample->rejected * 100LL > rows) {
        return error_set(error, "%d of %d pairs hold numbers that are not finite; at most 1 %% are accepted", sample->rejected,
                         rows);
    }
    if (sample->train >= 2 && sample->test >= 2) return true;
    return error_set(error, "%d training and %d test pairs are too few; accepted are at least 2 of each", sample->train,
                     sample->test);
}

bool sample_prepare(const InformationPairs *pairs, Sample *sample, Error *error) {
    assert(pairs->x.type == DTYPE_F32 && pairs->parts > 0);
    *sample = (Sample){0};
    if (!check_shape(pairs, error)) return false;
    copy_finite(pairs, sample);
    if (!check_rows(sample, pairs->x.rows, error)) {
        sample_free(sample);
        return false;
    }
    count_constants(sample);
    return true;
}

void sample_free(Sample *sample) {
    free(sample->pairs.x.data);
    for (int i = 0; i < sample->pairs.parts; i++) free(sample->pairs.y[i].rows.data);
    *sample = (Sample){0};
}

// ---- estimates ------------------------------------------------------------------------------------------------------

static InformationPairs rows_of(const InformationPairs *pairs, int first, int count) {
    InformationPairs view = *pairs;
    view.x = matrix_rows(pairs->x, first, count);
    for (int i = 0; i < view.parts; i++) view.y[i].rows = matrix_rows(pairs->y[i].rows, first, count);
    return view;
}

static InformationEstimate nothing(const Sample *sample) {
    InformationEstimate estimate = information_unknown();
    estimate.value = estimate.low = estimate.high = estimate.ceiling = 0;
    estimate.pairs = sample->test;
    return estimate;
}

bool sample_estimate(const Sample *sample, const EstimatorType *type, const void *params, uint64_t seed, const Linalg *linalg,
                     InformationEstimate *estimate, Error *error) {
    for (int i = 0; i < sample->pairs.parts; i++) {
        if (type->sets || sample->pairs.y[i].particles == 1) continue;
        return error_set(error, "%s takes vectors; found sets of %d particles", type->name, sample->pairs.y[i].particles);
    }
    if (sample->empty) {
        *estimate = nothing(sample);
        return true;
    }
    InformationTask task = {
        .train = rows_of(&sample->pairs, 0, sample->train),
        .test = rows_of(&sample->pairs, sample->train, sample->test),
        .seed = seed,
        .linalg = linalg,
    };
    return type->estimate(params, &task, estimate, error) || error_context(error, "%s: ", type->name);
}

double sample_entropy(const Sample *sample, int part) {
    const InformationPart *y = &sample->pairs.y[part];
    if (!y->discrete) return NAN;
    int *label = memory_alloc((size_t)sample->test * sizeof *label);
    Matrix rows = matrix_rows(y->rows, sample->train, sample->test);
    int classes = entropy_classes(rows.data, rows.rows, rows.cols, ENTROPY_DECIMALS, label);
    double entropy = entropy_plug_in(label, sample->test, classes);
    free(label);
    return entropy;
}
