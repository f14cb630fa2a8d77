#include "analysis/information/critic.h"

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/information/deep_set.h"
#include "core/arena.h"
#include "core/optim.h"
#include "core/tape.h"

static const char *const scaling_names[] = {"raw", "standard", NULL};

static const ParamSpec rows[] = {
    {"hidden", PARAM_INT, offsetof(CriticParams, hidden), "128", 1, 4096, NULL, "units in each hidden layer of f and of g"},
    {"layers", PARAM_INT, offsetof(CriticParams, layers), "2", 1, 8, NULL, "hidden layers of each"},
    {"embedding", PARAM_INT, offsetof(CriticParams, embedding), "32", 1, 4096, NULL,
     "units that f(x) and g(y) end in; their inner product is the critic"},
    {"batch", PARAM_INT, offsetof(CriticParams, batch), "512", 2, 8192, NULL,
     "pairs in a block, K: each is set against the others"},
    {"epochs", PARAM_INT, offsetof(CriticParams, epochs), "100", 1, 100000, NULL, "passes over the fitted pairs, at most"},
    {"learning_rate", PARAM_REAL, offsetof(CriticParams, learning_rate), "0.001", 1e-8, 1, NULL, "step size of Adam"},
    {"clip_norm", PARAM_REAL, offsetof(CriticParams, clip_norm), "1", 0, 1e9, NULL,
     "largest norm of the gradient, 0: no clipping"},
    {"validation", PARAM_REAL, offsetof(CriticParams, validation), "0.2", 0, 0.9, NULL,
     "share of the training pairs held out to choose the epoch"},
    {"restarts", PARAM_INT, offsetof(CriticParams, restarts), "1", 1, 100, NULL, "networks whose estimates are averaged"},
    {"patience", PARAM_INT, offsetof(CriticParams, patience), "0", 0, 100000, NULL,
     "epochs without a better one after which training ends, 0: none"},
    {"smile_tau", PARAM_REAL, offsetof(CriticParams, smile_tau), "5", 1e-3, 100, NULL, "tau: where SMILE clips the scores"},
    {"scaling", PARAM_CHOICE, offsetof(CriticParams, scaling), "standard", 0, 0, scaling_names,
     "of each column: raw values, or mean 0 and deviation 1 on the training pairs"},
};
const ParamTable critic_params = {"critic", rows, sizeof rows / sizeof *rows, sizeof(CriticParams)};

struct Critic {
    const CriticParams *params;
    const CriticBound *bound;
    DType type;
    const Linalg *linalg;
    const Kernels *kernels;    // in double: bounds
    Tape *tape;
    Weights *weights;
    Optim *optim;         // NULL until critic_initialise
    CriticPairs block;    // [room, ...]: rows of the present block
    int room;
    void *narrow;                       // [room, room] of the network's type: scores, then their gradient
    double *score, *gradient, *work;    // [room, room] each
    Matrix best;                        // [1, weights]: of the best epoch so far
};

// ---- making ---------------------------------------------------------------------------------------------------------------

static void declare_network(Weights *weights, const CriticParams *params, const char *side, int input) {
    int width = input;
    for (int layer = 0; layer <= params->layers; layer++) {
        bool last = layer == params->layers;
        int units = last ? params->embedding : params->hidden;
        char place[40], name[56];
        if (last) snprintf(place, sizeof place, "%s/output", side);
        else snprintf(place, sizeof place, "%s/layer%d", side, layer);
        snprintf(name, sizeof name, "%s/weight", place);
        weights_add(weights, name, width, units);
        snprintf(name, sizeof name, "%s/bias", place);
        weights_add(weights, name, 1, units);
        width = units;
    }
}

// Where the weights of a network and those of a set begin.
static int y_first(const CriticParams *params) {
    return 2 * (params->layers + 1);
}

static int set_first(const CriticParams *params, int set) {
    return 4 * (params->layers + 1) + DEEP_SET_WEIGHTS * set;
}

static Weights *declare_weights(const CriticParams *params, const CriticPairs *like, DType type) {
    Weights *weights = weights_create(type);
    declare_network(weights, params, "x", like->x.cols);
    declare_network(weights, params, "y", like->vector.cols + like->sets * DEEP_SET_SIZE);
    for (int s = 0; s < like->sets; s++) {
        char prefix[24];
        snprintf(prefix, sizeof prefix, "set%d/", s);
        deep_set_declare(weights, prefix, like->set[s].cols / like->particles[s], DEEP_SET_SIZE);
    }
    weights_seal(weights);
    return weights;
}

