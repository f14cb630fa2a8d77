// Ragged batches against single sequences, step by step: values bit for bit, gradients to rounding. States that move
// between rows.
#include "algorithms/networks/network.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"

enum { INPUT = 5, OUTPUT = 3, HIDDEN = 7, LAYERS = 2, LONGEST = 9, MOST = 6 };

// Sequences by decreasing length; sequence s, time t reads a random row that depends on (s, t) only.
typedef struct Ragged {
    int count, lengths[MOST];
} Ragged;

static const Ragged raggeds[] = {
    {1, {1}},
    {1, {9}},
    {3, {4, 4, 4}},
    {4, {9, 3, 3, 1}},
    {6, {8, 7, 5, 4, 2, 1}},
    {5, {6, 1, 1, 1, 1}},
    {6, {9, 9, 8, 8, 8, 2}},
};

static void input_row(int sequence, int t, Matrix x, int row) {
    Rng rng = rng_stream(3, RNG_TEST, (uint32_t)(sequence * 100 + t));
    for (int j = 0; j < INPUT; j++) matrix_set(x, row, j, rng_between(&rng, -2, 2));
}

typedef struct Packed {
    int steps, active[LONGEST], rows;
    double memory[MOST * LONGEST * INPUT];
} Packed;

static Matrix pack(const Ragged *ragged, DType type, Packed *packed) {
    *packed = (Packed){.steps = ragged->lengths[0]};
    Matrix x = matrix_view(type, MOST * LONGEST, INPUT, packed->memory);
    for (int t = 0; t < packed->steps; t++) {
        for (int s = 0; s < ragged->count && ragged->lengths[s] > t; s++) {
            input_row(s, t, x, packed->rows++);
            packed->active[t] = s + 1;
        }
    }
    return matrix_rows(x, 0, packed->rows);
}

static Network *random_network(int cell, DType type) {
    NetworkParams params = {.cell = cell, .layers = LAYERS, .hidden = HIDDEN};
    Network *network = network_create(&params, INPUT, OUTPUT, type);
    Rng rng = rng_stream(1, RNG_INITIALISATION, (uint32_t)cell);
    for (int i = 0; i < weights_count(network->weights); i++) weights_uniform(network->weights, i, 0.8, &rng);    // biases too
    return network;
}

// The last output of one sequence alone, stepped.
static void step_alone(const Network *network, const Linalg *linalg, int sequence, int length, Matrix output) {
    double memory[INPUT];
    Matrix x = matrix_view(weights_type(network->weights), 1, INPUT, memory);
    NetworkState *state = network_state_create(network, 1, linalg);
    network_state_load(state, network);
    for (int t = 0; t < length; t++) {
        input_row(sequence, t, x, 0);
        network_step(state, x, output);
    }
    network_state_destroy(state);
}

static void expect_equal(const Network *network, Matrix found, int row, Matrix expected) {
    for (int j = 0; j < OUTPUT; j++) {
        double a = matrix_get(found, row, j), b = matrix_get(expected, 0, j);
        if (a != b) fail_msg("%s row %d output %d: %.17g, alone %.17g", network->cell->name, row, j, a, b);
    }
}

static void batches_equal_single_sequences(void **state) {
    (void)state;
    for (int k = 0; k < (int)cell_type_count * 2; k++) {
        DType type = k % 2 ? DTYPE_F64 : DTYPE_F32;
        Network *network = random_network(k / 2, type);
        Tape *tape = tape_create(type, linalg_portable());
        for (size_t r = 0; r < sizeof raggeds / sizeof *raggeds; r++) {
            Packed packed;
            double memory[OUTPUT];
            Matrix x = pack(&raggeds[r], type, &packed), alone = matrix_view(type, 1, OUTPUT, memory);
            tape_reset(tape, false);
            Node **weights = tape_weights(tape, network->weights);
            Node *y = network_last_outputs(network, tape, weights, tape_constant(tape, x), packed.steps, packed.active);
            assert_true(y->value.rows == raggeds[r].count && y->value.cols == OUTPUT);
            for (int s = 0; s < raggeds[r].count; s++) {
                step_alone(network, linalg_portable(), s, raggeds[r].lengths[s], alone);
                expect_equal(network, y->value, s, alone);
            }
        }
        tape_destroy(tape);
        network_destroy(network);
    }
}

// Adds to the network's gradients those of sum_s w_s . y_s over the sequences of the batch; w depends on the sequence's
// name only.
static void add_gradient(const Network *network, Tape *tape, const Ragged *ragged, int first_sequence) {
    Packed packed = {.steps = ragged->lengths[0]};
    Matrix x = matrix_view(DTYPE_F64, MOST * LONGEST, INPUT, packed.memory);
    for (int t = 0; t < packed.steps; t++) {
        for (int s = 0; s < ragged->count && ragged->lengths[s] > t; s++) {
            input_row(first_sequence + s, t, x, packed.rows++);
            packed.active[t] = s + 1;
        }
    }
    tape_reset(tape, true);
    Node **weights = tape_weights(tape, network->weights);
    Node *input = tape_constant(tape, matrix_rows(x, 0, packed.rows));
    Node *y = network_last_outputs(network, tape, weights, input, packed.steps, packed.active);
    for (int s = 0; s < ragged->count; s++) {
        for (int j = 0; j < OUTPUT; j++) matrix_set(y->gradient, s, j, cos(first_sequence + s + 2.0 * j));
    }
    tape_backward_seeded(tape);
}

