// MINE against the authors' program (objective, gradients, a whole optimisation) and against known amounts of
// information.

#include "analysis/information/mine.h"
#include "tests/support.h"

static const char *const objective_file = "tests/golden/belief/mine_objective.csv";

static void assert_close(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.12g is not within %g of %.12g", found, tolerance, expected);
}

static const char *text(const CsvTable *table, size_t row, const char *column) {
    return csv_text(table, row, csv_column(table, column));
}

// Layer l is "sequential.<2 l>.weight" [out, in] there, [in, out] here.
static bool place(const char *tensor, const char *prefix, int layers, int i, int j, int *index, int *row, int *col) {
    size_t length = strlen(prefix);
    int at;
    char what[16];
    if (strncmp(tensor, prefix, length) != 0) return false;
    if (sscanf(tensor + length, "sequential.%d.%15s", &at, what) != 2) return false;
    bool weight = strcmp(what, "weight") == 0;
    *index = at + (weight ? 0 : 1);
    *row = weight ? j : 0, *col = i;
    return at / 2 <= layers;
}

// ---- objective and gradients ----------------------------------------------------------------------------------------

// The three cases of the file: what y is made of. Sets are 6 particles of 3 numbers, represented by 4.
typedef struct GoldenCase {
    const char *name;
    int parts, particles[2], size[2];
    int learned;      // numbers in all weights
    int gradients;    // batches whose gradients are in the file
} GoldenCase;

static const GoldenCase golden_cases[] = {
    {"vector", 1, {1}, {4}, 76, 2},
    {"set", 1, {6}, {3}, 76 + 2520, 1},
    {"two_parts", 2, {1, 6}, {4, 3}, 96 + 2520, 1},
};

typedef struct GoldenBatch {
    double hidden[7 * 3], belief[2][7 * 6 * 3];
    int perm_hidden[7], perm_belief[7];
    double joint_mean, log_mean_exp, objective, average;
} GoldenBatch;

static void read_batch_row(const CsvTable *table, size_t r, const GoldenCase *which, GoldenBatch *batch) {
    const char *tensor = text(table, r, "tensor");
    int i = support_whole(table, r, "i"), j = support_whole(table, r, "j");
    double value = support_number(table, r, "value");
    if (strcmp(tensor, "hiddens") == 0) batch->hidden[3 * i + j] = value;
    if (strcmp(tensor, "belief0") == 0) batch->belief[0][which->size[0] * i + j] = value;
    if (strcmp(tensor, "belief1") == 0) batch->belief[1][which->size[1] * i + j] = value;
    if (strcmp(tensor, "perm_hidden") == 0) batch->perm_hidden[i] = (int)value;
    if (strcmp(tensor, "perm_belief") == 0) batch->perm_belief[i] = (int)value;
    if (strcmp(tensor, "mean_T_joint") == 0) batch->joint_mean = value;
    if (strcmp(tensor, "log_mean_exp_T_marginal") == 0) batch->log_mean_exp = value;
    if (strcmp(tensor, "objective") == 0) batch->objective = value;
    if (strcmp(tensor, "ema_after") == 0) batch->average = value;
}

// "encoders.<part>.phi.<2 l>.weight" and "encoders.<part>.rho.weight" there, phi1, phi2, phi3 and rho here, behind the three layers of T.
static bool place_encoder(const char *tensor, const char *prefix, int i, int j, int *index, int *row, int *col) {
    size_t length = strlen(prefix);
    int part, at = 6;
    char what[16];
    if (strncmp(tensor, prefix, length) != 0) return false;
    if (sscanf(tensor + length, "encoders.%d.phi.%d.%15s", &part, &at, what) != 3) {
        if (sscanf(tensor + length, "encoders.%d.rho.%15s", &part, what) != 2) return false;
    }
    bool weight = strcmp(what, "weight") == 0;
    *index = 6 + at + (weight ? 0 : 1);
    *row = weight ? j : 0, *col = i;
    return true;
}

