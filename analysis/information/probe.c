#include "analysis/information/probe.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/entropy.h"
#include "analysis/information/regression_probe.h"
#include "analysis/minimise.h"
#include "core/arena.h"
#include "core/tape.h"
#include "core/vmath.h"

static const ParamSpec rows[] = {
    {"iterations", PARAM_INT, offsetof(ProbeParams, iterations), "200", 1, 100000, NULL,
     "steps of the fit (limited-memory BFGS), at most"},
    {"tolerance", PARAM_REAL, offsetof(ProbeParams, tolerance), "0.001", 0, 1, NULL, "gradient norm at which the fit ends"},
    {"penalty", PARAM_REAL, offsetof(ProbeParams, penalty), "0.001", 0, 1000, NULL, "on half the squared norm of the weights"},
    {"floor", PARAM_REAL, offsetof(ProbeParams, floor), "0.001", 1e-9, 1, NULL,
     "smallest share of the uniform distribution mixed in, for classes never seen"},
};
const ParamTable probe_params = {"probe", rows, sizeof rows / sizeof *rows, sizeof(ProbeParams)};

// The regression: logits = x w + bias over the classes seen in training.
typedef struct Fit {
    const ProbeParams *params;
    Matrix x;      // training rows, standardised [n, dh]
    int *label;    // renumbered to the classes seen
    int seen;
    Weights *weights;    // 0: w [dh, seen], 1: bias [1, seen]
    Tape *tape;
} Fit;

// ---- labels and columns ---------------------------------------------------------------------------------------------

// Numbers the classes that occur in training: number[c] in 0..seen-1, or -1. Returns `seen`; *singles: labels that
// occur once.
static int number_classes(const int *label, int n, int classes, int *number, int *singles) {
    int seen = 0;
    *singles = 0;
    for (int c = 0; c < classes; c++) number[c] = 0;
    for (int i = 0; i < n; i++) number[label[i]]++;
    for (int c = 0; c < classes; c++) {
        *singles += number[c] == 1;
        number[c] = number[c] > 0 ? seen++ : -1;
    }
    return seen;
}

// (x - mean) / deviation by the training columns, in double. A column without spread becomes 0.
static Matrix standardised(Matrix train, Matrix x) {
    Matrix out = matrix_view(DTYPE_F64, x.rows, x.cols, memory_alloc((size_t)x.rows * (size_t)x.cols * sizeof(double)));
    for (int col = 0; col < x.cols; col++) {
        double mean = 0, square = 0;
        for (int row = 0; row < train.rows; row++) mean += matrix_get(train, row, col);
        mean /= train.rows;
        for (int row = 0; row < train.rows; row++) {
            double d = matrix_get(train, row, col) - mean;
            square += d * d;
        }
        double deviation = sqrt(square / train.rows), scale = deviation > 0 ? 1 / deviation : 0;
        for (int row = 0; row < x.rows; row++) matrix_set(out, row, col, (matrix_get(x, row, col) - mean) * scale);
    }
    return out;
}

// ---- the fit --------------------------------------------------------------------------------------------------------

static Node *logits(Tape *tape, const Weights *weights, Matrix x) {
    Node **node = tape_weights(tape, weights);
    return tape_affine(tape, tape_constant(tape, x), node[0], node[1]);
}

// Mean cross-entropy + penalty/2 |w|^2 at the flat learned values, of which w comes first; and its gradient.
static double objective(void *context, const double *at, double *gradient) {
    Fit *fit = context;
    Matrix values = weights_values(fit->weights), slopes = weights_gradients(fit->weights);
    size_t learned = (size_t)values.cols, penalised = learned - (size_t)fit->seen;
    double penalty = fit->params->penalty, square = 0;
    memcpy(values.data, at, learned * sizeof *at);
    matrix_zero(slopes);
    tape_reset(fit->tape, true);
    Node *loss = tape_cross_entropy(fit->tape, logits(fit->tape, fit->weights, fit->x), fit->label);
    tape_backward(fit->tape, loss);
    memcpy(gradient, slopes.data, learned * sizeof *at);
    for (size_t i = 0; i < penalised; i++) {
        square += at[i] * at[i];
        gradient[i] += penalty * at[i];
    }
    return matrix_get(loss->value, 0, 0) + penalty / 2 * square;
}

// From zero: there every class has the same probability.
static void minimise_cross_entropy(Fit *fit) {
    Matrix values = weights_values(fit->weights);
    double *x = memory_zeroed((size_t)values.cols, sizeof *x);
    minimise(objective, fit, (size_t)values.cols, x, fit->params->iterations, fit->params->tolerance);
    memcpy(values.data, x, (size_t)values.cols * sizeof *x);
    free(x);
}