static void gradients_add_up_over_sequences(void **state) {
    (void)state;
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *batch = random_network(c, DTYPE_F64), *single = random_network(c, DTYPE_F64);
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        for (size_t r = 0; r < sizeof raggeds / sizeof *raggeds; r++) {
            matrix_zero(weights_gradients(batch->weights));
            matrix_zero(weights_gradients(single->weights));
            add_gradient(batch, tape, &raggeds[r], 0);
            for (int s = 0; s < raggeds[r].count; s++) add_gradient(single, tape, &(Ragged){1, {raggeds[r].lengths[s]}}, s);
            Matrix a = weights_gradients(batch->weights), b = weights_gradients(single->weights);
            double size = 0;
            for (int k = 0; k < a.cols; k++) {
                double x = matrix_get(a, 0, k), y = matrix_get(b, 0, k);
                size = fmax(size, fabs(x));
                if (!(fabs(x - y) <= 1e-12 * fmax(1, fabs(y))))
                    fail_msg("%s, weight %d: %.15g, sum %.15g", cell_names[c], k, x, y);
            }
            assert_true(size > 1e-3);
        }
        tape_destroy(tape);
        network_destroy(batch);
        network_destroy(single);
    }
}

// The gradient of the whole network, head included, against central differences in a few directions.
static void gradients_equal_differences(void **state) {
    (void)state;
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *network = random_network(c, DTYPE_F64);
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        const Ragged *ragged = &raggeds[3];
        Packed packed;
        Matrix x = pack(ragged, DTYPE_F64, &packed), values = weights_values(network->weights);
        matrix_zero(weights_gradients(network->weights));
        add_gradient(network, tape, ragged, 0);
        for (int k = 0; k < values.cols; k += 7) {
            double kept = matrix_get(values, 0, k), sums[2] = {0};
            const double step = 1e-5;
            for (int side = 0; side < 2; side++) {
                matrix_set(values, 0, k, kept + (side ? -step : step));
                tape_reset(tape, false);
                Node **weights = tape_weights(tape, network->weights);
                Node *y = network_last_outputs(network, tape, weights, tape_constant(tape, x), packed.steps, packed.active);
                for (int e = 0; e < ragged->count * OUTPUT; e++) {
                    int row = e / OUTPUT, col = e % OUTPUT;
                    sums[side] += cos(row + 2.0 * col) * matrix_get(y->value, row, col);
                }
            }
            matrix_set(values, 0, k, kept);
            double expected = (sums[0] - sums[1]) / (2 * step), found = matrix_get(weights_gradients(network->weights), 0, k);
            if (!(fabs(found - expected) <= 1e-8 * fmax(1, fabs(expected)))) {
                fail_msg("%s, weight %d: gradient %.12g, difference %.12g", cell_names[c], k, found, expected);
            }
        }
        tape_destroy(tape);
        network_destroy(network);
    }
}

static void expect_row(Matrix found, int row, Matrix expected, double tolerance) {
    for (int j = 0; j < OUTPUT; j++) assert_true(fabs(matrix_get(found, row, j) - matrix_get(expected, 0, j)) <= tolerance);
}

static void move_and_reset_rows(const Network *network, const Linalg *linalg, double tolerance) {
    float inputs[3 * INPUT], outputs[3 * OUTPUT], alone_memory[OUTPUT];
    Matrix x = matrix_view(DTYPE_F32, 3, INPUT, inputs), y = matrix_view(DTYPE_F32, 3, OUTPUT, outputs);
    Matrix alone = matrix_view(DTYPE_F32, 1, OUTPUT, alone_memory);
    NetworkState *states = network_state_create(network, 3, linalg);
    network_state_load(states, network);
    for (int t = 0; t < 4; t++) {
        for (int s = 0; s < 3; s++) input_row(s, t, x, s);
        network_step(states, x, y);
    }
    // Sequence 2 moves to row 0; row 1 starts sequence 1 again; row 2 is out of use.
    network_state_move(states, 2, 0);
    network_state_reset(states, 1);
    for (int t = 4; t < 7; t++) {
        input_row(2, t, x, 0);
        input_row(1, t - 4, x, 1);
        network_step(states, matrix_rows(x, 0, 2), matrix_rows(y, 0, 2));
    }
    step_alone(network, linalg_portable(), 2, 7, alone);
    expect_row(y, 0, alone, tolerance);
    step_alone(network, linalg_portable(), 1, 3, alone);
    expect_row(y, 1, alone, tolerance);
    network_state_destroy(states);
}

// Rows are independent: stepping three together equals each alone; a moved row goes on where it was, a reset one begins
// anew. With OpenBLAS, by the step program, to rounding.
static void rows_are_independent(void **state) {
    (void)state;
    Error error = {0};
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *network = random_network(c, DTYPE_F32);
        move_and_reset_rows(network, linalg_portable(), 0);
        move_and_reset_rows(network, linalg_find("openblas", &error), 1e-5);
        network_destroy(network);
    }
    network_state_destroy(NULL);
    network_destroy(NULL);
}

static void weights_have_names(void **state) {
    (void)state;
    Network *network = random_network(0, DTYPE_F32);
    static const char *const names[] = {"layer0/input",          "layer0/recurrent", "layer1/input",
                                        "layer1/recurrent_bias", "head/weight",      "head/bias"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_true(weights_find(network->weights, names[i]) >= 0);
    Matrix first = weights_value(network->weights, weights_find(network->weights, "layer0/input"));
    Matrix second = weights_value(network->weights, weights_find(network->weights, "layer1/input"));
    assert_true(first.rows == INPUT && second.rows == HIDDEN && first.cols == 3 * HIDDEN);
    network_destroy(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_equal_single_sequences),
        cmocka_unit_test(gradients_add_up_over_sequences),
        cmocka_unit_test(gradients_equal_differences),
        cmocka_unit_test(rows_are_independent),
        cmocka_unit_test(weights_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
