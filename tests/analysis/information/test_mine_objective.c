// MINE's objective on given joint and marginal pairs: values, moving average, three gradients, and twelve steps of Adam.
#include "analysis/information/mine.h"
#include "core/optim.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/analysis/mine/"

enum { BATCHES = 4, PAIRS = 6, HIDDEN = 3, BELIEF = 2, WEIGHTS = 49, STEPS = 12 };

// Rows 0..5 of a batch are its joint pairs, rows 6..11 its marginal ones.
static const int joint_rows[PAIRS] = {0, 1, 2, 3, 4, 5}, marginal_rows[PAIRS] = {6, 7, 8, 9, 10, 11};

typedef struct Batches {
    double hidden[BATCHES][2 * PAIRS * HIDDEN], belief[BATCHES][2 * PAIRS * BELIEF];
} Batches;

static Batches batches_read(void) {
    Batches batches = {0};
    CsvTable *table = support_table(GOLDEN "batches.csv");
    assert_int_equal(csv_rows(table), BATCHES * 2 * PAIRS);
    for (size_t r = 0; r < csv_rows(table); r++) {
        int batch = support_whole(table, r, "batch"), row = support_whole(table, r, "index");
        if (strcmp(csv_text(table, r, csv_column(table, "role")), "marginal") == 0) row += PAIRS;
        for (int j = 0; j < HIDDEN + BELIEF; j++) {
            double value = support_number(table, r, (const char *[]){"h0", "h1", "h2", "b0", "b1"}[j]);
            if (j < HIDDEN) batches.hidden[batch][HIDDEN * row + j] = value;
            else batches.belief[batch][BELIEF * row + j - HIDDEN] = value;
        }
    }
    csv_destroy(table);
    return batches;
}

static MineCall objective(Mine *mine, Batches *batches, int batch, bool training) {
    InformationPairs pairs = {.x = matrix_view(DTYPE_F64, 2 * PAIRS, HIDDEN, batches->hidden[batch]), .parts = 1};
    pairs.y[0] = (InformationPart){matrix_view(DTYPE_F64, 2 * PAIRS, BELIEF, batches->belief[batch]), 1, false};
    return mine_objective(mine, &pairs, joint_rows, marginal_rows, marginal_rows, PAIRS, training);
}

// Layer l is "sequential.<2 l>.weight" [out, in] there, [in, out] here.
static double *place(const CsvTable *table, size_t r, Matrix (*of)(const Weights *, int), Mine *mine) {
    int layer, i = support_whole(table, r, "row"), j = support_whole(table, r, "col");
    char kind[16];
    assert_int_equal(sscanf(csv_text(table, r, csv_column(table, "tensor")), "sequential.%d.%15s", &layer, kind), 2);
    bool weight = strcmp(kind, "weight") == 0;
    Matrix m = of(mine_weights(mine), layer + (weight ? 0 : 1));
    return (double *)matrix_row(m, weight ? j : 0) + i;
}

static Mine *mine_with(double alpha, double lambda) {
    MineParams params;
    param_defaults(&mine_params, &params);
    params.hidden = 4;
    params.batch = PAIRS;
    params.alpha = alpha;
    params.lambda = lambda;
    MineShape shape = {.x = HIDDEN, .parts = 1, .particles = {1}, .size = {BELIEF}};
    Mine *mine = mine_create(&params, &shape, DTYPE_F64, linalg_portable());
    Rng rng = rng_stream(0, RNG_TEST, 0);
    mine_initialise(mine, &rng);
    CsvTable *table = support_table(GOLDEN "parameters.csv");
    assert_int_equal(csv_rows(table), WEIGHTS);
    for (size_t r = 0; r < WEIGHTS; r++) *place(table, r, weights_value, mine) = support_number(table, r, "value");
    csv_destroy(table);
    return mine;
}

static void report(const char *file, double worst, int count, int expected) {
    print_message("worst deviation: %.2g (%s), %d numbers\n", worst, file, count);
    assert_true(worst < 1e-10);
    assert_int_equal(count, expected);
}

// ---- values -----------------------------------------------------------------------------------------------------------------

