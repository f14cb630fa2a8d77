// The cell without memory: its equation, its initialisation, its gradient, and that whole sequences cost their last step only.
#include <math.h>

#include "algorithms/cells/list.h"
#include "algorithms/cells/sequence.h"
#include "algorithms/networks/network.h"
#include "tests/support.h"

enum { INPUT = 3, HIDDEN = 5, OUTPUT = 2, LAYERS = 2, STEPS = 6, ROWS = 15, LONG = 150 };

static const int active[STEPS] = {4, 4, 3, 2, 1, 1};    // sequences of 6, 4, 3 and 2 steps
static const int last_row[4] = {14, 12, 10, 7};         // of each, in packed rows

static int feedforward(void) {
    for (int c = 0; c < (int)cell_type_count; c++) {
        if (cell_types[c] == &cell_feedforward) return c;
    }
    fail_msg("not registered");
    return -1;
}

static Network *random_network(DType type) {
    Network *network =
        network_create(&(NetworkParams){.cell = feedforward(), .layers = LAYERS, .hidden = HIDDEN}, INPUT, OUTPUT, type);
    Rng rng = rng_stream(1, RNG_TEST, 0);
    network_initialise(network, &rng);
    return network;
}

static Matrix random_rows(int rows, double *memory) {
    Matrix x = matrix_view(DTYPE_F64, rows, INPUT, memory);
    Rng rng = rng_stream(2, RNG_TEST, 0);
    for (int k = 0; k < rows * INPUT; k++) matrix_set(x, k / INPUT, k % INPUT, rng_between(&rng, -2, 2));
    return x;
}

// The network's output for one input, from its equations alone; how many units were zero in *rectified.
static void by_hand(const Network *network, Matrix x, int row, double y[OUTPUT], int *rectified) {
    double in[HIDDEN], out[HIDDEN] = {0};
    for (int i = 0; i < INPUT; i++) in[i] = matrix_get(x, row, i);
    for (int layer = 0; layer <= LAYERS; layer++) {
        Matrix w = weights_value(network->weights, 2 * layer), b = weights_value(network->weights, 2 * layer + 1);
        for (int j = 0; j < w.cols; j++) {
            double sum = matrix_get(b, 0, j);
            for (int i = 0; i < w.rows; i++) sum += in[i] * matrix_get(w, i, j);
            if (layer < LAYERS && sum < 0) ++*rectified;
            out[j] = layer < LAYERS ? fmax(sum, 0) : sum;
        }
        memcpy(in, out, sizeof in);
    }
    memcpy(y, out, OUTPUT * sizeof *y);
}

static Node *outputs(const Network *network, Tape *tape, Matrix x, bool gradients) {
    tape_reset(tape, gradients);
    Node **weights = tape_weights(tape, network->weights);
    return network_last_outputs(network, tape, weights, tape_constant(tape, x), STEPS, active);
}

static void outputs_are_those_of_the_last_input(void **state) {
    (void)state;
    double memory[ROWS * INPUT];
    Matrix x = random_rows(ROWS, memory);
    Network *network = random_network(DTYPE_F64);
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    Node *y = outputs(network, tape, x, false);
    assert_true(y->value.rows == 4 && y->value.cols == OUTPUT);
    int rectified = 0;
    for (int s = 0; s < 4; s++) {
        double expected[OUTPUT];
        by_hand(network, x, last_row[s], expected, &rectified);
        for (int j = 0; j < OUTPUT; j++) assert_true(fabs(matrix_get(y->value, s, j) - expected[j]) < 1e-14);
    }
    assert_true(rectified > 0 && rectified < 4 * LAYERS * HIDDEN);    // both branches
    tape_destroy(tape);
    network_destroy(network);
}

