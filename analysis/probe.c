#include "analysis/probe.h"

#include <assert.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "analysis/entropy.h"
#include "core/arena.h"
#include "core/tape.h"

static const ParamSpec rows[] = {
    {"iterations", PARAM_INT, offsetof(ProbeParams, iterations), "200", 1, 100000, NULL, "steps of BFGS, at most"},
    {"tolerance", PARAM_REAL, offsetof(ProbeParams, tolerance), "0.001", 0, 1, NULL, "gradient norm at which the fit ends"},
    {"penalty", PARAM_REAL, offsetof(ProbeParams, penalty), "0.001", 0, 1000, NULL, "on half the squared norm of the weights"},
    {"floor", PARAM_REAL, offsetof(ProbeParams, floor), "0.001", 1e-9, 1, NULL,
     "smallest share of the uniform distribution mixed in, for classes never seen"},
};
const ParamTable probe_params = {"probe", rows, sizeof rows / sizeof *rows, sizeof(ProbeParams)};

// The regression: logits = x w + bias over the classes seen in training.
typedef struct Fit {
    const ProbeParams *params;
    Matrix x;              // training rows, standardised [n, dh]
    int *label;            // renumbered to the classes seen
    int seen;
    Weights *weights;      // 0: w [dh, seen], 1: bias [1, seen]
    Tape *tape;
} Fit;

// ---- labels and columns ----------------------------------------------------------------------------------------------------------

// Numbers the classes that occur in training: number[c] in 0..seen-1, or -1. Returns `seen`; *singles: labels that occur once.
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

// ---- the fit -----------------------------------------------------------------------------------------------------------------------

static Node *logits(Tape *tape, const Weights *weights, Matrix x) {
    Node **node = tape_weights(tape, weights);
    return tape_affine(tape, tape_constant(tape, x), node[0], node[1]);
}

// Mean cross-entropy + penalty/2 |w|^2 at `at`; its gradient where asked. In the flat order of the learned values w comes first.
static double objective(const gsl_vector *at, Fit *fit, gsl_vector *gradient) {
    double *value = weights_values(fit->weights).data, *slope = weights_gradients(fit->weights).data, square = 0;
    size_t learned = at->size, penalised = learned - (size_t)fit->seen;
    for (size_t i = 0; i < learned; i++) value[i] = gsl_vector_get(at, i);
    for (size_t i = 0; i < penalised; i++) square += value[i] * value[i];
    matrix_zero(weights_gradients(fit->weights));
    tape_reset(fit->tape, gradient != NULL);
    Node *loss = tape_cross_entropy(fit->tape, logits(fit->tape, fit->weights, fit->x), fit->label);
    if (gradient) {
        tape_backward(fit->tape, loss);
        for (size_t i = 0; i < learned; i++) {
            gsl_vector_set(gradient, i, slope[i] + (i < penalised ? fit->params->penalty * value[i] : 0));
        }
    }
    return matrix_get(loss->value, 0, 0) + fit->params->penalty / 2 * square;
}

static double objective_value(const gsl_vector *at, void *fit) {
    return objective(at, fit, NULL);
}

static void objective_gradient(const gsl_vector *at, void *fit, gsl_vector *gradient) {
    objective(at, fit, gradient);
}

static void objective_both(const gsl_vector *at, void *fit, double *value, gsl_vector *gradient) {
    *value = objective(at, fit, gradient);
}

static void minimise(Fit *fit) {
    size_t count = (size_t)weights_values(fit->weights).cols;
    gsl_multimin_function_fdf function = {objective_value, objective_gradient, objective_both, count, fit};
    gsl_vector *start = gsl_vector_calloc(count);
    gsl_multimin_fdfminimizer *minimiser = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, count);
    assert(start && minimiser);
    gsl_multimin_fdfminimizer_set(minimiser, &function, start, 1.0, 0.1);
    for (int i = 0; i < fit->params->iterations; i++) {
        // Refused: no step makes it smaller any more, in the arithmetic at hand.
        if (gsl_multimin_fdfminimizer_iterate(minimiser) != GSL_SUCCESS) break;
        if (gsl_multimin_test_gradient(minimiser->gradient, fit->params->tolerance) == GSL_SUCCESS) break;
    }
    Matrix value = weights_values(fit->weights);
    for (int i = 0; i < value.cols; i++) matrix_set(value, 0, i, gsl_vector_get(minimiser->x, (size_t)i));
    gsl_multimin_fdfminimizer_free(minimiser);
    gsl_vector_free(start);
}

// ---- the report --------------------------------------------------------------------------------------------------------------------

// Mean of -log q(label | h); also the share of labels that are the most probable. number[label] -1: a class never seen.
static double cross_entropy(const Fit *fit, Matrix x, const int *label, const int *number, int classes, double mixed, double *accuracy) {
    tape_reset(fit->tape, false);
    Matrix scores = logits(fit->tape, fit->weights, x)->value;
    double sum = 0;
    int right = 0;
    for (int i = 0; i < x.rows; i++) {
        int best = 0, own = number[label[i]];
        for (int c = 1; c < fit->seen; c++) best = matrix_get(scores, i, c) > matrix_get(scores, i, best) ? c : best;
        double top = matrix_get(scores, i, best), total = 0;
        for (int c = 0; c < fit->seen; c++) total += exp(matrix_get(scores, i, c) - top);
        double probability = own < 0 ? 0 : exp(matrix_get(scores, i, own) - top) / total;
        sum -= log((1 - mixed) * probability + mixed / classes);
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
    if (seen > 1) minimise(&fit);
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