static Matrix room_for(DType type, int count, int cols) {
    return matrix_view(type, count, cols, memory_alloc((size_t)count * (size_t)cols * dtype_size(type) + 1));
}

static CriticPairs pairs_room(const CriticPairs *like, int count, DType type) {
    CriticPairs room = *like;
    room.x = room_for(type, count, like->x.cols);
    room.vector = room_for(type, count, like->vector.cols);
    for (int s = 0; s < like->sets; s++) room.set[s] = room_for(type, count, like->set[s].cols);
    return room;
}

static void pairs_free(CriticPairs *pairs) {
    free(pairs->x.data);
    free(pairs->vector.data);
    for (int s = 0; s < pairs->sets; s++) free(pairs->set[s].data);
}

Critic *critic_create(const CriticParams *params, const CriticBound *bound, const CriticPairs *like, int room, DType type,
                      const Linalg *linalg) {
    assert(room >= 2 && like->x.cols > 0 && like->vector.cols + like->sets > 0);
    Critic *critic = memory_zeroed(1, sizeof *critic);
    *critic = (Critic){.params = params, .bound = bound, .type = type, .linalg = linalg, .room = room};
    critic->kernels = kernels_for(DTYPE_F64);
    critic->tape = tape_create(type, linalg);
    critic->weights = declare_weights(params, like, type);
    critic->block = pairs_room(like, room, type);
    size_t square = (size_t)room * (size_t)room;
    critic->narrow = memory_alloc(square * dtype_size(type));
    critic->score = memory_alloc(3 * square * sizeof *critic->score);
    critic->gradient = critic->score + square;
    critic->work = critic->gradient + square;
    critic->best = room_for(type, 1, weights_values(critic->weights).cols);
    return critic;
}

void critic_destroy(Critic *critic) {
    if (!critic) return;
    tape_destroy(critic->tape);
    if (critic->optim) optim_destroy(critic->optim);
    weights_destroy(critic->weights);
    pairs_free(&critic->block);
    free(critic->narrow);
    free(critic->score);
    free(critic->best.data);
    free(critic);
}

Weights *critic_weights(Critic *critic) {
    return critic->weights;
}

void critic_initialise(Critic *critic, Rng *rng) {
    for (int i = 0; i < set_first(critic->params, 0); i += 2) {
        double bound = 1 / sqrt(weights_value(critic->weights, i).rows);
        weights_uniform(critic->weights, i, bound, rng);
        weights_uniform(critic->weights, i + 1, bound, rng);
    }
    for (int s = 0; s < critic->block.sets; s++) deep_set_initialise(critic->weights, set_first(critic->params, s), rng);
    OptimParams optim = optim_default_params();
    optim.learning_rate = critic->params->learning_rate;
    optim.clip_norm = critic->params->clip_norm;
    if (critic->optim) optim_destroy(critic->optim);
    critic->optim = optim_create(optim, critic->weights);
}

// ---- scores of a block ----------------------------------------------------------------------------------------------------

static void gather(Matrix from, const int *row, int count, Matrix to) {
    size_t bytes = (size_t)from.cols * dtype_size(from.type);
    for (int i = 0; i < count && bytes > 0; i++) memcpy(matrix_row(to, i), matrix_row(from, row[i]), bytes);
}

static Node *network(Critic *critic, Node *x, Node *const *weights) {
    int layers = critic->params->layers;
    for (int layer = 0; layer < layers; layer++) {
        x = tape_affine_relu(critic->tape, x, weights[2 * layer], weights[2 * layer + 1]);
    }
    return tape_affine(critic->tape, x, weights[2 * layers], weights[2 * layers + 1]);
}

// y of the block's first `count` pairs: its vectors, then what stands for each of its sets.
static Node *y_input(Critic *critic, int count, Node *const *weights) {
    const CriticPairs *block = &critic->block;
    Node *part[INFORMATION_PARTS_MAX + 1];
    int parts = 0;
    if (block->vector.cols > 0) part[parts++] = tape_constant(critic->tape, matrix_rows(block->vector, 0, count));
    for (int s = 0; s < block->sets; s++) {
        Node *const *own = weights + set_first(critic->params, s);
        part[parts++] = deep_set(critic->tape, own, matrix_rows(block->set[s], 0, count), block->particles[s]);
    }
    return parts == 1 ? part[0] : tape_concat_cols(critic->tape, parts, part);
}

