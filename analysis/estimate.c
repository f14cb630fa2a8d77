#include "analysis/estimate.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/entropy.h"
#include "core/arena.h"

// The finite rows, copied together; the first `train` of them come from the first half.
typedef struct Sample {
    Matrix hidden, belief;
    int train;
} Sample;

static bool row_finite(Matrix m, int row) {
    return matrix_finite(matrix_rows(m, row, 1));
}

static Matrix room_for(Matrix m) {
    return matrix_view(DTYPE_F32, m.rows, m.cols, memory_alloc((size_t)m.rows * (size_t)m.cols * sizeof(float)));
}

static Sample sample_of(Matrix hidden, Matrix belief) {
    Sample sample = {room_for(hidden), room_for(belief), 0};
    int kept = 0;
    for (int row = 0; row < hidden.rows; row++) {
        if (!row_finite(hidden, row) || !row_finite(belief, row)) continue;
        matrix_copy(matrix_rows(hidden, row, 1), matrix_rows(sample.hidden, kept, 1));
        matrix_copy(matrix_rows(belief, row, 1), matrix_rows(sample.belief, kept, 1));
        kept++;
        if (row < hidden.rows / 2) sample.train = kept;
    }
    sample.hidden.rows = sample.belief.rows = kept;
    return sample;
}

static void sample_free(Sample *sample) {
    free(sample->hidden.data);
    free(sample->belief.data);
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

static MineEstimate mine_of(const PairParams *params, const Sample *sample, const PairEstimate *estimate) {
    bool nothing = estimate->constant_hidden == sample->hidden.cols || estimate->constant_belief == sample->belief.cols;
    if (nothing) return (MineEstimate){.sd = params->mine.restarts > 1 ? 0 : NAN, .ess = estimate->test};
    MinePairs train = {matrix_rows(sample->hidden, 0, estimate->train), matrix_rows(sample->belief, 0, estimate->train)};
    MinePairs test = {matrix_rows(sample->hidden, estimate->train, estimate->test),
                      matrix_rows(sample->belief, estimate->train, estimate->test)};
    return mine_estimate(&params->mine, train, test, params->seed, params->linalg);
}

static void discrete_part(const PairParams *params, const Sample *sample, PairEstimate *estimate) {
    int *label = memory_alloc((size_t)sample->belief.rows * sizeof *label);
    estimate->classes =
        entropy_classes(sample->belief.data, sample->belief.rows, sample->belief.cols, ESTIMATE_DECIMALS, label);
    ProbePairs train = {matrix_rows(sample->hidden, 0, estimate->train), label};
    ProbePairs test = {matrix_rows(sample->hidden, estimate->train, estimate->test), label + estimate->train};
    estimate->probe = probe_estimate(&params->probe, train, test, estimate->classes, params->linalg);
    estimate->entropy = estimate->probe.entropy;
    free(label);
}

static bool check_rows(const PairParams *params, const PairEstimate *estimate, int rows, Error *error) {
    if (estimate->rejected * 100LL > rows) {
        return error_set(error, "%d of %d pairs hold numbers that are not finite; at most 1 %% are accepted",
                         estimate->rejected, rows);
    }
    int held = (int)(params->mine.validation * estimate->train);
    if (estimate->train - held < 2 || estimate->test < 2 || (params->mine.validation > 0 && held < 1)) {
        return error_set(
            error,
            "%d training and %d test pairs are too few; accepted are at least 2 of each besides the share %g for validation",
            estimate->train, estimate->test, params->mine.validation);
    }
    return true;
}

bool estimate_pairs(const PairParams *params, Matrix hidden, Matrix belief, PairEstimate *estimate, Error *error) {
    assert(hidden.type == DTYPE_F32 && belief.type == DTYPE_F32);
    if (hidden.rows != belief.rows || hidden.rows % 2 != 0 || hidden.cols < 1 || belief.cols < 1) {
        return error_set(error, "hidden states [%d, %d] and beliefs [%d, %d] do not pair up in two halves", hidden.rows,
                         hidden.cols, belief.rows, belief.cols);
    }
    Sample sample = sample_of(hidden, belief);
    int kept = sample.hidden.rows;
    *estimate = (PairEstimate){.train = sample.train,
                               .test = kept - sample.train,
                               .rejected = hidden.rows - kept,
                               .entropy = NAN,
                               .probe = {NAN, NAN, NAN, NAN, NAN, NAN}};
    bool usable = check_rows(params, estimate, hidden.rows, error);
    if (usable) {
        estimate->constant_hidden = constant_columns(sample.hidden);
        estimate->constant_belief = constant_columns(sample.belief);
        estimate->mine = mine_of(params, &sample, estimate);
        if (params->discrete) discrete_part(params, &sample, estimate);
    }
    sample_free(&sample);
    return usable;
}
