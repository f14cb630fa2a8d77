#include "analysis/information/mine_internal.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/deep_set.h"
#include "core/arena.h"
#include "core/kernels.h"
#include "core/optim.h"
#include "core/vmath.h"

static const char *const scaling_names[] = {"raw", "standard", NULL};

static const ParamSpec specs[] = {
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
const ParamTable mine_params = {"mine", specs, sizeof specs / sizeof *specs, sizeof(MineParams)};

// Rows of an evaluation pass that are computed together: enough for large products, few enough to stay in cache.
enum { EVALUATION_ROWS = 512 };

// ---- making ---------------------------------------------------------------------------------------------------------

static void declare_weights(Mine *mine, DType type) {
    const MineParams *params = &mine->params;
    Weights *weights = mine->weights = weights_create(type);
    int width = mine->input_size, sets = 0;
    char name[40];
    for (int layer = 0; layer < params->layers; layer++) {
        snprintf(name, sizeof name, "layer%d/weight", layer);
        weights_add(weights, name, width, params->hidden);
        snprintf(name, sizeof name, "layer%d/bias", layer);
        weights_add(weights, name, 1, params->hidden);
        width = params->hidden;
    }
    weights_add(weights, "output/weight", width, 1);
    int count = weights_add(weights, "output/bias", 1, 1) + 1;
    for (int k = 0; k < mine->parts; k++) {
        MinePart *part = &mine->part[k];
        if (!mine_is_set(part)) continue;
        snprintf(name, sizeof name, "set%d/", sets);
        deep_set_declare(weights, name, part->size, part->width);
        part->weights = count + DEEP_SET_WEIGHTS * sets++;
    }
    weights_seal(weights);
}

Mine *mine_create(const MineParams *params, const MineShape *shape, DType type, const Linalg *linalg) {
    Mine *mine = memory_zeroed(1, sizeof *mine);
    int room = 2 * params->batch > EVALUATION_ROWS ? 2 * params->batch : EVALUATION_ROWS;
    mine->params = *params;
    mine_place_parts(mine, shape);
    mine->type = type;
    mine->kernels = kernels_for(DTYPE_F64);
    mine->tape = tape_create(type, linalg);
    declare_weights(mine, type);
    size_t input = (size_t)room * (size_t)mine->input_size * dtype_size(type);
    mine->input = matrix_view(type, room, mine->input_size, memory_zeroed(1, input));
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
    free(mine->slot);
    free(mine->distinct);
    free(mine->place);
    for (int k = 0; k < mine->parts; k++) free(mine->represented[k].data);
    free(mine);
}

Weights *mine_weights(Mine *mine) {
    return mine->weights;
}

void mine_initialise(Mine *mine, Rng *rng) {
    for (int i = 0; i < 2 * (mine->params.layers + 1); i += 2) {
        double bound = 1 / sqrt(weights_value(mine->weights, i).rows);
        weights_uniform(mine->weights, i, bound, rng);
        weights_uniform(mine->weights, i + 1, bound, rng);
    }
    for (int k = 0; k < mine->parts; k++) {
        if (mine_is_set(&mine->part[k])) deep_set_initialise(mine->weights, mine->part[k].weights, rng);
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
    if (!mine->sets) return;
    free(mine->slot);
    mine->slot = memory_alloc(2 * (size_t)count * sizeof *mine->slot);
}

// ---- the objective --------------------------------------------------------------------------------------------------

// T of the rows of x: [count, 1].
static Node *statistic_network(Mine *mine, Node *const *weights, Node *x) {
    int layers = mine->params.layers;
    for (int layer = 0; layer < layers; layer++) {
        x = tape_affine_relu(mine->tape, x, weights[2 * layer], weights[2 * layer + 1]);
    }
    return tape_affine(mine->tape, x, weights[2 * layers], weights[2 * layers + 1]);
}

static void statistic_read(Matrix value, int first, int count, double *out) {
    for (int i = 0; i < count; i++) out[i] = matrix_get(value, first + i, 0);
}

// T on any number of pairs, without gradients, a slice of rows at a time; NULL stands for 0, 1, 2, ... `slot`: where the representations of
// sets are.
static void evaluate(Mine *mine, const InformationPairs *pairs, const int *hidden, const int *belief, const int *slot,
                     int count, double *out) {
    for (int first = 0; first < count; first += EVALUATION_ROWS) {
        int slice = count - first < EVALUATION_ROWS ? count - first : EVALUATION_ROWS;
        mine_gather(mine, pairs, hidden, belief, first, slice, 0);
        mine_gather_sets(mine, slot, first, slice, 0);
        tape_reset(mine->tape, false);
        Node *x = tape_constant(mine->tape, matrix_rows(mine->input, 0, slice));
        Node *t = statistic_network(mine, tape_weights(mine->tape, mine->weights), x);
        statistic_read(t->value, 0, slice, out + first);
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

// The delta method for a difference of a mean and the logarithm of one: var(T)/n + var(w / mean w)/n with w = exp T, where the second is
// (n / ess - 1) n / (n - 1) / n.
static double sampling_variance(const Mine *mine, const MineCall *call, const double *joint, int count) {
    double square = 0, slope = 1 + 2 * mine->params.lambda * call->log_mean_exp;
    for (int i = 0; i < count; i++) square += (joint[i] - call->joint_mean) * (joint[i] - call->joint_mean);
    if (count < 2) return NAN;
    return (square / count + slope * slope * (count / call->ess - 1)) / (count - 1);
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
    call.variance = sampling_variance(mine, &call, joint, count);
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

static void check_pairs(const Mine *mine, const InformationPairs *pairs) {
    assert(pairs->x.cols == mine->hidden_size && pairs->x.type == mine->type && pairs->parts == mine->parts);
    for (int k = 0; k < mine->parts; k++) {
        const InformationPart *part = &pairs->y[k];
        assert(part->particles == mine->part[k].particles && part->rows.cols == part->particles * mine->part[k].size);
        assert(part->rows.type == mine->type && part->rows.rows == pairs->x.rows);
    }
}

MineCall mine_objective(Mine *mine, const InformationPairs *pairs, const int *joint, const int *hidden, const int *belief,
                        int count, bool training) {
    assert(count > 0);
    check_pairs(mine, pairs);
    reserve_statistic(mine, count);
    if (mine->sets) mine_find_distinct(mine, pairs->x.rows, joint, belief, count);
    double shift;
    if (!training) {
        if (mine->sets) mine_represent_all(mine, pairs);
        evaluate(mine, pairs, joint, joint, mine->slot, count, mine->statistic);
        evaluate(mine, pairs, hidden, belief, mine->sets ? mine->slot + count : NULL, count, mine->statistic + count);
        return summarise(mine, count, false, &shift);
    }
    assert(count <= mine->params.batch);
    mine_gather(mine, pairs, joint, joint, 0, count, 0);
    mine_gather(mine, pairs, hidden, belief, 0, count, count);
    matrix_zero(weights_gradients(mine->weights));
    tape_reset(mine->tape, true);
    Node **weights = tape_weights(mine->tape, mine->weights);
    Node *t = statistic_network(mine, weights, mine_input_node(mine, pairs, weights, 2 * count));
    statistic_read(t->value, 0, 2 * count, mine->statistic);
    MineCall call = summarise(mine, count, true, &shift);
    seed_gradient(mine, t, &call, shift, count);
    tape_backward_seeded(mine->tape);
    return call;
}

// ---- training -------------------------------------------------------------------------------------------------------

InformationPairs mine_rows(const InformationPairs *pairs, int first, int count) {
    InformationPairs rows = *pairs;
    rows.x = matrix_rows(pairs->x, first, count);
    for (int k = 0; k < pairs->parts; k++) rows.y[k].rows = matrix_rows(pairs->y[k].rows, first, count);
    return rows;
}

static void report(const MineHooks *hooks, const MineCall *call) {
    if (hooks->call) hooks->call(hooks->context, call);
}

// One pass over the fitted pairs; returns the mean of the batch objectives.
static double train_epoch(Mine *mine, const InformationPairs *pairs, const MineHooks *hooks) {
    int count = pairs->x.rows, batch = mine->params.batch, batches = 0;
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

MineCall mine_value(Mine *mine, const InformationPairs *pairs, const MineHooks *hooks) {
    int count = pairs->x.rows;
    reserve_index(mine, count);
    int *hidden = mine->index, *belief = hidden + count;
    hooks->permute(hooks->context, count, hidden);
    hooks->permute(hooks->context, count, belief);
    MineCall call = mine_objective(mine, pairs, NULL, hidden, belief, count, false);
    report(hooks, &call);
    return call;
}

int mine_held(const MineParams *params, int count) {
    return (int)(params->validation * count);
}

double mine_train(Mine *mine, const InformationPairs *pairs, const MineHooks *hooks) {
    assert(mine->optim);
    int held = mine_held(&mine->params, pairs->x.rows), fitted = pairs->x.rows - held;
    reserve_index(mine, fitted > held ? fitted : held);
    InformationPairs fitting = mine_rows(pairs, held, fitted), choosing = mine_rows(pairs, 0, held);
    double best = -INFINITY;
    matrix_copy(weights_values(mine->weights), mine->best);
    for (int epoch = 0; epoch < mine->params.epochs; epoch++) {
        double training = train_epoch(mine, &fitting, hooks), validation = NAN;
        if (held > 0) validation = mine_value(mine, &choosing, hooks).objective;
        if (held == 0 || validation > best) {
            best = validation;
            matrix_copy(weights_values(mine->weights), mine->best);
        }
        if (hooks->epoch) hooks->epoch(hooks->context, epoch, training, validation);
    }
    matrix_copy(mine->best, weights_values(mine->weights));
    return best;
}
