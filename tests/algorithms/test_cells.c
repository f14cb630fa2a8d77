// The five cells against the numbers of the authors' program: one step and a whole network, values and every gradient;
// their initialisation and their number of parameters.
#include <math.h>

#include "algorithms/networks/network.h"
#include "tests/algorithms/golden.h"

// ---- one step: cell_step.csv ----------------------------------------------------------------------------------------

enum { STEP_INPUT = 3, STEP_HIDDEN = 4, STEP_BATCH = 2 };

typedef struct Step {
    const CellType *cell;
    Weights *weights;
    Tape *tape;
    Matrix x, states[CELL_STATES_MAX];
    Node *x_node, *old[CELL_STATES_MAX], *next[CELL_STATES_MAX];
    double memory[3][STEP_BATCH * STEP_HIDDEN];
} Step;

static void step_create(Step *step, const CellType *cell, DType type) {
    *step = (Step){.cell = cell, .weights = weights_create(type), .tape = tape_create(type, linalg_portable())};
    cell->declare(step->weights, "layer/", STEP_INPUT, STEP_HIDDEN);
    weights_seal(step->weights);
    step->x = matrix_view(type, STEP_BATCH, STEP_INPUT, step->memory[0]);
    for (int s = 0; s < CELL_STATES_MAX; s++) step->states[s] = matrix_view(type, STEP_BATCH, STEP_HIDDEN, step->memory[s + 1]);
}

static void step_run(Step *step) {
    tape_reset(step->tape, true);
    Node **weights = tape_weights(step->tape, step->weights);
    step->x_node = tape_variable(step->tape, step->x);
    for (int s = 0; s < step->cell->state_count; s++) step->old[s] = tape_variable(step->tape, step->states[s]);
    Node *projected = step->cell->project(step->tape, weights, step->x_node);
    step->cell->step(step->tape, weights, STEP_HIDDEN, projected, step->old, step->next);
    tape_backward(step->tape, tape_sum(step->tape, step->next[0]));
}

// The matrix that a data tensor of the file stands for.
static Matrix step_matrix(const Step *step, const char *name) {
    if (strcmp(name, "x") == 0) return step->x;
    if (strcmp(name, "h_in") == 0) return step->states[0];
    if (strcmp(name, "c_in") == 0) return step->states[1];
    if (strcmp(name, "h_out") == 0) return step->next[0]->value;
    if (strcmp(name, "c_out") == 0) return step->next[1]->value;
    if (strcmp(name, "grad_x") == 0) return step->x_node->gradient;
    if (strcmp(name, "grad_h_in") == 0) return step->old[0]->gradient;
    assert_string_equal(name, "grad_c_in");
    return step->old[1]->gradient;
}

static bool is_result(const char *name) {
    return strncmp(name, "grad_", 5) == 0 || strcmp(name, "h_out") == 0 || strcmp(name, "c_out") == 0;
}

static void check_step(const CsvTable *table, const CellType *cell, DType type, double tolerance) {
    Step step;
    int compared = 0, given = 0;
    step_create(&step, cell, type);
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell->name) || is_result(row.tensor)) continue;
        if (golden_set_weight(cell, 1, STEP_HIDDEN, step.weights, &row)) given++;
        else matrix_set(step_matrix(&step, row.tensor), row.i, row.j, row.value);
    }
    assert_int_equal(given, golden_weight_count(step.weights));    // every weight is in the file, once
    step_run(&step);
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell->name) || !is_result(row.tensor)) continue;
        bool gradient = strncmp(row.tensor, "grad_", 5) == 0;
        if (!gradient || !golden_expect_weight(cell, 1, STEP_HIDDEN, row.tensor + 5, true, step.weights, &row, tolerance)) {
            golden_expect(matrix_get(step_matrix(&step, row.tensor), row.i, row.j), row.value, tolerance, cell->name, &row);
        }
        compared++;
    }
    int states = cell->state_count * STEP_BATCH * STEP_HIDDEN;
    assert_int_equal(compared, given + 2 * states + STEP_BATCH * STEP_INPUT);
    tape_destroy(step.tape);
    weights_destroy(step.weights);
}

