// MINE against the authors' program (objective, gradients, a whole optimisation) and against known amounts of
// information.

#include "analysis/mine.h"
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

typedef struct GoldenBatch {
    double hidden[7 * 3], belief[7 * 4];
    int perm_hidden[7], perm_belief[7];
    double joint_mean, log_mean_exp, objective, average;
} GoldenBatch;

static void read_batch_row(const CsvTable *table, size_t r, GoldenBatch *batch) {
    const char *tensor = text(table, r, "tensor");
    int i = support_whole(table, r, "i"), j = support_whole(table, r, "j");
    double value = support_number(table, r, "value");
    if (strcmp(tensor, "hiddens") == 0) batch->hidden[3 * i + j] = value;
    if (strcmp(tensor, "belief0") == 0) batch->belief[4 * i + j] = value;
    if (strcmp(tensor, "perm_hidden") == 0) batch->perm_hidden[i] = (int)value;
    if (strcmp(tensor, "perm_belief") == 0) batch->perm_belief[i] = (int)value;
    if (strcmp(tensor, "mean_T_joint") == 0) batch->joint_mean = value;
    if (strcmp(tensor, "log_mean_exp_T_marginal") == 0) batch->log_mean_exp = value;
    if (strcmp(tensor, "objective") == 0) batch->objective = value;
    if (strcmp(tensor, "ema_after") == 0) batch->average = value;
}

static MineParams small_params(int hidden) {
    MineParams params;
    param_defaults(&mine_params, &params);
    params.hidden = hidden;
    return params;
}

static void golden_objective(void **state) {
    (void)state;
    CsvTable *table = support_table(objective_file);
    MineParams params = small_params(5);
    params.batch = 7;
    Mine *mine = mine_create(&params, 3, 4, DTYPE_F64, linalg_portable());
    Rng rng = rng_stream(0, RNG_TEST, 0);
    mine_initialise(mine, &rng);
    GoldenBatch batch[3] = {0};
    int index = 0, row = 0, col = 0, parameters = 0, gradients = 0;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (strcmp(text(table, r, "case"), "vector") != 0) continue;
        read_batch_row(table, r, &batch[support_whole(table, r, "call")]);
        if (!place(text(table, r, "tensor"), "param_", 2, support_whole(table, r, "i"), support_whole(table, r, "j"), &index,
                   &row, &col))
            continue;
        matrix_set(weights_value(mine_weights(mine), index), row, col, support_number(table, r, "value"));
        parameters++;
    }
    assert_int_equal(parameters, 76);
    for (int k = 1; k <= 2; k++) {
        MinePairs pairs = {matrix_view(DTYPE_F64, 7, 3, batch[k].hidden), matrix_view(DTYPE_F64, 7, 4, batch[k].belief)};
        MineCall call = mine_objective(mine, pairs, NULL, batch[k].perm_hidden, batch[k].perm_belief, 7, true);
        assert_close(call.joint_mean, batch[k].joint_mean, 1e-11);
        assert_close(call.log_mean_exp, batch[k].log_mean_exp, 1e-11);
        assert_close(call.objective, batch[k].objective, 1e-11);
        assert_close(exp(call.log_average), batch[k].average, 1e-11);
        for (size_t r = 0; r < csv_rows(table); r++) {
            if (strcmp(text(table, r, "case"), "vector") != 0 || support_whole(table, r, "call") != k) continue;
            const char *tensor = text(table, r, "tensor");
            if (!place(tensor, "grad_neg_objective_", 2, support_whole(table, r, "i"), support_whole(table, r, "j"), &index,
                       &row, &col))
                continue;
            assert_close(matrix_get(weights_gradient(mine_weights(mine), index), row, col), support_number(table, r, "value"),
                         1e-11);
            gradients++;
        }
    }
    assert_int_equal(gradients, 2 * 76);
    mine_destroy(mine);
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
    MinePairs pairs = {matrix_view(DTYPE_F64, 6, 2, hidden), matrix_view(DTYPE_F64, 6, 3, belief)};
    Mine *mine = mine_create(&params, 2, 3, DTYPE_F64, linalg_portable());
    mine_initialise(mine, &rng);
    mine_objective(mine, pairs, NULL, a, b, 6, true);
    Matrix values = weights_values(mine_weights(mine)), gradients = weights_gradients(mine_weights(mine));
    for (int i = 0; i < values.cols; i++) {
        double at = matrix_get(values, 0, i), step = 1e-6;
        matrix_set(values, 0, i, at + step);
        double above = mine_objective(mine, pairs, NULL, a, b, 6, false).objective;
        matrix_set(values, 0, i, at - step);
        double below = mine_objective(mine, pairs, NULL, a, b, 6, false).objective;
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
    Mine *mine = mine_create(&params, 2, 2, DTYPE_F64, linalg_portable());
    Rng rng = rng_stream(0, RNG_TEST, 0);
    mine_initialise(mine, &rng);
    double hidden[40] = {0}, belief[40] = {0}, estimate = NAN;
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
    MinePairs pairs = {matrix_view(DTYPE_F64, 20, 2, hidden), matrix_view(DTYPE_F64, 20, 2, belief)};
    double validation = mine_train(mine, pairs, &hooks);
    assert_close(validation, support_number(trace.epochs, 3, "valid_estimate"), 1e-9);
    MineCall final = mine_value(mine, pairs, &hooks);
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
    MinePairs pairs = {matrix_view(DTYPE_F64, 8, 1, hidden), matrix_view(DTYPE_F64, 8, 1, belief)};
    const int a[8] = {7, 6, 5, 4, 3, 2, 1, 0}, b[8] = {1, 0, 3, 2, 5, 4, 7, 6};
    for (int quirk = 0; quirk < 2; quirk++) {
        params.average_evaluations = params.average_by_batch = quirk;
        Mine *mine = mine_create(&params, 1, 1, DTYPE_F64, linalg_portable());
        Rng rng = rng_stream(2, RNG_TEST, 0);
        mine_initialise(mine, &rng);
        MineCall first = mine_objective(mine, pairs, NULL, a, b, 4, true);
        assert_close(first.log_average, first.log_mean_exp, 1e-14);
        MineCall other = mine_objective(mine, pairs, a, b, a, 8, false);
        double mean = exp(first.log_average);
        if (quirk) mean = 0.5 * mean + 0.5 * exp(other.log_mean_exp);
        assert_close(exp(other.log_average), mean, 1e-12);
        MineCall tail = mine_objective(mine, pairs, NULL, a, b, 1, true);
        double weight = quirk ? 0.5 : 1 - pow(0.5, 0.25);    // one pair of a batch of four
        assert_close(exp(tail.log_average), (1 - weight) * mean + weight * exp(tail.log_mean_exp), 1e-12);
        mine_destroy(mine);
    }
}