static bool place_any(const CsvTable *table, size_t r, const char *prefix, int *index, int *row, int *col) {
    const char *tensor = text(table, r, "tensor");
    int i = support_whole(table, r, "i"), j = support_whole(table, r, "j");
    return place(tensor, prefix, 2, i, j, index, row, col) || place_encoder(tensor, prefix, i, j, index, row, col);
}

// A vector beside x.
static InformationPairs vectors(Matrix x, Matrix y) {
    return (InformationPairs){.x = x, .parts = 1, .y = {{.rows = y, .particles = 1}}};
}

static Mine *mine_for(const MineParams *params, const InformationPairs *pairs) {
    MineShape shape = mine_shape(pairs);
    return mine_create(params, &shape, pairs->x.type, linalg_portable());
}

static MineParams small_params(int hidden) {
    MineParams params;
    param_defaults(&mine_params, &params);
    params.hidden = hidden;
    return params;
}

static InformationPairs golden_pairs(const GoldenCase *which, GoldenBatch *batch) {
    InformationPairs pairs = {.x = matrix_view(DTYPE_F64, 7, 3, batch->hidden), .parts = which->parts};
    for (int k = 0; k < which->parts; k++) {
        int cols = which->particles[k] * which->size[k];
        pairs.y[k] =
            (InformationPart){.rows = matrix_view(DTYPE_F64, 7, cols, batch->belief[k]), .particles = which->particles[k]};
    }
    return pairs;
}

static void farthest(double *worst, double found, double expected) {
    double difference = fabs(found - expected);
    if (!(difference <= *worst)) *worst = difference;
}

static int read_case(const CsvTable *table, const GoldenCase *which, Mine *mine, GoldenBatch *batch) {
    int index, row, col, learned = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (strcmp(text(table, r, "case"), which->name) != 0) continue;
        read_batch_row(table, r, which, &batch[support_whole(table, r, "call")]);
        if (!place_any(table, r, "param_", &index, &row, &col)) continue;
        matrix_set(weights_value(mine_weights(mine), index), row, col, support_number(table, r, "value"));
        learned++;
    }
    return learned;
}

static int compare_gradients(const CsvTable *table, const GoldenCase *which, int call, Mine *mine, double *worst) {
    int index, row, col, compared = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (strcmp(text(table, r, "case"), which->name) != 0 || support_whole(table, r, "call") != call) continue;
        if (!place_any(table, r, "grad_neg_objective_", &index, &row, &col)) continue;
        double found = matrix_get(weights_gradient(mine_weights(mine), index), row, col);
        farthest(worst, found, support_number(table, r, "value"));
        compared++;
    }
    return compared;
}

static void golden_case(const CsvTable *table, const GoldenCase *which) {
    MineParams params = small_params(5);
    params.batch = 7;
    GoldenBatch batch[3] = {0};
    InformationPairs pairs = golden_pairs(which, &batch[1]);
    MineShape shape = mine_shape(&pairs);
    shape.representation = 4;
    Mine *mine = mine_create(&params, &shape, DTYPE_F64, linalg_portable());
    Rng rng = rng_stream(0, RNG_TEST, 0);
    mine_initialise(mine, &rng);
    assert_int_equal(read_case(table, which, mine, batch), which->learned);
    int gradients = 0;
    double worst = 0;
    for (int k = 1; k <= 2; k++) {
        pairs = golden_pairs(which, &batch[k]);
        MineCall call = mine_objective(mine, &pairs, NULL, batch[k].perm_hidden, batch[k].perm_belief, 7, true);
        farthest(&worst, call.joint_mean, batch[k].joint_mean);
        farthest(&worst, call.log_mean_exp, batch[k].log_mean_exp);
        farthest(&worst, call.objective, batch[k].objective);
        farthest(&worst, exp(call.log_average), batch[k].average);
        gradients += compare_gradients(table, which, k, mine, &worst);
    }
    assert_int_equal(gradients, which->gradients * which->learned);
    print_message("%s, worst deviation: %.2g\n", which->name, worst);
    assert_true(worst <= 1e-11);
    mine_destroy(mine);
}