static void one_step_equals_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "cell_step.csv");
    for (size_t c = 0; c < GOLDEN_CELLS; c++) {
        check_step(table, cell_types[c], DTYPE_F64, 1e-9);
        check_step(table, cell_types[c], DTYPE_F32, 1e-5);
    }
    csv_destroy(table);
}

// ---- a network over five steps: net_sequence.csv --------------------------------------------------------------------

enum { NET_INPUT = 3, NET_HIDDEN = 3, NET_OUTPUT = 2, NET_LAYERS = 2, NET_STEPS = 5, NET_BATCH = 2 };

typedef struct Sequence {
    Network *network;
    Tape *tape;
    Matrix x;    // [steps * batch, input]
    Node *x_node, *outputs[NET_STEPS];
    double memory[NET_STEPS * NET_BATCH * NET_INPUT];
} Sequence;

// Outputs at step t are the last outputs of the sequences cut after t; the scalar is the sum of all of them.
static void sequence_run(Sequence *s) {
    static const int active[NET_STEPS] = {NET_BATCH, NET_BATCH, NET_BATCH, NET_BATCH, NET_BATCH};
    tape_reset(s->tape, true);
    Node **weights = tape_weights(s->tape, s->network->weights);
    s->x_node = tape_variable(s->tape, s->x);
    for (int t = 0; t < NET_STEPS; t++) {
        Node *until = tape_rows(s->tape, s->x_node, 0, (t + 1) * NET_BATCH);
        s->outputs[t] = network_last_outputs(s->network, s->tape, weights, until, t + 1, active);
    }
    tape_backward(s->tape, tape_sum(s->tape, tape_concat_rows(s->tape, NET_STEPS, s->outputs)));
}

static bool tensor_at(const char *tensor, const char *prefix, int *t) {
    size_t length = strlen(prefix);
    if (strncmp(tensor, prefix, length) != 0 || !isdigit((unsigned char)tensor[length])) return false;
    *t = tensor[length] - '0';
    return true;
}

// Compares a row that is a result; false if it is none, or one that stepping has to give.
static bool compare_sequence_row(const Sequence *s, const GoldenRow *row, double tolerance) {
    int t;
    const CellType *cell = s->network->cell;
    if (tensor_at(row->tensor, "y_t", &t)) {
        golden_expect(matrix_get(s->outputs[t]->value, row->i, row->j), row->value, tolerance, cell->name, row);
        return true;
    }
    if (tensor_at(row->tensor, "grad_x_t", &t)) {
        golden_expect(matrix_get(s->x_node->gradient, t * NET_BATCH + row->i, row->j), row->value, tolerance, cell->name, row);
        return true;
    }
    return strncmp(row->tensor, "grad_", 5) == 0 &&
           golden_expect_weight(cell, NET_LAYERS, NET_HIDDEN, row->tensor + 5, true, s->network->weights, row, tolerance);
}

// The same network one step at a time, and the hidden vector that the estimator of mutual information gets.
static void check_stepping(const CsvTable *table, Sequence *s, double tolerance) {
    double y_memory[NET_BATCH * NET_OUTPUT];
    float hidden[NET_BATCH][NET_LAYERS * NET_HIDDEN];
    NetworkState *state = network_state_create(s->network, NET_BATCH, linalg_portable());
    network_state_load(state, s->network);
    Matrix y = matrix_view(tape_type(s->tape), NET_BATCH, NET_OUTPUT, y_memory);
    int compared = 0;
    for (int t = 0; t < NET_STEPS; t++) {
        network_step(state, matrix_rows(s->x, t * NET_BATCH, NET_BATCH), y);
        for (size_t r = 0; r < csv_rows(table); r++) {
            GoldenRow row = golden_row(table, r);
            int at;
            if (!golden_is(table, r, "cell", s->network->cell->name) || !tensor_at(row.tensor, "y_t", &at) || at != t) continue;
            golden_expect(matrix_get(y, row.i, row.j), row.value, tolerance, s->network->cell->name, &row);
            compared++;
        }
    }
    assert_int_equal(network_hidden_size(s->network, false), NET_LAYERS * NET_HIDDEN);
    for (int b = 0; b < NET_BATCH; b++) network_hidden(state, b, false, hidden[b]);
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        int b;
        if (!golden_is(table, r, "cell", s->network->cell->name) || !tensor_at(row.tensor, "mine_hidden_batch", &b)) continue;
        golden_expect((double)hidden[b][row.i + row.j], row.value, 1e-5, s->network->cell->name,
                      &row);    // a vector, either way round
        compared++;
    }
    assert_int_equal(compared, NET_STEPS * NET_BATCH * NET_OUTPUT + NET_BATCH * NET_LAYERS * NET_HIDDEN);
    network_state_destroy(state);
}