static Matrix square_of(double *data, int count) {
    return matrix_view(DTYPE_F64, count, count, data);
}

// From the network's type to double or back.
static void convert(Matrix from, Matrix to) {
    if (from.type == to.type) {
        matrix_copy(from, to);
        return;
    }
    for (int i = 0; i < from.rows; i++) {
        const void *in = matrix_row(from, i);
        void *out = matrix_row(to, i);
        for (int j = 0; j < from.cols && to.type == DTYPE_F64; j++) ((double *)out)[j] = (double)((const float *)in)[j];
        for (int j = 0; j < from.cols && to.type == DTYPE_F32; j++) ((float *)out)[j] = (float)((const double *)in)[j];
    }
}

typedef struct Embedded {
    Node *f, *g;
} Embedded;

// F of rows row[0..count-1] into critic->score.
static Embedded scores(Critic *critic, const CriticPairs *pairs, const int *row, int count, bool gradients) {
    assert(count >= 2 && count <= critic->room && pairs->x.type == critic->type && pairs->sets == critic->block.sets);
    gather(pairs->x, row, count, critic->block.x);
    gather(pairs->vector, row, count, critic->block.vector);
    for (int s = 0; s < pairs->sets; s++) gather(pairs->set[s], row, count, critic->block.set[s]);
    tape_reset(critic->tape, gradients);
    Node **weights = tape_weights(critic->tape, critic->weights);
    Node *x = tape_constant(critic->tape, matrix_rows(critic->block.x, 0, count));
    Embedded out = {network(critic, x, weights), NULL};
    out.g = network(critic, y_input(critic, count, weights), weights + y_first(critic->params));
    Matrix narrow = matrix_view(critic->type, count, count, critic->narrow);
    critic->linalg->product(false, true, out.f->value, out.g->value, false, narrow);
    convert(narrow, square_of(critic->score, count));
    return out;
}

// F = f g^T: df = dF g, dg = dF^T f.
double critic_objective(Critic *critic, const CriticPairs *pairs, const int *row, int count) {
    matrix_zero(weights_gradients(critic->weights));
    Embedded out = scores(critic, pairs, row, count, true);
    Matrix score = square_of(critic->score, count), gradient = square_of(critic->gradient, count);
    double value = critic->bound->objective(critic->params, critic->kernels, score, gradient, square_of(critic->work, count));
    critic->kernels->scale(-1, gradient, gradient);
    Matrix narrow = matrix_view(critic->type, count, count, critic->narrow);
    convert(gradient, narrow);
    critic->linalg->product(false, false, narrow, out.g->value, false, out.f->gradient);
    critic->linalg->product(true, false, narrow, out.f->value, false, out.g->gradient);
    tape_backward_seeded(critic->tape);
    return value;
}

// ---- values over blocks ---------------------------------------------------------------------------------------------------

static int block_size(const Critic *critic, int count) {
    int largest = critic->params->batch < critic->room ? critic->params->batch : critic->room;
    return count < largest ? count : largest;
}

CriticValue critic_value(Critic *critic, const CriticPairs *pairs, const int *order) {
    const CriticBound *bound = critic->bound;
    int size = block_size(critic, pairs->x.rows);
    CriticValue sum = {.block = size, .blocks = pairs->x.rows / size};
    Matrix score = square_of(critic->score, size), first = square_of(critic->gradient, size),
           work = square_of(critic->work, size);
    double mean = 0, square = 0, inverse = 0;
    for (int b = 0; b < sum.blocks; b++) {
        scores(critic, pairs, order + (size_t)b * (size_t)size, size, false);
        double objective = bound->objective(critic->params, critic->kernels, score, first, work), value = objective;
        if (bound->value) value = bound->value(critic->params, critic->kernels, score, first, work);
        if (bound->effective_size) inverse += 1 / bound->effective_size(critic->params, critic->kernels, score, work);
        sum.objective += objective / sum.blocks;
        double step = value - mean;    // Welford 1962
        mean += step / (b + 1);
        square += step * (value - mean);
    }
    sum.value = mean;
    sum.variance = sum.blocks > 1 ? square / (sum.blocks - 1) / sum.blocks : NAN;
    // Each block has its own mean, of relative variance 1 / ess: the errors of the blocks average.
    sum.ess = bound->effective_size ? sum.blocks * (sum.blocks / inverse) : NAN;
    return sum;
}

// ---- training -------------------------------------------------------------------------------------------------------------

