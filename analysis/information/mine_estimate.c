#include <math.h>
#include <stdlib.h>

#include "analysis/information/deep_set.h"
#include "analysis/information/mine.h"
#include "core/arena.h"
#include "core/vmath.h"

// ---- scaling --------------------------------------------------------------------------------------------------------

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

static InformationPairs copy_pairs(InformationPairs pairs) {
    pairs.x = copy_of(pairs.x);
    for (int k = 0; k < pairs.parts; k++) pairs.y[k].rows = copy_of(pairs.y[k].rows);
    return pairs;
}

static void free_pairs(InformationPairs *pairs) {
    free(pairs->x.data);
    for (int k = 0; k < pairs->parts; k++) free(pairs->y[k].rows.data);
}

// A row for each particle of a dense matrix of sets.
static Matrix by_particle(const InformationPart *part) {
    return matrix_view(part->rows.type, part->rows.rows * part->particles, part->rows.cols / part->particles, part->rows.data);
}

static InformationTask standardised(const InformationTask *task) {
    InformationTask scaled = *task;
    scaled.train = copy_pairs(task->train);
    scaled.test = copy_pairs(task->test);
    standardise(scaled.train.x, scaled.test.x);
    for (int k = 0; k < scaled.train.parts; k++) standardise(by_particle(&scaled.train.y[k]), by_particle(&scaled.test.y[k]));
    return scaled;
}

// ---- the estimate ---------------------------------------------------------------------------------------------------

static void permute_by_stream(void *context, int n, int *out) {
    rng_permutation(context, n, out);
}

// Over restarts: sums, and the value of each.
typedef struct Restarts {
    double train, validation, ess, variance;
    double *value;
} Restarts;

static void estimate_once(Mine *mine, const MineParams *params, const InformationTask *task, int restart, Restarts *all) {
    Rng rng = rng_stream(task->seed, RNG_ESTIMATOR, (uint32_t)restart);
    MineHooks hooks = {&rng, permute_by_stream, NULL, NULL};
    mine_initialise(mine, &rng);
    all->validation += mine_train(mine, &task->train, &hooks);
    MineCall tested = mine_value(mine, &task->test, &hooks);
    int pairs = task->train.x.rows, held = mine_held(params, pairs);
    InformationPairs fitted = mine_rows(&task->train, held, pairs - held);
    all->train += mine_value(mine, &fitted, &hooks).objective;
    all->ess += tested.ess;
    all->variance += tested.variance;
    all->value[restart] = tested.objective;
}

// Samples and restarts as independent sources of error.
static double standard_error(const InformationEstimate *estimate, const Restarts *all, int restarts) {
    double networks = restarts > 1 ? estimate->sd * estimate->sd / restarts : 0;
    return sqrt(all->variance / restarts + networks);
}

static InformationEstimate estimate_mean(const Restarts *all, int restarts, int pairs) {
    InformationEstimate mean = information_unknown();
    mean.train = all->train / restarts;
    mean.validation = all->validation / restarts;
    mean.ess = all->ess / restarts;
    mean.value = 0;
    for (int r = 0; r < restarts; r++) mean.value += all->value[r] / restarts;
    double square = 0;
    for (int r = 0; r < restarts; r++) square += (all->value[r] - mean.value) * (all->value[r] - mean.value);
    mean.sd = restarts > 1 ? sqrt(square / (restarts - 1)) : NAN;
    mean.unreliable = information_overfitted(&mean) || !(mean.ess >= 30);
    information_interval(&mean, standard_error(&mean, all, restarts));
    mean.pairs = pairs;
    mean.ceiling = vmath_log(pairs);
    return mean;
}

MineEstimate mine_estimate(const MineParams *params, const InformationTask *task) {
    bool scaled = params->scaling == MINE_STANDARD;
    InformationTask own = scaled ? standardised(task) : *task;
    MineShape shape = mine_shape(&own.train);
    Mine *mine = mine_create(params, &shape, own.train.x.type, own.linalg);
    Restarts all = {.value = memory_alloc((size_t)params->restarts * sizeof *all.value)};
    for (int r = 0; r < params->restarts; r++) estimate_once(mine, params, &own, r, &all);
    MineEstimate estimate = estimate_mean(&all, params->restarts, own.test.x.rows);
    free(all.value);
    mine_destroy(mine);
    if (scaled) free_pairs(&own.train), free_pairs(&own.test);
    return estimate;
}

// ---- rows of the registry -------------------------------------------------------------------------------------------

static bool check_task(const MineParams *params, const InformationTask *task, Error *error) {
    int train = task->train.x.rows, test = task->test.x.rows, held = mine_held(params, train);
    if (train - held < 2 || test < 2 || (params->validation > 0 && held < 1)) {
        return error_set(error,
                         "%d training and %d test pairs are too few; accepted are at least 2 of each besides the share %g "
                         "for validation",
                         train, test, params->validation);
    }
    for (int k = 0; k < task->train.parts; k++) {
        const InformationPart *part = &task->train.y[k];
        int size = part->rows.cols / part->particles;
        if (part->particles > 1 && size > DEEP_SET_INPUT_MAX) {
            return error_set(error, "part %d has particles of %d numbers; accepted are up to %d", k, size, DEEP_SET_INPUT_MAX);
        }
    }
    return true;
}

static bool estimate_with(const MineParams *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    if (!check_task(params, task, error)) return false;
    *estimate = mine_estimate(params, task);
    return true;
}

static bool estimate_plain(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    return estimate_with(params, task, estimate, error);
}

// Another capacity must not change what is found: a quarter of the units ...
static bool estimate_narrow(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    MineParams narrow = *(const MineParams *)params;
    narrow.hidden = narrow.hidden / 4 > 4 ? narrow.hidden / 4 : 4;
    return estimate_with(&narrow, task, estimate, error);
}

// ... or twice as many, in one more layer.
static bool estimate_wide(const void *params, const InformationTask *task, InformationEstimate *estimate, Error *error) {
    MineParams wide = *(const MineParams *)params;
    wide.hidden *= 2;
    wide.layers++;
    return estimate_with(&wide, task, estimate, error);
}

static const char source[] = "Belghazi et al. 2018, ICML; Lambrechts, Bolland and Ernst 2022, TMLR";

const EstimatorType estimator_mine = {
    .name = "mine",
    .help = "neural lower bound (Donsker and Varadhan), fitted on the training pairs",
    .source = source,
    .params = &mine_params,
    .sets = true,
    .estimate = estimate_plain,
};

const EstimatorType estimator_mine_narrow = {
    .name = "mine-narrow",
    .help = "the same with a quarter of the units: whether capacity matters",
    .source = source,
    .params = &mine_params,
    .sets = true,
    .estimate = estimate_narrow,
};

const EstimatorType estimator_mine_wide = {
    .name = "mine-wide",
    .help = "the same with twice the units and one more hidden layer: whether capacity matters",
    .source = source,
    .params = &mine_params,
    .sets = true,
    .estimate = estimate_wide,
};