static void golden_objective(void **state) {
    (void)state;
    CsvTable *table = support_table(objective_file);
    for (size_t i = 0; i < sizeof golden_cases / sizeof *golden_cases; i++) golden_case(table, &golden_cases[i]);
    csv_destroy(table);
}

// lambda enters value and gradient: finite differences at the first batch, where average and batch mean are the same.
static void penalty_gradient(void **state) {
    (void)state;
    MineParams params = small_params(4);
    params.batch = 6;
    params.lambda = 0.3;
    Rng rng = rng_stream(1, RNG_TEST, 0);
    double hidden[6 * 2], belief[6 * 3];
    for (int i = 0; i < 12; i++) hidden[i] = rng_between(&rng, -2, 2);
    for (int i = 0; i < 18; i++) belief[i] = rng_between(&rng, -2, 2);
    const int a[6] = {3, 1, 0, 5, 4, 2}, b[6] = {1, 0, 5, 2, 3, 4};
    InformationPairs pairs = vectors(matrix_view(DTYPE_F64, 6, 2, hidden), matrix_view(DTYPE_F64, 6, 3, belief));
    Mine *mine = mine_for(&params, &pairs);
    mine_initialise(mine, &rng);
    mine_objective(mine, &pairs, NULL, a, b, 6, true);
    Matrix values = weights_values(mine_weights(mine)), gradients = weights_gradients(mine_weights(mine));
    for (int i = 0; i < values.cols; i++) {
        double at = matrix_get(values, 0, i), step = 1e-6;
        matrix_set(values, 0, i, at + step);
        double above = mine_objective(mine, &pairs, NULL, a, b, 6, false).objective;
        matrix_set(values, 0, i, at - step);
        double below = mine_objective(mine, &pairs, NULL, a, b, 6, false).objective;
        matrix_set(values, 0, i, at);
        assert_close(matrix_get(gradients, 0, i), -(above - below) / (2 * step), 1e-8);
    }
    mine_destroy(mine);
}

// ---- the whole optimisation, quirks on ------------------------------------------------------------------------------

enum { TRACE_CALLS = 17, TRACE_EPOCHS = 4, TRACE_PERMUTATIONS = 22 };

typedef struct Trace {
    CsvTable *perms, *calls, *epochs;
    size_t perm_row;
    int permutations, call, epoch;
} Trace;

static void trace_permute(void *context, int n, int *out) {
    Trace *trace = context;
    for (int i = 0; i < n; i++, trace->perm_row++) {
        assert_int_equal(support_whole(trace->perms, trace->perm_row, "perm"), trace->permutations);
        assert_int_equal(support_whole(trace->perms, trace->perm_row, "position"), i);
        out[i] = support_whole(trace->perms, trace->perm_row, "index");
    }
    trace->permutations++;
}

static void trace_call(void *context, const MineCall *call) {
    Trace *trace = context;
    size_t row = (size_t)trace->call++;
    assert_int_equal(call->training, support_whole(trace->calls, row, "uses_ema_gradient"));
    assert_close(call->joint_mean, support_number(trace->calls, row, "mean_T_joint"), 1e-9);
    assert_close(call->log_mean_exp, support_number(trace->calls, row, "log_mean_exp"), 1e-9);
    assert_close(call->objective, support_number(trace->calls, row, "objective"), 1e-9);
    assert_close(exp(call->log_average), support_number(trace->calls, row, "ema_after"), 1e-9);
}