static CriticPairs pairs_rows(const CriticPairs *pairs, int first, int count) {
    CriticPairs part = *pairs;
    part.x = matrix_rows(pairs->x, first, count);
    part.vector = matrix_rows(pairs->vector, first, count);
    for (int s = 0; s < pairs->sets; s++) part.set[s] = matrix_rows(pairs->set[s], first, count);
    return part;
}

static int validation_count(const CriticParams *params, int count) {
    return (int)(params->validation * count);
}

static void train_epoch(Critic *critic, const CriticPairs *pairs, int *order, Rng *rng) {
    int count = pairs->x.rows, size = block_size(critic, count);
    rng_permutation(rng, count, order);
    for (int first = 0; first + size <= count; first += size) {
        critic_objective(critic, pairs, order + first, size);
        if (matrix_finite(weights_gradients(critic->weights))) optim_step(critic->optim, critic->weights);
    }
}

double critic_train(Critic *critic, const CriticPairs *pairs, Rng *rng) {
    assert(critic->optim);
    int count = pairs->x.rows, held = validation_count(critic->params, count), waited = 0;
    CriticPairs fitted = pairs_rows(pairs, held, count - held), validation = pairs_rows(pairs, 0, held);
    int *order = memory_alloc((size_t)count * sizeof *order), *validation_order = order + (count - held);
    rng_permutation(rng, held, validation_order);
    CriticValue best = {.objective = -INFINITY, .value = NAN};
    matrix_copy(weights_values(critic->weights), critic->best);
    for (int epoch = 0; epoch < critic->params->epochs; epoch++) {
        train_epoch(critic, &fitted, order, rng);
        if (held == 0) continue;
        CriticValue now = critic_value(critic, &validation, validation_order);
        waited++;
        if (now.objective > best.objective) {
            best = now;
            waited = 0;
            matrix_copy(weights_values(critic->weights), critic->best);
        }
        if (critic->params->patience > 0 && waited >= critic->params->patience) break;
    }
    if (held > 0) matrix_copy(critic->best, weights_values(critic->weights));
    free(order);
    return best.value;
}

// ---- what the networks read -----------------------------------------------------------------------------------------------

typedef struct Scale {
    double mean, factor;
} Scale;

// Of column `col` of `size`, over rows and particles. A deviation within the rounding of the mean is none.
static Scale scale_of(Matrix m, int col, int size) {
    int particles = m.cols / size;
    double mean = 0, square = 0, count = (double)m.rows * particles;
    for (int row = 0; row < m.rows; row++) {
        for (int p = 0; p < particles; p++) mean += matrix_get(m, row, p * size + col) / count;
    }
    for (int row = 0; row < m.rows; row++) {
        for (int p = 0; p < particles; p++) {
            double d = matrix_get(m, row, p * size + col) - mean;
            square += d * d / count;
        }
    }
    double deviation = sqrt(square);
    return (Scale){mean, deviation > 1e-12 * fabs(mean) ? 1 / deviation : 0};
}

// Columns from `at` of out [n, ...] become those of `from`, scaled as `train` says.
static void fill(const CriticParams *params, Matrix train, Matrix from, int particles, Matrix out, int at) {
    int size = from.cols / particles;
    assert(matrix_finite(from) && size * particles == from.cols);
    for (int col = 0; col < size; col++) {
        Scale scale = params->scaling == CRITIC_STANDARD ? scale_of(train, col, size) : (Scale){0, 1};
        for (int row = 0; row < from.rows; row++) {
            for (int c = col; c < from.cols; c += size) {
                matrix_set(out, row, at + c, (matrix_get(from, row, c) - scale.mean) * scale.factor);
            }
        }
    }
}

// A copy in float of `from`, which has the columns of `train`.
static CriticPairs pairs_of(const CriticParams *params, const InformationPairs *train, const InformationPairs *from) {
    CriticPairs like = {.x = {.cols = from->x.cols}};
    for (int k = 0; k < from->parts; k++) {
        if (from->y[k].particles == 1) {
            like.vector.cols += from->y[k].rows.cols;
        } else {
            like.set[like.sets].cols = from->y[k].rows.cols;
            like.particles[like.sets++] = from->y[k].particles;
        }
    }
    CriticPairs pairs = pairs_room(&like, from->x.rows, DTYPE_F32);
    fill(params, train->x, from->x, 1, pairs.x, 0);
    for (int k = 0, at = 0, s = 0; k < from->parts; k++) {
        const InformationPart *part = &from->y[k];
        bool set = part->particles > 1;
        fill(params, train->y[k].rows, part->rows, part->particles, set ? pairs.set[s] : pairs.vector, set ? 0 : at);
        at += set ? 0 : part->rows.cols;
        s += set;
    }
    return pairs;
}

