#include "analysis/mine.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/kernels.h"
#include "core/optim.h"
#include "core/tape.h"
#include "core/vmath.h"

static const char *const scaling_names[] = {"raw", "standard", NULL};

static const ParamSpec rows[] = {
    {"hidden", PARAM_INT, offsetof(MineParams, hidden), "256", 1, 4096, NULL,
     "units in each hidden layer of the statistic network T"},
    {"layers", PARAM_INT, offsetof(MineParams, layers), "2", 1, 8, NULL, "hidden layers of T"},
    {"batch", PARAM_INT, offsetof(MineParams, batch), "1024", 2, 1000000, NULL,
     "joint pairs in a batch, with as many marginal ones"},
    {"epochs", PARAM_INT, offsetof(MineParams, epochs), "100", 1, 100000, NULL, "passes over the fitted pairs"},
    {"learning_rate", PARAM_REAL, offsetof(MineParams, learning_rate), "0.001", 1e-8, 1, NULL, "step size of Adam"},
    {"alpha", PARAM_REAL, offsetof(MineParams, alpha), "0.01", 1e-6, 1, NULL,
     "weight of a new batch in the moving average of exp T"},
    {"lambda", PARAM_REAL, offsetof(MineParams, lambda), "0", 0, 100, NULL, "penalty on (log mean exp T)^2, 0: plain MINE"},
    {"validation", PARAM_REAL, offsetof(MineParams, validation), "0.2", 0, 0.9, NULL,
     "share of the training pairs held out to choose the epoch"},
    {"restarts", PARAM_INT, offsetof(MineParams, restarts), "1", 1, 100, NULL, "networks whose estimates are averaged"},
    {"scaling", PARAM_CHOICE, offsetof(MineParams, scaling), "raw", 0, 0, scaling_names,
     "of each column: raw values as the authors, or mean 0 and deviation 1 on the training pairs"},
    {"extra_step", PARAM_BOOL, offsetof(MineParams, extra_step), "false", 0, 0, NULL,
     "as released: one more step each epoch with the stale gradient"},
    {"average_evaluations", PARAM_BOOL, offsetof(MineParams, average_evaluations), "false", 0, 0, NULL,
     "as released: evaluations enter the moving average too"},
    {"average_by_batch", PARAM_BOOL, offsetof(MineParams, average_by_batch), "false", 0, 0, NULL,
     "as released: incomplete batches enter the moving average with full weight"},
    {"floor_batches", PARAM_BOOL, offsetof(MineParams, floor_batches), "false", 0, 0, NULL,
     "as released: the logged training value is divided by floor(n/B)"},
    {"plain_exp", PARAM_BOOL, offsetof(MineParams, plain_exp), "false", 0, 0, NULL,
     "as released: exp T in float without shift"},
};
const ParamTable mine_params = {"mine", rows, sizeof rows / sizeof *rows, sizeof(MineParams)};

// Rows of an evaluation pass that are computed together: enough for large products, few enough to stay in cache.
enum { EVALUATION_ROWS = 512 };

struct Mine {
    MineParams params;
    int hidden_size, belief_size;
    DType type;
    const Kernels *kernels;    // exp in double, the same bits on every machine
    Tape *tape;
    Weights *weights;
    Optim *optim;    // NULL until mine_initialise
    bool started;    // the moving average holds something
    double log_average;
    Matrix input;         // [max(2 batch, EVALUATION_ROWS), dh + db]
    Matrix best;          // [1, weights]: of the best epoch so far
    int *index;           // permutations, three of `index_room`
    double *statistic;    // T of joint and marginal pairs, and exp T of the latter: three of `statistic_room`
    int index_room, statistic_room;
};

// ---- making ---------------------------------------------------------------------------------------------------------

static Weights *declare_weights(const MineParams *params, int input, DType type) {
    Weights *weights = weights_create(type);
    int width = input;
    for (int layer = 0; layer < params->layers; layer++) {
        char name[40];
        snprintf(name, sizeof name, "layer%d/weight", layer);
        weights_add(weights, name, width, params->hidden);
        snprintf(name, sizeof name, "layer%d/bias", layer);
        weights_add(weights, name, 1, params->hidden);
        width = params->hidden;
    }
    weights_add(weights, "output/weight", width, 1);
    weights_add(weights, "output/bias", 1, 1);
    weights_seal(weights);
    return weights;
}