// What is in the table of one batch; NaN: not in it, or not of a batch.
static double quantity(const MineCall *call, const MineCall *penalised, const char *name) {
    if (strcmp(name, "mean_T_joint") == 0) return call->joint_mean;
    if (strcmp(name, "log_mean_exp_T_marginal") == 0) return call->log_mean_exp;
    if (strcmp(name, "dv_value") == 0) return call->objective;
    if (strcmp(name, "batch_mean_exp") == 0) return exp(call->log_mean_exp);
    if (strcmp(name, "ema_mean_exp") == 0) return exp(call->log_average);
    if (strcmp(name, "remine_value_lambda0.1") == 0) return penalised->objective;
    return NAN;
}

static void golden_values(void **state) {
    (void)state;
    Batches batches = batches_read();
    Mine *plain = mine_with(0.25, 0), *penalised = mine_with(0.25, 0.1);
    CsvTable *table = support_table(GOLDEN "objective.csv");
    double worst = 0;
    int checked = 0;
    for (int b = 0; b < BATCHES; b++) {
        MineCall call = objective(plain, &batches, b, true), other = objective(penalised, &batches, b, true);
        for (size_t r = 0; r < csv_rows(table); r++) {
            double found = quantity(&call, &other, csv_text(table, r, csv_column(table, "quantity")));
            if (support_whole(table, r, "batch") != b || isnan(found)) continue;
            worst = fmax(worst, fabs(found - support_number(table, r, "value")));
            checked++;
        }
    }
    report("objective.csv", worst, checked, BATCHES * 6);
    csv_destroy(table);
    mine_destroy(plain);
    mine_destroy(penalised);
}

// ---- gradients --------------------------------------------------------------------------------------------------------------

// With alpha 1 the moving average is the batch's own mean: the plain gradient.
static void golden_gradients(void **state) {
    (void)state;
    Batches batches = batches_read();
    const char *const kinds[] = {"ema_corrected", "plain_dv", "remine_lambda0.1"};
    CsvTable *table = support_table(GOLDEN "gradients.csv");
    double worst = 0;
    int checked = 0;
    for (int k = 0; k < 3; k++) {
        Mine *mine = mine_with(k == 0 ? 0.25 : 1, k == 2 ? 0.1 : 0);
        for (int b = 0; b < BATCHES; b++) {
            objective(mine, &batches, b, true);
            for (size_t r = 0; r < csv_rows(table); r++) {
                if (support_whole(table, r, "batch") != b) continue;
                if (strcmp(csv_text(table, r, csv_column(table, "kind")), kinds[k]) != 0) continue;
                worst = fmax(worst, fabs(*place(table, r, weights_gradient, mine) + support_number(table, r, "value")));
                checked++;
            }
        }
        mine_destroy(mine);
    }
    report("gradients.csv", worst, checked, 3 * BATCHES * WEIGHTS);
    csv_destroy(table);
}

static void golden_steps(void **state) {
    (void)state;
    Batches batches = batches_read();
    Mine *mine = mine_with(0.25, 0);
    OptimParams params = optim_default_params();
    params.learning_rate = 0.01;
    Optim *optim = optim_create(params, mine_weights(mine));
    CsvTable *values = support_table(GOLDEN "objective.csv"), *after = support_table(GOLDEN "parameters_after_adam12.csv");
    double worst = 0;
    int checked = 0;
    for (int step = 0; step < STEPS; step++) {
        double found = objective(mine, &batches, step % BATCHES, true).objective;
        optim_step(optim, mine_weights(mine));
        for (size_t r = 0; r < csv_rows(values); r++) {
            if (support_whole(values, r, "batch") != step) continue;
            if (strcmp(csv_text(values, r, csv_column(values, "quantity")), "adam_step_value_before_update") != 0) continue;
            worst = fmax(worst, fabs(found - support_number(values, r, "value")));
            checked++;
        }
    }
    report("objective.csv, steps", worst, checked, STEPS);
    worst = 0;
    for (size_t r = 0; r < csv_rows(after); r++) {
        worst = fmax(worst, fabs(*place(after, r, weights_value, mine) - support_number(after, r, "value")));
    }
    report("parameters_after_adam12.csv", worst, (int)csv_rows(after), WEIGHTS);
    csv_destroy(values);
    csv_destroy(after);
    optim_destroy(optim);
    mine_destroy(mine);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_values),
        cmocka_unit_test(golden_gradients),
        cmocka_unit_test(golden_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