// ---- the report -----------------------------------------------------------------------------------------------------

// Mean of -log q(label | h), one by one in loss[n]; also the share of labels that are the most probable. number[label] -1: a class never
// seen.
static double cross_entropy(const Fit *fit, Matrix x, const int *label, const int *number, int classes, double mixed,
                            double *loss, double *accuracy) {
    tape_reset(fit->tape, false);
    Matrix scores = logits(fit->tape, fit->weights, x)->value;
    double sum = 0;
    int right = 0;
    for (int i = 0; i < x.rows; i++) {
        int best = 0, own = number[label[i]];
        for (int c = 1; c < fit->seen; c++) best = matrix_get(scores, i, c) > matrix_get(scores, i, best) ? c : best;
        double top = matrix_get(scores, i, best), total = 0;
        for (int c = 0; c < fit->seen; c++) total += vmath_exp(matrix_get(scores, i, c) - top);
        double probability = own < 0 ? 0 : vmath_exp(matrix_get(scores, i, own) - top) / total;
        loss[i] = -vmath_log((1 - mixed) * probability + mixed / classes);
        sum += loss[i];
        right += own == best;
    }
    *accuracy = (double)right / x.rows;
    return sum / x.rows;
}

// Of the mean of loss[i] + log p(label[i]), p the observed frequencies.
static double standard_error(const int *label, const double *loss, int n, int classes) {
    double *count = memory_zeroed((size_t)classes, sizeof *count), mean = 0, square = 0;
    for (int i = 0; i < n; i++) count[label[i]]++;
    for (int c = 0; c < classes; c++) count[c] = count[c] > 0 ? vmath_log(count[c] / n) : 0;    // log p from here
    for (int i = 0; i < n; i++) mean += (loss[i] + count[label[i]]) / n;
    for (int i = 0; i < n; i++) square += (loss[i] + count[label[i]] - mean) * (loss[i] + count[label[i]] - mean);
    free(count);
    return n > 1 ? sqrt(square / (n - 1) / n) : NAN;
}

static Fit fit_create(const ProbeParams *params, ProbePairs train, const int *number, int seen, const Linalg *linalg) {
    Fit fit = {.params = params, .seen = seen, .x = standardised(train.hidden, train.hidden)};
    fit.label = memory_alloc((size_t)train.hidden.rows * sizeof *fit.label);
    for (int i = 0; i < train.hidden.rows; i++) fit.label[i] = number[train.label[i]];
    fit.weights = weights_create(DTYPE_F64);
    weights_add(fit.weights, "weight", train.hidden.cols, seen);
    weights_add(fit.weights, "bias", 1, seen);
    weights_seal(fit.weights);
    fit.tape = tape_create(DTYPE_F64, linalg);
    return fit;
}

static void fit_free(Fit *fit) {
    tape_destroy(fit->tape);
    weights_destroy(fit->weights);
    free(fit->x.data);
    free(fit->label);
}

ProbeEstimate probe_estimate(const ProbeParams *params, ProbePairs train, ProbePairs test, int classes, const Linalg *linalg) {
    assert(train.hidden.rows > 0 && test.hidden.rows > 0 && train.hidden.cols == test.hidden.cols && classes > 0);
    int singles, *number = memory_alloc((size_t)classes * sizeof *number);
    int seen = number_classes(train.label, train.hidden.rows, classes, number, &singles);
    double unseen = (double)singles / train.hidden.rows;
    ProbeEstimate estimate = {.mixed = unseen > params->floor ? unseen : params->floor};

    Fit fit = fit_create(params, train, number, seen, linalg);
    if (seen > 1) minimise_cross_entropy(&fit);
    int most = train.hidden.rows > test.hidden.rows ? train.hidden.rows : test.hidden.rows;
    double accuracy, *loss = memory_alloc((size_t)most * sizeof *loss);
    estimate.train_cross_entropy = cross_entropy(&fit, fit.x, train.label, number, classes, estimate.mixed, loss, &accuracy);
    Matrix x = standardised(train.hidden, test.hidden);
    estimate.cross_entropy = cross_entropy(&fit, x, test.label, number, classes, estimate.mixed, loss, &estimate.accuracy);
    estimate.entropy = entropy_plug_in(test.label, test.hidden.rows, classes);
    estimate.bound = estimate.entropy - estimate.cross_entropy;
    estimate.standard_error = standard_error(test.label, loss, test.hidden.rows, classes);
    free(loss);
    free(x.data);
    fit_free(&fit);
    free(number);
    return estimate;
}