static void trace_epoch(void *context, int epoch, double training, double validation) {
    Trace *trace = context;
    assert_int_equal(epoch, trace->epoch);
    size_t row = (size_t)trace->epoch++;
    assert_close(training, support_number(trace->epochs, row, "logged_mean_value"), 1e-9);
    assert_close(validation, support_number(trace->epochs, row, "valid_estimate"), 1e-9);
}

static MineParams released_params(void) {
    MineParams params = small_params(4);
    params.batch = 6;
    params.epochs = TRACE_EPOCHS;
    params.learning_rate = 0.01;
    params.extra_step = params.average_evaluations = params.average_by_batch = params.floor_batches = params.plain_exp = true;
    return params;
}

static void golden_optimisation(void **state) {
    (void)state;
    CsvTable *data = support_table("tests/golden/belief/mine_optim_data.csv");
    MineParams params = released_params();
    double hidden[40] = {0}, belief[40] = {0}, estimate = NAN;
    InformationPairs pairs = vectors(matrix_view(DTYPE_F64, 20, 2, hidden), matrix_view(DTYPE_F64, 20, 2, belief));
    Mine *mine = mine_for(&params, &pairs);
    Rng rng = rng_stream(0, RNG_TEST, 0);
    mine_initialise(mine, &rng);
    int index = 0, row = 0, col = 0, checked = 0;
    for (size_t r = 0; r < csv_rows(data); r++) {
        const char *what = text(data, r, "what"), *tensor = text(data, r, "tensor");
        int i = support_whole(data, r, "i"), j = support_whole(data, r, "j");
        double value = support_number(data, r, "value");
        if (strcmp(what, "init") == 0) {
            assert_true(place(tensor, "", 2, i, j, &index, &row, &col));
            matrix_set(weights_value(mine_weights(mine), index), row, col, value);
        }
        if (strcmp(what, "data") == 0) (strncmp(tensor, "hidden", 6) == 0 ? hidden : belief)[2 * i + j] = value;
        if (strcmp(what, "final") == 0 && strstr(tensor, "sequential") == NULL) estimate = value;
    }
    Trace trace = {.perms = support_table("tests/golden/belief/mine_optim_perms.csv"),
                   .calls = support_table("tests/golden/belief/mine_optim_calls.csv"),
                   .epochs = support_table("tests/golden/belief/mine_optim_epochs.csv")};
    MineHooks hooks = {&trace, trace_permute, trace_call, trace_epoch};
    double validation = mine_train(mine, &pairs, &hooks);
    assert_close(validation, support_number(trace.epochs, 3, "valid_estimate"), 1e-9);
    MineCall final = mine_value(mine, &pairs, &hooks);
    assert_close(final.objective, estimate, 1e-9);
    for (size_t r = 0; r < csv_rows(data); r++) {
        if (strcmp(text(data, r, "what"), "final") != 0) continue;
        if (!place(text(data, r, "tensor"), "", 2, support_whole(data, r, "i"), support_whole(data, r, "j"), &index, &row,
                   &col))
            continue;
        assert_close(matrix_get(weights_value(mine_weights(mine), index), row, col), support_number(data, r, "value"), 1e-9);
        checked++;
    }
    assert_int_equal(checked, 45);
    assert_int_equal(trace.call, TRACE_CALLS);
    assert_int_equal(trace.epoch, TRACE_EPOCHS);
    assert_int_equal(trace.permutations, TRACE_PERMUTATIONS);
    mine_destroy(mine);
    csv_destroy(trace.perms), csv_destroy(trace.calls), csv_destroy(trace.epochs), csv_destroy(data);
}

// ---- switches -------------------------------------------------------------------------------------------------------