// Statistics beyond the range of exp in float: the released form breaks down, the corrected one does not.
static void large_statistics(void **state) {
    (void)state;
    float hidden[4] = {0, 1, 2, 3}, belief[4] = {0, 1, 2, 3};
    MinePairs pairs = {matrix_view(DTYPE_F32, 4, 1, hidden), matrix_view(DTYPE_F32, 4, 1, belief)};
    const int a[4] = {1, 2, 3, 0}, b[4] = {2, 3, 0, 1};
    for (int plain = 0; plain < 2; plain++) {
        MineParams params = small_params(3);
        params.batch = 4;
        params.plain_exp = plain;
        Mine *mine = mine_create(&params, 1, 1, DTYPE_F32, linalg_portable());
        Rng rng = rng_stream(3, RNG_TEST, 0);
        mine_initialise(mine, &rng);
        weights_fill(mine_weights(mine), weights_find(mine_weights(mine), "output/bias"), 200);
        MineCall call = mine_objective(mine, pairs, NULL, a, b, 4, true);
        assert_int_equal(isfinite(call.objective), !plain);
        assert_int_equal(matrix_finite(weights_gradients(mine_weights(mine))), !plain);
        mine_destroy(mine);
    }
}

// ---- estimates ------------------------------------------------------------------------------------------------------

typedef struct Pairs {
    float *hidden, *belief;
    MinePairs train, test;
} Pairs;

static Pairs pairs_create(int half, int dh, int db) {
    Pairs p = {memory_zeroed(2 * (size_t)half * (size_t)dh, sizeof(float)),
               memory_zeroed(2 * (size_t)half * (size_t)db, sizeof(float)),
               {{0}, {0}},
               {{0}, {0}}};
    Matrix hidden = matrix_view(DTYPE_F32, 2 * half, dh, p.hidden), belief = matrix_view(DTYPE_F32, 2 * half, db, p.belief);
    p.train = (MinePairs){matrix_rows(hidden, 0, half), matrix_rows(belief, 0, half)};
    p.test = (MinePairs){matrix_rows(hidden, half, half), matrix_rows(belief, half, half)};
    return p;
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
    MineEstimate e = mine_estimate(&params, p.train, p.test, 1, linalg_portable());
    assert_close(e.value, -0.5 * log(1 - rho * rho), 0.08);
    assert_false(e.unreliable);
    assert_true(e.ess > 30 && e.sd >= 0 && e.sd < 0.1);
    MineEstimate again = mine_estimate(&params, p.train, p.test, 1, linalg_portable());
    assert_memory_equal(&e.value, &again.value, sizeof e.value);
    // Shift and scale of a column change nothing once columns are standardised.
    params.scaling = MINE_STANDARD;
    double standard = mine_estimate(&params, p.train, p.test, 1, linalg_portable()).value;
    for (int i = 0; i < 4000; i++) p.hidden[i] = 100 + 50 * p.hidden[i];
    assert_close(mine_estimate(&params, p.train, p.test, 1, linalg_portable()).value, standard, 0.02);
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
    MineEstimate e = mine_estimate(&params, p.train, p.test, 1, linalg_portable());
    assert_true(e.unreliable);
    assert_true(e.train > e.value + 0.5);
    assert_true(isnan(e.validation) && isnan(e.sd));
    pairs_free(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_objective),    cmocka_unit_test(penalty_gradient),
        cmocka_unit_test(golden_optimisation), cmocka_unit_test(switches),
        cmocka_unit_test(large_statistics),    cmocka_unit_test(gaussian_pair),
        cmocka_unit_test(unreliable_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