Mine *mine_create(const MineParams *params, int hidden_size, int belief_size, DType type, const Linalg *linalg) {
    assert(hidden_size > 0 && belief_size > 0);
    Mine *mine = memory_zeroed(1, sizeof *mine);
    int input = hidden_size + belief_size;
    int room = 2 * params->batch > EVALUATION_ROWS ? 2 * params->batch : EVALUATION_ROWS;
    mine->params = *params;
    mine->hidden_size = hidden_size;
    mine->belief_size = belief_size;
    mine->type = type;
    mine->kernels = kernels_for(DTYPE_F64);
    mine->tape = tape_create(type, linalg);
    mine->weights = declare_weights(params, input, type);
    mine->input = matrix_view(type, room, input, memory_alloc((size_t)room * (size_t)input * dtype_size(type)));
    int learned = weights_values(mine->weights).cols;
    mine->best = matrix_view(type, 1, learned, memory_alloc((size_t)learned * dtype_size(type)));
    return mine;
}

void mine_destroy(Mine *mine) {
    if (!mine) return;
    tape_destroy(mine->tape);
    if (mine->optim) optim_destroy(mine->optim);
    weights_destroy(mine->weights);
    free(mine->input.data);
    free(mine->best.data);
    free(mine->index);
    free(mine->statistic);
    free(mine);
}

Weights *mine_weights(Mine *mine) {
    return mine->weights;
}

void mine_initialise(Mine *mine, Rng *rng) {
    for (int i = 0; i < weights_count(mine->weights); i += 2) {
        double bound = 1 / sqrt(weights_value(mine->weights, i).rows);
        weights_uniform(mine->weights, i, bound, rng);
        weights_uniform(mine->weights, i + 1, bound, rng);
    }
    OptimParams optim = optim_default_params();
    optim.learning_rate = mine->params.learning_rate;
    if (mine->optim) optim_destroy(mine->optim);
    mine->optim = optim_create(optim, mine->weights);
    mine->started = false;
}

// Room for three values of each of `count` pairs; grows once, then a training loop allocates nothing.
static void reserve_index(Mine *mine, int count) {
    if (count <= mine->index_room) return;
    free(mine->index);
    mine->index = memory_alloc(3 * (size_t)count * sizeof *mine->index);
    mine->index_room = count;
}

static void reserve_statistic(Mine *mine, int count) {
    if (count <= mine->statistic_room) return;
    free(mine->statistic);
    mine->statistic = memory_alloc(3 * (size_t)count * sizeof *mine->statistic);
    mine->statistic_room = count;
}

// ---- the objective --------------------------------------------------------------------------------------------------

// Rows are met in a random order, which the processor cannot foresee: they are called for a few rows ahead.
enum { ROWS_AHEAD = 6, CACHE_LINE = 64 };

static void call_for(Matrix m, int row) {
    const char *bytes = matrix_row(m, row);
    size_t size = (size_t)m.cols * dtype_size(m.type);
    for (size_t at = 0; at < size + CACHE_LINE - 1; at += CACHE_LINE) __builtin_prefetch(bytes + at);
}

// Rows from `to` of the input: hidden state of row hidden[i] beside the belief of row belief[i]; NULL stands for
// first, first + 1, ...
static void gather(Mine *mine, MinePairs pairs, const int *hidden, const int *belief, int first, int count, int to) {
    size_t size = dtype_size(mine->type), hidden_bytes = (size_t)mine->hidden_size * size;
    for (int i = first; i < first + count; i++) {
        if (hidden && i + ROWS_AHEAD < first + count) call_for(pairs.hidden, hidden[i + ROWS_AHEAD]);
        if (belief && i + ROWS_AHEAD < first + count) call_for(pairs.belief, belief[i + ROWS_AHEAD]);
        char *row = matrix_row(mine->input, to + i - first);
        memcpy(row, matrix_row(pairs.hidden, hidden ? hidden[i] : i), hidden_bytes);
        memcpy(row + hidden_bytes, matrix_row(pairs.belief, belief ? belief[i] : i), (size_t)mine->belief_size * size);
    }
}