// Every switch changes what it names and nothing else: read from the moving average after chosen calls.
static void switches(void **state) {
    (void)state;
    MineParams params = small_params(4);
    params.batch = 4;
    params.alpha = 0.5;
    double hidden[8] = {0, 1, 2, 3, 4, 5, 6, 7}, belief[8] = {3, 1, 4, 1, 5, 9, 2, 6};
    InformationPairs pairs = vectors(matrix_view(DTYPE_F64, 8, 1, hidden), matrix_view(DTYPE_F64, 8, 1, belief));
    const int a[8] = {7, 6, 5, 4, 3, 2, 1, 0}, b[8] = {1, 0, 3, 2, 5, 4, 7, 6};
    for (int quirk = 0; quirk < 2; quirk++) {
        params.average_evaluations = params.average_by_batch = quirk;
        Mine *mine = mine_for(&params, &pairs);
        Rng rng = rng_stream(2, RNG_TEST, 0);
        mine_initialise(mine, &rng);
        MineCall first = mine_objective(mine, &pairs, NULL, a, b, 4, true);
        assert_close(first.log_average, first.log_mean_exp, 1e-14);
        MineCall other = mine_objective(mine, &pairs, a, b, a, 8, false);
        double mean = exp(first.log_average);
        if (quirk) mean = 0.5 * mean + 0.5 * exp(other.log_mean_exp);
        assert_close(exp(other.log_average), mean, 1e-12);
        MineCall tail = mine_objective(mine, &pairs, NULL, a, b, 1, true);
        double weight = quirk ? 0.5 : 1 - pow(0.5, 0.25);    // one pair of a batch of four
        assert_close(exp(tail.log_average), (1 - weight) * mean + weight * exp(tail.log_mean_exp), 1e-12);
        mine_destroy(mine);
    }
}

// Statistics beyond the range of exp in float: the released form breaks down, the corrected one does not.
static void large_statistics(void **state) {
    (void)state;
    float hidden[4] = {0, 1, 2, 3}, belief[4] = {0, 1, 2, 3};
    InformationPairs pairs = vectors(matrix_view(DTYPE_F32, 4, 1, hidden), matrix_view(DTYPE_F32, 4, 1, belief));
    const int a[4] = {1, 2, 3, 0}, b[4] = {2, 3, 0, 1};
    for (int plain = 0; plain < 2; plain++) {
        MineParams params = small_params(3);
        params.batch = 4;
        params.plain_exp = plain;
        Mine *mine = mine_for(&params, &pairs);
        Rng rng = rng_stream(3, RNG_TEST, 0);
        mine_initialise(mine, &rng);
        weights_fill(mine_weights(mine), weights_find(mine_weights(mine), "output/bias"), 200);
        MineCall call = mine_objective(mine, &pairs, NULL, a, b, 4, true);
        assert_int_equal(isfinite(call.objective), !plain);
        assert_int_equal(matrix_finite(weights_gradients(mine_weights(mine))), !plain);
        mine_destroy(mine);
    }
}

// ---- estimates ------------------------------------------------------------------------------------------------------

typedef struct Pairs {
    float *hidden, *belief;
    InformationPairs train, test;
} Pairs;

static Pairs pairs_create(int half, int dh, int db) {
    Pairs p = {memory_zeroed(2 * (size_t)half * (size_t)dh, sizeof(float)),
               memory_zeroed(2 * (size_t)half * (size_t)db, sizeof(float)),
               {.parts = 1},
               {.parts = 1}};
    Matrix hidden = matrix_view(DTYPE_F32, 2 * half, dh, p.hidden), belief = matrix_view(DTYPE_F32, 2 * half, db, p.belief);
    p.train = vectors(matrix_rows(hidden, 0, half), matrix_rows(belief, 0, half));
    p.test = vectors(matrix_rows(hidden, half, half), matrix_rows(belief, half, half));
    return p;
}

static void permute(void *context, int n, int *out) {
    rng_permutation(context, n, out);
}

static MineEstimate estimate(const MineParams *params, const Pairs *p) {
    InformationTask task = {p->train, p->test, 1, linalg_portable()};
    return mine_estimate(params, &task);
}

static void pairs_free(Pairs *p) {
    free(p->hidden);
    free(p->belief);
}

