// Cells against the numbers of two other programs: total gradients over ten steps (rtrl_grad.csv), and single steps (onestep_cells.csv).
#include "algorithms/cells/sequence.h"
#include "algorithms/networks/network.h"
#include "tests/algorithms/golden.h"

// ---- ten steps: dynamics/rtrl_grad.csv ------------------------------------------------------------------------------------

enum { INPUT = 2, HIDDEN = 3, OUTPUT = 2, STEPS = 10 };

// The file's tensors among our weights: element (i, j) is element (j, block * H + i) of matrix `weight`.
static const struct Layout {
    const char *name, *cell;
    GoldenPart parts[13];
} layouts[] = {
    {"tanh", "elman", {{"Wx", 0, 0}, {"Wh", 1, 0}, {"b", 2, 0}}},
    {"leaky", "leaky", {{"Wx", 0, 0}, {"Wh", 1, 0}, {"b", 2, 0}, {"a", 3, 0}}},
    {"gated", "gated", {{"Wgx", 0, 0}, {"Wx", 0, 1}, {"Wgh", 1, 0}, {"Wh", 1, 1}, {"bg", 2, 0}, {"b", 2, 1}}},
    {"gru_torch",
     "gru",
     {{"Wr", 0, 0},
      {"Wz", 0, 1},
      {"Wh", 0, 2},
      {"Ur", 1, 0},
      {"Uz", 1, 1},
      {"Uh", 1, 2},
      {"br", 2, 0},
      {"bz", 2, 1},
      {"bh", 2, 2},
      {"ch", 3, 2}}},
    {"lstm",
     "lstm",
     {{"Wi", 0, 0},
      {"Wf", 0, 1},
      {"Wc", 0, 2},
      {"Wo", 0, 3},
      {"Ui", 1, 0},
      {"Uf", 1, 1},
      {"Uc", 1, 2},
      {"Uo", 1, 3},
      {"bi", 2, 0},
      {"bf", 2, 1},
      {"bc", 2, 2},
      {"bo", 2, 3}}},
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

typedef struct Run {
    const struct Layout *layout;
    Network *network;
    Tape *tape;
    double x[STEPS * INPUT], target[STEPS * OUTPUT];
    Matrix x_matrix, target_matrix;
    Node *loss, *finals[CELL_STATES_MAX];
} Run;

static int cell_index(const char *name) {
    int c = 0;
    while (cell_names[c] && strcmp(cell_names[c], name) != 0) c++;
    assert_non_null(cell_names[c]);
    return c;
}

// The element's place; false: the name is no weight.
static bool place_of(const Run *run, const char *name, int i, int j, bool gradient, Matrix *out, int *row, int *col) {
    const Weights *weights = run->network->weights;
    int head = weights_count(weights) - 2, index = -2, block = 0;
    if (strcmp(name, "V") == 0) index = head;
    if (strcmp(name, "d") == 0) index = head + 1;
    for (const GoldenPart *part = run->layout->parts; part->tensor; part++) {
        if (strcmp(part->tensor, name) == 0) index = part->weight, block = part->block;
    }
    if (index < 0) return false;
    *out = gradient ? weights_gradient(weights, index) : weights_value(weights, index);
    *row = out->rows == 1 ? 0 : j;
    *col = block * HIDDEN + i;
    return true;
}

// `i`, `j` as in the file: vectors have j = 0.
static int read_weights(Run *run, const CsvTable *table) {
    int given = 0, row, col;
    Matrix m;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (!golden_is(table, r, "case", run->layout->name)) continue;
        const char *name = csv_text(table, r, csv_column(table, "name"));
        int i = support_whole(table, r, "row"), j = support_whole(table, r, "col");
        double value = support_number(table, r, "value");
        if (strcmp(name, "x") == 0) matrix_set(run->x_matrix, i, j, value);
        else if (strcmp(name, "target") == 0) matrix_set(run->target_matrix, i, j, value);
        else if (place_of(run, name, i, j, false, &m, &row, &col)) matrix_set(m, row, col, value), given++;
    }
    return given;
}