// T of the first `count` rows of the input: [count, 1]. The input is concat(h, representation of b); a set-valued
// belief would put its own learned representation in those columns.
static Node *statistic_network(Mine *mine, int count) {
    Node **weights = tape_weights(mine->tape, mine->weights);
    Node *x = tape_constant(mine->tape, matrix_rows(mine->input, 0, count));
    int layers = mine->params.layers;
    for (int layer = 0; layer < layers; layer++) {
        x = tape_affine_relu(mine->tape, x, weights[2 * layer], weights[2 * layer + 1]);
    }
    return tape_affine(mine->tape, x, weights[2 * layers], weights[2 * layers + 1]);
}

static void statistic_read(Matrix value, int first, int count, double *out) {
    for (int i = 0; i < count; i++) out[i] = matrix_get(value, first + i, 0);
}

// T on any number of pairs, without gradients, a slice of rows at a time; NULL stands for 0, 1, 2, ...
static void evaluate(Mine *mine, MinePairs pairs, const int *hidden, const int *belief, int count, double *out) {
    for (int first = 0; first < count; first += EVALUATION_ROWS) {
        int slice = count - first < EVALUATION_ROWS ? count - first : EVALUATION_ROWS;
        gather(mine, pairs, hidden, belief, first, slice, 0);
        tape_reset(mine->tape, false);
        statistic_read(statistic_network(mine, slice)->value, 0, slice, out + first);
    }
}

// exp(T_i - shift), and from it log mean exp T and the effective sample size. The released code does not shift.
static double exponentials(Mine *mine, const double *t, int count, double *weight, double *log_mean, double *ess) {
    double shift = 0, sum = 0, squares = 0;
    if (!mine->params.plain_exp) {
        shift = t[0];
        for (int i = 1; i < count; i++) shift = t[i] > shift ? t[i] : shift;
    }
    for (int i = 0; i < count; i++) weight[i] = t[i] - shift;
    Matrix view = matrix_view(DTYPE_F64, 1, count, weight);
    mine->kernels->exp(view, view);
    bool narrow = mine->params.plain_exp && mine->type == DTYPE_F32;
    for (int i = 0; i < count; i++) {
        if (narrow) weight[i] = (double)(float)weight[i];
        sum += weight[i];
        squares += weight[i] * weight[i];
    }
    *log_mean = shift + vmath_log(sum / count);
    *ess = sum * sum / squares;
    return shift;
}

// log m_t = log(a mean exp T + (1-a) m_{t-1}). A batch of n < B pairs counts as n/B of a step: a = 1 - (1-alpha)^(n/B).
static void average_update(Mine *mine, double log_mean, int count) {
    if (!mine->started) {
        mine->started = true;
        mine->log_average = log_mean;
        return;
    }
    double keep = 1 - mine->params.alpha;
    if (!mine->params.average_by_batch && count < mine->params.batch && keep > 0) {
        keep = vmath_exp(vmath_log(keep) * count / mine->params.batch);
    }
    double fresh = vmath_log(1 - keep) + log_mean, past = vmath_log(keep) + mine->log_average;
    mine->log_average = vmath_log_add_exp(fresh, past);
}

static MineCall summarise(Mine *mine, int count, bool training, double *shift) {
    const double *joint = mine->statistic, *marginal = joint + count;
    MineCall call = {.training = training};
    for (int i = 0; i < count; i++) call.joint_mean += joint[i];
    call.joint_mean /= count;
    *shift = exponentials(mine, marginal, count, mine->statistic + 2 * count, &call.log_mean_exp, &call.ess);
    call.objective = call.joint_mean - call.log_mean_exp - mine->params.lambda * call.log_mean_exp * call.log_mean_exp;
    if (training || mine->params.average_evaluations) average_update(mine, call.log_mean_exp, count);
    call.log_average = mine->log_average;
    return call;
}