static void check_sequence(const CsvTable *table, int cell, DType type, double tolerance) {
    NetworkParams params = {.cell = cell, .layers = NET_LAYERS, .hidden = NET_HIDDEN};
    Sequence s = {.network = network_create(&params, NET_INPUT, NET_OUTPUT, type),
                  .tape = tape_create(type, linalg_portable())};
    s.x = matrix_view(type, NET_STEPS * NET_BATCH, NET_INPUT, s.memory);
    int given = 0, compared = 0, t;
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (!golden_is(table, r, "cell", cell_names[cell])) continue;
        if (tensor_at(row.tensor, "x_t", &t)) matrix_set(s.x, t * NET_BATCH + row.i, row.j, row.value);
        else given += golden_set_weight(s.network->cell, NET_LAYERS, NET_HIDDEN, s.network->weights, &row);
    }
    assert_int_equal(given, golden_weight_count(s.network->weights));
    sequence_run(&s);
    for (size_t r = 0; r < csv_rows(table); r++) {
        GoldenRow row = golden_row(table, r);
        if (golden_is(table, r, "cell", cell_names[cell])) compared += compare_sequence_row(&s, &row, tolerance);
    }
    assert_int_equal(compared, given + NET_STEPS * NET_BATCH * (NET_INPUT + NET_OUTPUT));
    check_stepping(table, &s, tolerance);
    tape_destroy(s.tape);
    network_destroy(s.network);
}

static void a_network_equals_the_authors(void **state) {
    (void)state;
    CsvTable *table = support_table(GOLDEN "net_sequence.csv");
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        check_sequence(table, c, DTYPE_F64, 1e-9);
        check_sequence(table, c, DTYPE_F32, 2e-5);
    }
    csv_destroy(table);
}

// ---- initialisation -------------------------------------------------------------------------------------------------

// Values uniform on +-bound: range reached, mean and variance within 5 standard errors.
static void expect_uniform(const char *name, Matrix m, double bound) {
    double sum = 0, squares = 0, most = 0;
    int count = m.rows * m.cols;
    for (int k = 0; k < count; k++) {
        double x = matrix_get(m, k / m.cols, k % m.cols);
        sum += x, squares += x * x, most = fmax(most, fabs(x));
    }
    double variance = bound * bound / 3;
    if (most > bound || (count > 100 && most < 0.95 * bound)) fail_msg("%s: largest value %g, bound %g", name, most, bound);
    if (fabs(sum / count) > 5 * sqrt(variance / count)) fail_msg("%s: mean %g", name, sum / count);
    if (fabs(squares / count - variance) > 5 * bound * bound * sqrt(4.0 / 45 / count))
        fail_msg("%s: variance %g", name, squares / count);
}

static void expect_constant(const char *name, Matrix m, double value) {
    for (int j = 0; j < m.cols; j++) {
        if (matrix_get(m, 0, j) != value) fail_msg("%s: %g, expected %g", name, matrix_get(m, 0, j), value);
    }
}

// The rules of the authors' program, by the end of a name.
static void expect_initial(const Network *network, int index) {
    const char *name = weights_name(network->weights, index), *kind = strrchr(name, '/') + 1;
    Matrix m = weights_value(network->weights, index);
    double by_width = 1 / sqrt((double)network->hidden);
    bool pytorch = strcmp(network->cell->name, "gru") == 0 || strcmp(network->cell->name, "lstm") == 0;
    if (pytorch || strncmp(name, "head/", 5) == 0) expect_uniform(name, m, by_width);
    else if (strcmp(kind, "bias") == 0) expect_constant(name, m, 0);
    else if (m.rows == 1) expect_constant(name, m, 1);                       // w_c and w_a of the brc
    else expect_uniform(name, m, sqrt(6.0 / (m.rows + network->hidden)));    // fans of one gate
}