static double normal(Rng *rng) {
    return sqrt(-2 * log(1 - rng_uniform(rng))) * cos(6.283185307179586 * rng_uniform(rng));
}

static MineParams quick_params(void) {
    MineParams params = small_params(32);
    params.batch = 128;
    params.epochs = 40;
    return params;
}

// Correlated normals: I = -1/2 ln(1 - rho^2).
static void gaussian_pair(void **state) {
    (void)state;
    const double rho = 0.75;
    Pairs p = pairs_create(2000, 1, 1);
    Rng rng = rng_stream(4, RNG_TEST, 0);
    for (int i = 0; i < 4000; i++) {
        double x = normal(&rng), y = rho * x + sqrt(1 - rho * rho) * normal(&rng);
        p.hidden[i] = (float)x, p.belief[i] = (float)y;
    }
    MineParams params = quick_params();
    params.restarts = 2;
    MineEstimate e = estimate(&params, &p);
    assert_close(e.value, -0.5 * log(1 - rho * rho), 0.08);
    assert_false(e.unreliable);
    assert_true(e.ess > 30 && e.sd >= 0 && e.sd < 0.1);
    MineEstimate again = estimate(&params, &p);
    assert_memory_equal(&e.value, &again.value, sizeof e.value);
    // Shift and scale of a column change nothing once columns are standardised.
    params.scaling = MINE_STANDARD;
    double standard = estimate(&params, &p).value;
    for (int i = 0; i < 4000; i++) p.hidden[i] = 100 + 50 * p.hidden[i];
    assert_close(estimate(&params, &p).value, standard, 0.02);
    pairs_free(&p);
}

// A sample too small for its network: the training pairs are learned by heart, and the estimate says that it cannot be
// trusted.
static void unreliable_estimate(void **state) {
    (void)state;
    Pairs p = pairs_create(40, 8, 8);
    Rng rng = rng_stream(5, RNG_TEST, 0);
    for (int i = 0; i < 640; i++) p.hidden[i] = (float)normal(&rng), p.belief[i] = (float)normal(&rng);
    MineParams params = small_params(64);
    params.batch = 16;
    params.validation = 0;
    MineEstimate e = estimate(&params, &p);
    assert_true(e.unreliable);
    assert_true(e.train > e.value + 0.5);
    assert_true(isnan(e.validation) && isnan(e.sd));
    pairs_free(&p);
}

// ---- sets -----------------------------------------------------------------------------------------------------------

enum { SET_PARTICLES = 12, SET_SIZE = 2 };

// x in {0, 1, 2, 3} decides where a set of particles lies, so that I(x; set) = log 4 nearly; beside it a part that says nothing.
static Pairs sets_create(int half, DType type) {
    Pairs p = {memory_zeroed(2 * (size_t)half, sizeof(double)),
               memory_zeroed(2 * (size_t)half * (1 + SET_PARTICLES * SET_SIZE), sizeof(double)),
               {.parts = 2},
               {.parts = 2}};
    Matrix x = matrix_view(type, 2 * half, 1, p.hidden);
    Matrix sets = {type, 2 * half, SET_PARTICLES * SET_SIZE, 1 + SET_PARTICLES * SET_SIZE, p.belief};
    Matrix noise = sets;
    noise.cols = 1, noise.data = (char *)p.belief + (size_t)sets.cols * dtype_size(type);
    Rng rng = rng_stream(6, RNG_TEST, 0);
    for (int i = 0; i < 2 * half; i++) {
        int place = (int)rng_below(&rng, 4);
        matrix_set(x, i, 0, place);
        matrix_set(noise, i, 0, normal(&rng));
        for (int k = 0; k < sets.cols; k++) {
            double centre = (k % SET_SIZE ? place / 2 : place % 2) ? 1 : -1;
            matrix_set(sets, i, k, centre + 0.3 * normal(&rng));
        }
    }
    InformationPairs all = {
        .x = x, .parts = 2, .y = {{.rows = noise, .particles = 1}, {.rows = sets, .particles = SET_PARTICLES}}};
    p.train = mine_rows(&all, 0, half);
    p.test = mine_rows(&all, half, half);
    return p;
}