// Gradient of -V: -1/B for a joint T, exp(T_i) / (B m) for a marginal one (times 1 + 2 lambda log mean exp T).
static void seed_gradient(Mine *mine, Node *t, const MineCall *call, double shift, int count) {
    const double *weight = mine->statistic + 2 * count;
    double scale = vmath_exp(shift - call->log_average) * (1 + 2 * mine->params.lambda * call->log_mean_exp) / count;
    for (int i = 0; i < count; i++) {
        matrix_set(t->gradient, i, 0, -1.0 / count);
        matrix_set(t->gradient, count + i, 0, weight[i] * scale);
    }
}

MineCall mine_objective(Mine *mine, MinePairs pairs, const int *joint, const int *hidden, const int *belief, int count,
                        bool training) {
    assert(count > 0 && pairs.hidden.cols == mine->hidden_size && pairs.belief.cols == mine->belief_size);
    assert(pairs.hidden.type == mine->type && pairs.belief.type == mine->type);
    reserve_statistic(mine, count);
    double shift;
    if (!training) {
        evaluate(mine, pairs, joint, joint, count, mine->statistic);
        evaluate(mine, pairs, hidden, belief, count, mine->statistic + count);
        return summarise(mine, count, false, &shift);
    }
    assert(count <= mine->params.batch);
    gather(mine, pairs, joint, joint, 0, count, 0);
    gather(mine, pairs, hidden, belief, 0, count, count);
    matrix_zero(weights_gradients(mine->weights));
    tape_reset(mine->tape, true);
    Node *t = statistic_network(mine, 2 * count);
    statistic_read(t->value, 0, 2 * count, mine->statistic);
    MineCall call = summarise(mine, count, true, &shift);
    seed_gradient(mine, t, &call, shift, count);
    tape_backward_seeded(mine->tape);
    return call;
}

// ---- training -------------------------------------------------------------------------------------------------------

static MinePairs pairs_rows(MinePairs pairs, int first, int count) {
    return (MinePairs){matrix_rows(pairs.hidden, first, count), matrix_rows(pairs.belief, first, count)};
}

static void report(const MineHooks *hooks, const MineCall *call) {
    if (hooks->call) hooks->call(hooks->context, call);
}

// One pass over the fitted pairs; returns the mean of the batch objectives.
static double train_epoch(Mine *mine, MinePairs pairs, const MineHooks *hooks) {
    int count = pairs.hidden.rows, batch = mine->params.batch, batches = 0;
    int *joint = mine->index, *hidden = joint + count, *belief = hidden + count;
    hooks->permute(hooks->context, count, joint);
    hooks->permute(hooks->context, count, hidden);
    hooks->permute(hooks->context, count, belief);
    double sum = 0;
    for (int first = 0; first < count; first += batch, batches++) {
        int size = count - first < batch ? count - first : batch;
        MineCall call = mine_objective(mine, pairs, joint + first, hidden + first, belief + first, size, true);
        report(hooks, &call);
        sum += call.objective;
        optim_step(mine->optim, mine->weights);
    }
    if (mine->params.extra_step) optim_step(mine->optim, mine->weights);
    int complete = count / batch;
    return sum / (mine->params.floor_batches && complete > 0 ? complete : batches);
}

MineCall mine_value(Mine *mine, MinePairs pairs, const MineHooks *hooks) {
    int count = pairs.hidden.rows;
    reserve_index(mine, count);
    int *hidden = mine->index, *belief = hidden + count;
    hooks->permute(hooks->context, count, hidden);
    hooks->permute(hooks->context, count, belief);
    MineCall call = mine_objective(mine, pairs, NULL, hidden, belief, count, false);
    report(hooks, &call);
    return call;
}

static int validation_count(const Mine *mine, int count) {
    return (int)(mine->params.validation * count);
}

double mine_train(Mine *mine, MinePairs pairs, const MineHooks *hooks) {
    assert(mine->optim);
    int held = validation_count(mine, pairs.hidden.rows), fitted = pairs.hidden.rows - held;
    reserve_index(mine, fitted > held ? fitted : held);
    double best = -INFINITY;
    matrix_copy(weights_values(mine->weights), mine->best);
    for (int epoch = 0; epoch < mine->params.epochs; epoch++) {
        double training = train_epoch(mine, pairs_rows(pairs, held, fitted), hooks), validation = NAN;
        if (held > 0) validation = mine_value(mine, pairs_rows(pairs, 0, held), hooks).objective;
        if (held == 0 || validation > best) {
            best = validation;
            matrix_copy(weights_values(mine->weights), mine->best);
        }
        if (hooks->epoch) hooks->epoch(hooks->context, epoch, training, validation);
    }
    matrix_copy(mine->best, weights_values(mine->weights));
    return best;
}