// The same by all steps of every layer, as cells with memory have to: same bits of the values, gradients to rounding.
static Node *outputs_of_all_steps(const Network *network, Tape *tape, Matrix x) {
    tape_reset(tape, true);
    Node **weights = tape_weights(tape, network->weights), *h = tape_constant(tape, x), *ends[4];
    for (int layer = 0; layer < LAYERS; layer++) {
        h = cell_unroll(network->cell, tape, weights + 2 * layer, HIDDEN, h, STEPS, active);
    }
    for (int s = 0; s < 4; s++) ends[s] = tape_rows(tape, h, last_row[s], 1);
    Node *last = tape_concat_rows(tape, 4, ends);
    return tape_affine(tape, last, weights[2 * LAYERS], weights[2 * LAYERS + 1]);
}

static void steps_before_the_last_change_nothing(void **state) {
    (void)state;
    double memory[ROWS * INPUT];
    Matrix x = random_rows(ROWS, memory);
    Network *network = random_network(DTYPE_F64), *whole = random_network(DTYPE_F64);
    Tape *tape = tape_create(DTYPE_F64, linalg_portable()), *long_tape = tape_create(DTYPE_F64, linalg_portable());
    Node *y = outputs(network, tape, x, true), *z = outputs_of_all_steps(whole, long_tape, x);
    for (int k = 0; k < 4 * OUTPUT; k++) {
        assert_true(matrix_get(y->value, k / OUTPUT, k % OUTPUT) == matrix_get(z->value, k / OUTPUT, k % OUTPUT));
        matrix_set(y->gradient, k / OUTPUT, k % OUTPUT, cos(k));
        matrix_set(z->gradient, k / OUTPUT, k % OUTPUT, cos(k));
    }
    tape_backward_seeded(tape);
    tape_backward_seeded(long_tape);
    Matrix a = weights_gradients(network->weights), b = weights_gradients(whole->weights);
    double most = 0;
    for (int k = 0; k < a.cols; k++) {
        assert_true(fabs(matrix_get(a, 0, k) - matrix_get(b, 0, k)) < 1e-14);
        most = fmax(most, fabs(matrix_get(a, 0, k)));
    }
    assert_true(most > 0.1);
    tape_destroy(tape);
    tape_destroy(long_tape);
    network_destroy(network);
    network_destroy(whole);
}

static void a_long_history_costs_as_much_as_a_short_one(void **state) {
    (void)state;
    static double memory[LONG * INPUT];
    static int one[LONG];
    for (int t = 0; t < LONG; t++) one[t] = 1;
    Matrix x = random_rows(LONG, memory);
    Network *network = random_network(DTYPE_F64);
    size_t nodes[2], bytes[2];
    for (int k = 0; k < 2; k++) {
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        int steps = k ? LONG : 1;
        tape_reset(tape, true);
        Node **weights = tape_weights(tape, network->weights);
        network_last_outputs(network, tape, weights, tape_constant(tape, matrix_rows(x, 0, steps)), steps, one);
        nodes[k] = tape_node_count(tape), bytes[k] = tape_used(tape);
        tape_destroy(tape);
    }
    assert_int_equal(nodes[0], nodes[1]);
    assert_true(bytes[1] < bytes[0] + LONG * 2 * sizeof(void *));    // a list of where sequences end
    network_destroy(network);
}

// By central differences; the step is far smaller than any unit's distance from zero, where there is no derivative.
static void gradients_equal_central_differences(void **state) {
    (void)state;
    const double h = 1e-6;
    double memory[ROWS * INPUT];
    Matrix x = random_rows(ROWS, memory);
    Network *network = random_network(DTYPE_F64);
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    tape_backward(tape, tape_sum(tape, outputs(network, tape, x, true)));
    Matrix values = weights_values(network->weights), gradients = weights_gradients(network->weights);
    double worst = 0;
    for (int k = 0; k < values.cols; k++) {
        double value = matrix_get(values, 0, k), sums[2];
        for (int side = 0; side < 2; side++) {
            matrix_set(values, 0, k, side ? value - h : value + h);
            sums[side] = matrix_get(tape_sum(tape, outputs(network, tape, x, false))->value, 0, 0);
        }
        matrix_set(values, 0, k, value);
        double gradient = matrix_get(gradients, 0, k);
        worst = fmax(worst, fabs(gradient - (sums[0] - sums[1]) / (2 * h)));
    }
    if (!(worst < 1e-8)) fail_msg("worst difference %g", worst);
    for (int i = 0; i < weights_count(network->weights); i++) {    // none of them is cut off
        Matrix gradient = weights_gradient(network->weights, i);
        double most = 0;
        for (int k = 0; k < gradient.rows * gradient.cols; k++)
            most = fmax(most, fabs(matrix_get(gradient, k / gradient.cols, k % gradient.cols)));
        assert_true(most > 0.01);
    }
    tape_destroy(tape);
    network_destroy(network);
}