// ---- the estimator --------------------------------------------------------------------------------------------------

static bool has_discrete(const InformationPairs *pairs) {
    bool found = false;
    for (int k = 0; k < pairs->parts; k++) found = found || pairs->y[k].discrete;
    return found;
}

// The columns of y's parts side by side, of the discrete ones or of all: [n, d] of `type`, the caller's to free.
static Matrix y_columns(const InformationPairs *pairs, bool discrete, DType type) {
    int cols = 0, at = 0;
    for (int k = 0; k < pairs->parts; k++) cols += !discrete || pairs->y[k].discrete ? pairs->y[k].rows.cols : 0;
    Matrix out = matrix_view(type, pairs->x.rows, cols, memory_alloc((size_t)pairs->x.rows * (size_t)cols * dtype_size(type)));
    for (int k = 0; k < pairs->parts; k++) {
        const InformationPart *part = &pairs->y[k];
        assert(part->particles == 1 && matrix_finite(part->rows));
        if (discrete && !part->discrete) continue;
        for (int i = 0; i < out.rows; i++) {
            for (int j = 0; j < part->rows.cols; j++) matrix_set(out, i, at + j, matrix_get(part->rows, i, j));
        }
        at += part->rows.cols;
    }
    return out;
}

// Classes of the rows of both halves together; labels of the training pairs first.
static int *label_rows(const InformationTask *task, int *classes) {
    Matrix train = y_columns(&task->train, true, DTYPE_F32), test = y_columns(&task->test, true, DTYPE_F32);
    size_t first = (size_t)train.rows * (size_t)train.cols, second = (size_t)test.rows * (size_t)test.cols;
    float *all = memory_alloc((first + second) * sizeof *all);
    memcpy(all, train.data, first * sizeof *all);
    memcpy(all + first, test.data, second * sizeof *all);
    int n = train.rows + test.rows, *label = memory_alloc((size_t)n * sizeof *label);
    *classes = entropy_classes(all, n, train.cols, ENTROPY_DECIMALS, label);
    free(all);
    free(train.data);
    free(test.data);
    return label;
}

// Returns the standard error.
static double estimate_classes(const ProbeParams *params, const InformationTask *task, InformationEstimate *estimate) {
    int classes, *label = label_rows(task, &classes), train = task->train.x.rows;
    ProbePairs fitted = {task->train.x, label}, held = {task->test.x, label + train};
    ProbeEstimate probe = probe_estimate(params, fitted, held, classes, task->linalg);
    estimate->value = probe.bound;
    estimate->ceiling = probe.entropy;
    estimate->train = entropy_plug_in(label, train, classes) - probe.train_cross_entropy;
    free(label);
    return probe.standard_error;
}

static bool estimate_regression(const ProbeParams *params, const InformationTask *task, InformationEstimate *estimate,
                                double *standard, Error *error) {
    Matrix train = y_columns(&task->train, false, DTYPE_F64), test = y_columns(&task->test, false, DTYPE_F64);
    RegressionPairs fitted = {task->train.x, train}, held = {task->test.x, test};
    RegressionEstimate probe;
    bool usable = regression_probe(params->penalty, fitted, held, task->linalg, &probe, error);
    if (usable) {
        estimate->value = probe.information;
        estimate->train = probe.train;
        *standard = probe.standard_error;
    }
    free(train.data);
    free(test.data);
    return usable;
}

static bool estimate_probe(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    *estimate = information_unknown();
    double standard;
    if (task->train.x.rows < 1 || task->test.x.rows < 1) {
        return error_set(error, "%d training and %d test pairs are too few; accepted is at least one of each",
                         task->train.x.rows, task->test.x.rows);
    }
    assert(matrix_finite(task->train.x) && matrix_finite(task->test.x));
    if (has_discrete(&task->train)) standard = estimate_classes(params, task, estimate);
    else if (!estimate_regression(params, task, estimate, &standard, error)) return false;
    information_interval(estimate, standard);
    estimate->pairs = task->test.x.rows;
    estimate->unreliable = information_overfitted(estimate);
    return true;
}

const EstimatorType estimator_probe = {
    .name = "probe",
    .help = "linear probes: a softmax regression's lower bound for discrete y, a ridge regression's Gaussian information else",
    .source = "entropy less cross-entropy; -1/2 log(1 - R^2)",
    .params = &probe_params,
    .sets = false,
    .estimate = estimate_probe,
};