// Half the squared error of all outputs; the fused form, or the step program.
static void differentiate(Run *run, bool fused) {
    static const int active[STEPS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const Network *network = run->network;
    Tape *tape = run->tape;
    matrix_zero(weights_gradients(network->weights));
    tape_reset(tape, true);
    Node **weights = tape_weights(tape, network->weights), *x = tape_constant(tape, run->x_matrix), *y;
    if (fused) y = network_outputs(network, tape, weights, x, STEPS, active, 0, NULL);
    else {
        Node *h = cell_unroll(network->cell, tape, weights, HIDDEN, x, STEPS, active);
        y = tape_affine(tape, h, weights[network->cell->weight_count], weights[network->cell->weight_count + 1]);
    }
    Node *error = tape_sub(tape, y, tape_constant(tape, run->target_matrix));
    run->loss = tape_scale(tape, tape_sum(tape, tape_mul(tape, error, error)), 0.5);
    network_final_states(network, tape, weights, x, STEPS, active, run->finals);
    tape_backward(tape, run->loss);
}

static double deviation(double found, double expected) {
    return fabs(found - expected) / fmax(1e-2, fabs(expected));
}

// The largest deviation of what the file says about this case; counts what was compared.
static double compare_results(const Run *run, const CsvTable *table, int *compared) {
    double worst = 0;
    int row, col, memory = run->network->cell->state_count - 1;    // s_final begins with c where there is one
    Matrix m;
    for (size_t r = 0; r < csv_rows(table); r++) {
        if (!golden_is(table, r, "case", run->layout->name)) continue;
        const char *name = csv_text(table, r, csv_column(table, "name"));
        int i = support_whole(table, r, "row"), j = support_whole(table, r, "col");
        double found;
        if (strcmp(name, "loss") == 0) found = matrix_get(run->loss->value, 0, 0);
        else if (strcmp(name, "s_final") == 0) found = matrix_get(run->finals[memory]->value, 0, i);
        else if (strncmp(name, "grad_", 5) == 0 && place_of(run, name + 5, i, j, true, &m, &row, &col))
            found = matrix_get(m, row, col);
        else continue;
        double off = deviation(found, support_number(table, r, "value"));
        if (!(off <= 1e-9)) fail_msg("%s, %s[%d,%d]: %.13g", run->layout->name, name, i, j, found);
        worst = fmax(worst, off);
        ++*compared;
    }
    return worst;
}

static void total_gradients_equal_the_reference(void **state) {
    (void)state;
    CsvTable *table = support_table("tests/golden/dynamics/rtrl_grad.csv");
    CsvTable *vectors = support_table("tests/golden/dynamics/rtrl_vectors.csv");
    static const int numbers[LAYOUTS] = {26, 29, 44, 65, 80};    // learned numbers that the files name
    double worst = 0;
    for (int k = 0; k < LAYOUTS; k++) {
        Run run = {.layout = &layouts[k], .tape = tape_create(DTYPE_F64, linalg_portable())};
        NetworkParams params = {.cell = cell_index(layouts[k].cell), .layers = 1, .hidden = HIDDEN};
        run.network = network_create(&params, INPUT, OUTPUT, DTYPE_F64);
        run.x_matrix = matrix_view(DTYPE_F64, STEPS, INPUT, run.x);
        run.target_matrix = matrix_view(DTYPE_F64, STEPS, OUTPUT, run.target);
        int vector_numbers = read_weights(&run, vectors);
        assert_int_equal(read_weights(&run, table) + vector_numbers, numbers[k]);
        for (int fused = 0; fused < 2; fused++) {
            int compared = 0;
            differentiate(&run, fused);
            worst = fmax(worst, compare_results(&run, table, &compared));
            assert_int_equal(compared, numbers[k] - vector_numbers + 2);
        }
        tape_destroy(run.tape);
        network_destroy(run.network);
    }
    print_message("worst deviation: rtrl_grad.csv %.2g\n", worst);
    csv_destroy(vectors);
    csv_destroy(table);
}

// ---- one step: warmup/onestep_cells.csv -------------------------------------------------------------------------------------

enum { BATCH = 2 };

typedef struct Step {
    Weights *weights;
    double memory[5][BATCH * HIDDEN];
    Matrix x, old[CELL_STATES_MAX], next[CELL_STATES_MAX];
} Step;

// The matrix that a quantity of the file is; data NULL: a weight.
static Matrix step_matrix(const Step *step, const char *name) {
    if (strcmp(name, "x") == 0) return step->x;
    if (strcmp(name, "h_prev") == 0) return step->old[0];
    if (strcmp(name, "c_prev") == 0) return step->old[1];
    if (strcmp(name, "h_next") == 0) return step->next[0];
    if (strcmp(name, "c_next") == 0) return step->next[1];
    return (Matrix){0};
}

static void take_step(Step *step, const CellType *cell) {
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_reset(tape, false);
    Node **weights = tape_weights(tape, step->weights), *old[CELL_STATES_MAX], *next[CELL_STATES_MAX];
    for (int s = 0; s < cell->state_count; s++) old[s] = tape_constant(tape, step->old[s]);
    cell->step(tape, weights, HIDDEN, cell->project(tape, weights, tape_constant(tape, step->x)), old, next);
    for (int s = 0; s < cell->state_count; s++) matrix_copy(next[s]->value, step->next[s]);
    tape_destroy(tape);
}

static double check_step(const CsvTable *table, const char *name, const char *cell_name) {
    const CellType *cell = cell_types[cell_index(cell_name)];
    Step step = {.weights = weights_create(DTYPE_F64)};
    cell->declare(step.weights, "", INPUT, HIDDEN);
    weights_seal(step.weights);
    step.x = matrix_view(DTYPE_F64, BATCH, INPUT, step.memory[0]);
    for (int s = 0; s < CELL_STATES_MAX; s++) {
        step.old[s] = matrix_view(DTYPE_F64, BATCH, HIDDEN, step.memory[1 + s]);
        step.next[s] = matrix_view(DTYPE_F64, BATCH, HIDDEN, step.memory[3 + s]);
    }
    int given = 0, compared = 0;
    double worst = 0;
    for (int pass = 0; pass < 2; pass++) {    // first all that is given, then what comes of it
        for (size_t r = 0; r < csv_rows(table); r++) {
            if (!golden_is(table, r, "case", name)) continue;
            const char *quantity = csv_text(table, r, csv_column(table, "quantity"));
            GoldenRow row = {quantity, support_whole(table, r, "i"), support_whole(table, r, "j"),
                             support_number(table, r, "value")};
            Matrix m = step_matrix(&step, quantity);
            bool result = strstr(quantity, "_next") != NULL;
            if (result && pass == 1) {
                golden_expect(matrix_get(m, row.i, row.j), row.value, 1e-9, name, &row);
                worst = fmax(worst, deviation(matrix_get(m, row.i, row.j), row.value));
                compared++;
            }
            if (result || pass == 1) continue;
            if (m.data) matrix_set(m, row.i, row.j, row.value);
            else given += golden_set_weight(cell, 1, HIDDEN, step.weights, &row);
        }
        if (pass == 0) take_step(&step, cell);
    }
    assert_int_equal(given, golden_weight_count(step.weights));
    assert_int_equal(compared, cell->state_count * BATCH * HIDDEN);
    weights_destroy(step.weights);
    return worst;
}

static void one_step_equals_the_warmup_program(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"gru", "gru"}, {"lstm", "lstm"}, {"chrono", "lstm"},
                                           {"mgu", "mgu"}, {"brc", "brc"},   {"nbrc", "nbrc"}};
    CsvTable *table = support_table("tests/golden/warmup/onestep_cells.csv");
    double worst = 0;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) worst = fmax(worst, check_step(table, cases[k][0], cases[k][1]));
    print_message("worst deviation: onestep_cells.csv %.2g\n", worst);
    csv_destroy(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(total_gradients_equal_the_reference),
        cmocka_unit_test(one_step_equals_the_warmup_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