// Stepped: the state is the activation, and what it was before is of no consequence.
static void the_hidden_state_is_the_activation(void **state) {
    (void)state;
    float memory[2 * INPUT] = {0.5f, -1, 2, 1, 1, -1}, first[LAYERS * HIDDEN], again[LAYERS * HIDDEN], other[LAYERS * HIDDEN];
    float y[OUTPUT];
    Matrix x = matrix_view(DTYPE_F32, 2, INPUT, memory), output = matrix_view(DTYPE_F32, 1, OUTPUT, y);
    Network *network = random_network(DTYPE_F32);
    NetworkState *steps = network_state_create(network, 1, linalg_portable());
    network_state_load(steps, network);
    assert_int_equal(network_hidden_size(network, true), LAYERS * HIDDEN);
    float *const kept[] = {first, other, again};
    for (int t = 0; t < 3; t++) {
        network_step(steps, matrix_rows(x, t % 2, 1), output);
        network_hidden(steps, 0, true, kept[t]);
    }
    assert_memory_equal(first, again, sizeof first);
    assert_memory_not_equal(first, other, sizeof first);
    Matrix w = weights_value(network->weights, 0), b = weights_value(network->weights, 1);
    for (int j = 0; j < HIDDEN; j++) {
        double sum = matrix_get(b, 0, j);
        for (int i = 0; i < INPUT; i++) sum += (double)memory[i] * matrix_get(w, i, j);
        assert_true(fabs((double)first[j] - fmax(sum, 0)) < 1e-6);
    }
    network_state_destroy(steps);
    network_destroy(network);
}

// Uniform on +-1/sqrt(I): range reached, mean and variance within five standard errors; the second layer's I is H.
static void weights_start_by_the_number_of_inputs(void **state) {
    (void)state;
    enum { WIDE = 20, UNITS = 50 };
    Network *network =
        network_create(&(NetworkParams){.cell = feedforward(), .layers = 2, .hidden = UNITS}, WIDE, OUTPUT, DTYPE_F64);
    Rng rng = rng_stream(3, RNG_INITIALISATION, 0);
    network_initialise(network, &rng);
    static const char *const names[] = {"layer0/input", "layer0/bias", "layer1/input", "layer1/bias"};
    for (int i = 0; i < 4; i++) {
        assert_string_equal(weights_name(network->weights, i), names[i]);
        Matrix m = weights_value(network->weights, i);
        assert_true(m.cols == UNITS && m.rows == (i % 2 ? 1 : i == 0 ? WIDE : UNITS));
        const double bound = 1 / sqrt(i < 2 ? WIDE : UNITS), variance = bound * bound / 3;
        const int count = m.rows * m.cols;
        double sum = 0, squares = 0, most = 0;
        for (int k = 0; k < count; k++) {
            double value = matrix_get(m, k / m.cols, k % m.cols);
            sum += value, squares += value * value, most = fmax(most, fabs(value));
        }
        assert_true(most <= bound && most > 0.85 * bound);
        assert_true(fabs(sum / count) < 5 * sqrt(variance / count));
        assert_true(fabs(squares / count - variance) < 5 * bound * bound * sqrt(4.0 / 45 / count));
    }
    network_destroy(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_the_last_input),         cmocka_unit_test(steps_before_the_last_change_nothing),
        cmocka_unit_test(a_long_history_costs_as_much_as_a_short_one), cmocka_unit_test(gradients_equal_central_differences),
        cmocka_unit_test(the_hidden_state_is_the_activation),          cmocka_unit_test(weights_start_by_the_number_of_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
