#include "analysis/probe.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/entropy.h"
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

// Mean of -log q(label | h); also the share of labels that are the most probable. number[label] -1: a class never seen.
static double cross_entropy(const Fit *fit, Matrix x, const int *label, const int *number, int classes, double mixed,
                            double *accuracy) {
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
        sum -= vmath_log((1 - mixed) * probability + mixed / classes);
        right += own == best;
    }
    *accuracy = (double)right / x.rows;
    return sum / x.rows;
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
    double accuracy;
    estimate.train_cross_entropy = cross_entropy(&fit, fit.x, train.label, number, classes, estimate.mixed, &accuracy);
    Matrix x = standardised(train.hidden, test.hidden);
    estimate.cross_entropy = cross_entropy(&fit, x, test.label, number, classes, estimate.mixed, &estimate.accuracy);
    estimate.entropy = entropy_plug_in(test.label, test.hidden.rows, classes);
    estimate.bound = estimate.entropy - estimate.cross_entropy;
    free(x.data);
    fit_free(&fit);
    free(number);
    return estimate;
}