// ---- the estimate ---------------------------------------------------------------------------------------------------------

// Student's 97.5 % quantile from the normal one in powers of 1 / degrees of freedom (Abramowitz and Stegun 1964, 26.7.5): without libm.
// Within 0.001 from 4 degrees on; at 3, 2 and 1 low by 0.1 %, 0.7 % and 11 %.
static double student_quantile(int degrees) {
    const double z = information_normal_975, square = z * z, v = degrees;
    double one = (square + 1) * z / 4;
    double two = ((5 * square + 16) * square + 3) * z / 96;
    double three = (((3 * square + 19) * square + 17) * square - 15) * z / 384;
    double four = ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) * z / 92160;
    return z + (one + (two + (three + four / v) / v) / v) / v;
}

static void estimate_once(Critic *critic, const CriticPairs *train, const CriticPairs *test, Rng rng, CriticValue *tested,
                          InformationEstimate *sum) {
    int held = validation_count(critic->params, train->x.rows), fitted = train->x.rows - held;
    int *order = memory_alloc((size_t)(fitted > test->x.rows ? fitted : test->x.rows) * sizeof *order);
    critic_initialise(critic, &rng);
    sum->validation += critic_train(critic, train, &rng);
    rng_permutation(&rng, test->x.rows, order);
    *tested = critic_value(critic, test, order);
    CriticPairs part = pairs_rows(train, held, fitted);
    rng_permutation(&rng, fitted, order);
    sum->train += critic_value(critic, &part, order).value;
    free(order);
}

static void summarise(const CriticBound *bound, const CriticValue *tested, int restarts, InformationEstimate *e) {
    double variance = 0, square = 0;
    e->value = e->ess = 0;
    for (int r = 0; r < restarts; r++) {
        e->value += tested[r].value / restarts;
        e->ess += tested[r].ess / restarts;
        variance += tested[r].variance / restarts;
    }
    for (int r = 0; r < restarts; r++) square += (tested[r].value - e->value) * (tested[r].value - e->value);
    e->sd = restarts > 1 ? sqrt(square / (restarts - 1)) : NAN;
    e->train /= restarts;
    e->validation /= restarts;
    e->pairs = tested->block * tested->blocks;
    if (restarts > 1) variance += square / (restarts - 1) / restarts;
    double reach = tested->blocks > 1 ? student_quantile(tested->blocks - 1) * sqrt(variance) : NAN;
    e->low = e->value - reach;
    e->high = e->value + reach;
    e->ceiling = bound->ceiling ? bound->ceiling(tested->block, e->pairs) : NAN;
    e->unreliable =
        information_overfitted(e) || (bound->effective_size && !(e->ess >= 30)) || e->value > e->ceiling - bound->saturation;
}

static bool check_rows(const CriticParams *params, const InformationTask *task, Error *error) {
    int train = task->train.x.rows, held = validation_count(params, train), test = task->test.x.rows;
    if (train - held >= 2 && test >= 2 && (params->validation == 0 || held >= 2)) return true;
    return error_set(
        error,
        "%d training pairs, of which the share %g is for validation, and %d test pairs are too few; accepted are at "
        "least 2 to fit, to validate and to test",
        train, params->validation, test);
}

bool critic_estimate(const CriticBound *bound, const CriticParams *params, const InformationTask *task,
                     InformationEstimate *estimate, Error *error) {
    *estimate = information_unknown();
    if (!check_rows(params, task, error)) return false;
    CriticPairs train = pairs_of(params, &task->train, &task->train), test = pairs_of(params, &task->train, &task->test);
    int most = train.x.rows > test.x.rows ? train.x.rows : test.x.rows, room = params->batch < most ? params->batch : most;
    Critic *critic = critic_create(params, bound, &train, room, DTYPE_F32, task->linalg);
    CriticValue *tested = memory_alloc((size_t)params->restarts * sizeof *tested);
    estimate->train = estimate->validation = 0;
    for (int r = 0; r < params->restarts; r++) {
        Rng rng = rng_stream(task->seed, RNG_ESTIMATOR, (uint64_t)r);
        estimate_once(critic, &train, &test, rng, &tested[r], estimate);
    }
    summarise(bound, tested, params->restarts, estimate);
    free(tested);
    critic_destroy(critic);
    pairs_free(&train);
    pairs_free(&test);
    return true;
}