static void initialisation_follows_the_authors(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        NetworkParams params = {.cell = c, .layers = 2, .hidden = 32};
        Network *network = network_create(&params, 8, 4, DTYPE_F32);
        Rng rng = rng_stream(11, RNG_INITIALISATION, 0), same = rng;
        network_initialise(network, &rng);
        for (int i = 0; i < weights_count(network->weights); i++) expect_initial(network, i);
        // A function of the stream alone, whatever was there before.
        Network *again = network_create(&params, 8, 4, DTYPE_F32);
        weights_fill(again->weights, 0, 3);
        network_initialise(again, &same);
        Matrix a = weights_values(network->weights), b = weights_values(again->weights);
        assert_memory_equal(a.data, b.data, (size_t)a.cols * sizeof(float));
        network_destroy(network);
        network_destroy(again);
    }
}

static void parameter_counts(void **state) {
    (void)state;
    static const int counts[] = {10500, 13956, 6916, 4292, 8260};    // gru, lstm, mgu, brc, nbrc
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        Network *network = network_create(&(NetworkParams){.cell = c, .layers = 2, .hidden = 32}, 8, 4, DTYPE_F32);
        assert_int_equal(golden_weight_count(network->weights), counts[c]);
        network_destroy(network);
    }
}

// ---- every cell of the registry ---------------------------------------------------------------------------------------

// Sum of the last outputs of a ragged batch, histories of 3, 2 and 1 inputs.
static double summed_outputs(const Network *network, Tape *tape, Matrix x, bool gradients) {
    tape_reset(tape, gradients);
    Node **weights = tape_weights(tape, network->weights);
    Node *sum = tape_sum(tape, network_last_outputs(network, tape, weights, tape_constant(tape, x), 3, (int[]){3, 2, 1}));
    if (gradients) tape_backward(tape, sum);
    return matrix_get(sum->value, 0, 0);
}

// A cell that is added to the registry is differentiated by the tape; this says that its step is a program the tape can do that for.
static void gradients_equal_central_differences(void **state) {
    (void)state;
    const double h = 1e-5;
    Rng rng = rng_stream(3, RNG_TEST, 0);
    double inputs[6 * 3];
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) inputs[i] = rng_between(&rng, -1, 1);
    Matrix x = matrix_view(DTYPE_F64, 6, 3, inputs);
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *network = network_create(&(NetworkParams){.cell = c, .layers = 2, .hidden = 4}, 3, 2, DTYPE_F64);
        network_initialise(network, &rng);
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        summed_outputs(network, tape, x, true);
        Matrix values = weights_values(network->weights), gradients = weights_gradients(network->weights);
        for (int k = 0; k < values.cols; k++) {
            double value = matrix_get(values, 0, k);
            matrix_set(values, 0, k, value + h);
            double above = summed_outputs(network, tape, x, false);
            matrix_set(values, 0, k, value - h);
            double below = summed_outputs(network, tape, x, false);
            matrix_set(values, 0, k, value);
            double slope = (above - below) / (2 * h), gradient = matrix_get(gradients, 0, k);
            if (fabs(slope - gradient) > 1e-7)
                fail_msg("%s, weight %d: gradient %.9g, slope %.9g", cell_names[c], k, gradient, slope);
        }
        tape_destroy(tape);
        network_destroy(network);
    }
}

static void the_registry_is_complete(void **state) {
    (void)state;
    static const char *const golden[GOLDEN_CELLS] = {"gru", "lstm", "mgu", "brc", "nbrc"};
    for (size_t c = 0; c < GOLDEN_CELLS; c++) assert_string_equal(cell_types[c]->name, golden[c]);
    for (size_t c = 0; c < cell_type_count; c++) {
        assert_string_equal(cell_names[c], cell_types[c]->name);
        assert_true(cell_types[c]->state_count >= 1 && cell_types[c]->state_count <= CELL_STATES_MAX);
        assert_true(cell_types[c]->help && cell_types[c]->source);
    }
    assert_null(cell_names[cell_type_count]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_step_equals_the_authors),         cmocka_unit_test(a_network_equals_the_authors),
        cmocka_unit_test(initialisation_follows_the_authors),  cmocka_unit_test(parameter_counts),
        cmocka_unit_test(gradients_equal_central_differences), cmocka_unit_test(the_registry_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