static void information_of_sets(void **state) {
    (void)state;
    Pairs p = sets_create(1200, DTYPE_F32);
    MineParams params = quick_params();
    params.epochs = 25;
    params.learning_rate = 0.005;
    MineEstimate e = estimate(&params, &p);
    assert_close(e.value, log(4), 0.12);
    assert_true(e.low < e.value && e.value < e.high && e.high - e.low < 0.3);
    assert_true(e.pairs == 1200 && fabs(e.ceiling - log(1200)) < 1e-14 && !e.unreliable && isnan(e.sd));
    MineEstimate again = estimate(&params, &p);
    assert_memory_equal(&e.value, &again.value, sizeof e.value);
    // Columns of sets are scaled over all particles: shift and scale change nothing.
    params.scaling = MINE_STANDARD;
    double standard = estimate(&params, &p).value;
    InformationPairs *const halves[] = {&p.train, &p.test};
    for (int h = 0; h < 2; h++) {
        Matrix sets = halves[h]->y[1].rows;
        for (int i = 0; i < sets.rows; i++) {
            for (int k = 0; k < sets.cols; k += SET_SIZE) matrix_set(sets, i, k, 20 + 8 * matrix_get(sets, i, k));
        }
    }
    assert_close(estimate(&params, &p).value, standard, 0.03);
    assert_close(standard, log(4), 0.12);
    pairs_free(&p);
}

// The same numbers in double: the same estimate but for roundings.
static void both_precisions(void **state) {
    (void)state;
    MineParams params = quick_params();
    params.epochs = 2;
    Pairs narrow = sets_create(200, DTYPE_F32), wide = sets_create(200, DTYPE_F64);
    assert_close(estimate(&params, &narrow).value, estimate(&params, &wide).value, 1e-3);
    pairs_free(&narrow);
    pairs_free(&wide);
}

// Two parts that trade places: the weights that meet them do so too, and the objective is the same.
static void sets_in_turn(void **state) {
    (void)state;
    Pairs p = sets_create(8, DTYPE_F64);
    InformationPairs one = p.train, other = p.train;
    other.y[0] = one.y[1], other.y[1] = one.y[0];
    MineParams params = small_params(5);
    params.batch = 8;
    const int a[8] = {3, 1, 0, 5, 4, 2, 7, 6}, b[8] = {1, 0, 5, 5, 3, 4, 2, 7};
    double objective[2];
    for (int turn = 0; turn < 2; turn++) {
        Mine *mine = mine_for(&params, turn ? &other : &one);
        Rng rng = rng_stream(9, RNG_TEST, 0);
        mine_initialise(mine, &rng);
        if (turn) {    // rows of the first weight: x, vector, set there; x, set, vector here
            Matrix w = weights_value(mine_weights(mine), 0);
            for (int col = 0; col < w.cols; col++) {
                double vector = matrix_get(w, 1, col);
                for (int row = 1; row < w.rows - 1; row++) matrix_set(w, row, col, matrix_get(w, row + 1, col));
                matrix_set(w, w.rows - 1, col, vector);
            }
        }
        double training = mine_objective(mine, turn ? &other : &one, NULL, a, b, 8, true).objective;
        objective[turn] = mine_objective(mine, turn ? &other : &one, NULL, a, b, 8, false).objective;
        assert_close(training, objective[turn], 1e-13);
        mine_destroy(mine);
    }
    assert_close(objective[0], objective[1], 1e-13);
    pairs_free(&p);
}

// ---- intervals and the registry -------------------------------------------------------------------------------------