// ---- the estimate ---------------------------------------------------------------------------------------------------

// Mean 0 and deviation 1 by the training pairs' columns; columns without spread become 0.
static void standardise(Matrix train, Matrix test) {
    for (int col = 0; col < train.cols; col++) {
        double mean = 0, square = 0;
        for (int row = 0; row < train.rows; row++) mean += matrix_get(train, row, col) / train.rows;
        for (int row = 0; row < train.rows; row++) {
            double d = matrix_get(train, row, col) - mean;
            square += d * d / train.rows;
        }
        double scale = square > 0 ? 1 / sqrt(square) : 0;
        for (int row = 0; row < train.rows; row++) matrix_set(train, row, col, (matrix_get(train, row, col) - mean) * scale);
        for (int row = 0; row < test.rows; row++) matrix_set(test, row, col, (matrix_get(test, row, col) - mean) * scale);
    }
}

static Matrix copy_of(Matrix m) {
    size_t size = (size_t)m.rows * (size_t)m.cols * dtype_size(m.type);
    Matrix copy = matrix_view(m.type, m.rows, m.cols, memory_alloc(size));
    matrix_copy(m, copy);
    return copy;
}

static void permute_by_stream(void *context, int n, int *out) {
    rng_permutation(context, n, out);
}

static void estimate_once(Mine *mine, MinePairs train, MinePairs test, Rng rng, MineEstimate *sum, double *value) {
    MineHooks hooks = {&rng, permute_by_stream, NULL, NULL};
    mine_initialise(mine, &rng);
    sum->validation += mine_train(mine, train, &hooks);
    MineCall tested = mine_value(mine, test, &hooks);
    int held = validation_count(mine, train.hidden.rows);
    sum->train += mine_value(mine, pairs_rows(train, held, train.hidden.rows - held), &hooks).objective;
    sum->ess += tested.ess;
    *value = tested.objective;
}

static MineEstimate estimate_mean(const MineEstimate *sum, const double *value, int restarts) {
    MineEstimate mean = {.train = sum->train / restarts, .validation = sum->validation / restarts, .ess = sum->ess / restarts};
    for (int r = 0; r < restarts; r++) mean.value += value[r] / restarts;
    double square = 0;
    for (int r = 0; r < restarts; r++) square += (value[r] - mean.value) * (value[r] - mean.value);
    mean.sd = restarts > 1 ? sqrt(square / (restarts - 1)) : NAN;
    double slack = 0.2 * mean.train > 0.1 ? 0.2 * mean.train : 0.1;
    mean.unreliable = !isfinite(mean.value) || !(mean.ess >= 30) || mean.train - mean.value > slack;
    return mean;
}

MineEstimate mine_estimate(const MineParams *params, MinePairs train, MinePairs test, uint64_t seed, const Linalg *linalg) {
    bool scaled = params->scaling == MINE_STANDARD;
    if (scaled) {
        train = (MinePairs){copy_of(train.hidden), copy_of(train.belief)};
        test = (MinePairs){copy_of(test.hidden), copy_of(test.belief)};
        standardise(train.hidden, test.hidden);
        standardise(train.belief, test.belief);
    }
    Mine *mine = mine_create(params, train.hidden.cols, train.belief.cols, DTYPE_F32, linalg);
    double *value = memory_alloc((size_t)params->restarts * sizeof *value);
    MineEstimate sum = {0};
    for (int r = 0; r < params->restarts; r++) {
        estimate_once(mine, train, test, rng_stream(seed, RNG_ESTIMATOR, (uint32_t)r), &sum, &value[r]);
    }
    MineEstimate estimate = estimate_mean(&sum, value, params->restarts);
    free(value);
    mine_destroy(mine);
    if (scaled) {
        void *const copies[] = {train.hidden.data, train.belief.data, test.hidden.data, test.belief.data};
        for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) free(copies[i]);
    }
    return estimate;
}