// Of what the network says about fresh pairs, most lies in the interval: over samples of test pairs, one network.
static void interval(void **state) {
    (void)state;
    enum { SAMPLES = 200, SIZE = 200 };
    Pairs p = pairs_create(SAMPLES * SIZE / 2, 1, 1);
    Rng rng = rng_stream(10, RNG_TEST, 0);
    for (int i = 0; i < SAMPLES * SIZE; i++) {
        p.hidden[i] = (float)normal(&rng);
        p.belief[i] = 0.6F * p.hidden[i] + 0.8F * (float)normal(&rng);
    }
    InformationPairs all =
        vectors(matrix_view(DTYPE_F32, SAMPLES * SIZE, 1, p.hidden), matrix_view(DTYPE_F32, SAMPLES * SIZE, 1, p.belief));
    MineParams params = quick_params();
    params.epochs = 3;
    Mine *mine = mine_for(&params, &all);
    mine_initialise(mine, &rng);
    InformationPairs first = mine_rows(&all, 0, 4000);
    MineHooks hooks = {&rng, permute, NULL, NULL};
    mine_train(mine, &first, &hooks);
    double truth = mine_value(mine, &all, &hooks).objective;
    int inside = 0;
    for (int k = 0; k < SAMPLES; k++) {
        InformationPairs sample = mine_rows(&all, k * SIZE, SIZE);
        MineCall call = mine_value(mine, &sample, &hooks);
        inside += fabs(call.objective - truth) < 1.96 * sqrt(call.variance);
    }
    assert_true(inside >= 178 && inside <= 199);    // of 200; within 95 % and more than five deviations
    mine_destroy(mine);
    pairs_free(&p);
}

static void registry(void **state) {
    (void)state;
    Pairs p = sets_create(60, DTYPE_F32);
    MineParams params = quick_params();
    params.epochs = 2;
    params.restarts = 2;
    InformationTask task = {p.train, p.test, 1, linalg_portable()};
    const EstimatorType *const types[] = {&estimator_mine, &estimator_mine_narrow, &estimator_mine_wide};
    const char *const names[] = {"mine", "mine-narrow", "mine-wide"};
    double value[3];
    Error error = {0};
    for (int i = 0; i < 3; i++) {
        InformationEstimate e;
        assert_string_equal(types[i]->name, names[i]);
        assert_true(types[i]->sets && types[i]->params == &mine_params);
        assert_true(types[i]->estimate(&params, &task, &e, &error));
        assert_true(isfinite(e.value) && e.sd > 0 && e.low < e.value && e.value < e.high && e.pairs == 60);
        value[i] = e.value;
    }
    assert_true(value[0] != value[1] && value[0] != value[2]);
    InformationEstimate unused = information_unknown();
    task.test = mine_rows(&p.test, 0, 1);
    assert_false(estimator_mine.estimate(&params, &task, &unused, &error));
    support_assert_has(error.message, "60 training and 1 test pairs are too few");
    float wide[4 * 130] = {0};
    InformationPairs many = {
        .x = matrix_view(DTYPE_F32, 4, 1, p.hidden), .parts = 1, .y = {{matrix_view(DTYPE_F32, 4, 130, wide), 2, false}}};
    params.validation = 0;
    task.train = task.test = many;
    assert_false(estimator_mine_wide.estimate(&params, &task, &unused, &error));
    support_assert_has(error.message, "particles of 65 numbers");
    pairs_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_objective),
        cmocka_unit_test(penalty_gradient),
        cmocka_unit_test(golden_optimisation),
        cmocka_unit_test(switches),
        cmocka_unit_test(large_statistics),
        cmocka_unit_test(gaussian_pair),
        cmocka_unit_test(unreliable_estimate),
        cmocka_unit_test(information_of_sets),
        cmocka_unit_test(both_precisions),
        cmocka_unit_test(sets_in_turn),
        cmocka_unit_test(interval),
        cmocka_unit_test(registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
