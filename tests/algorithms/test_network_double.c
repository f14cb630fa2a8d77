// Double layers against cells put together by hand and against steps; the width that fits a number of learned numbers; what is refused.
#include "algorithms/cells/sequence.h"
#include "algorithms/networks/network.h"
#include "tests/support.h"

enum { INPUT = 4, OUTPUT = 3, HIDDEN = 6, WIDTH = HIDDEN / 2, LAYERS = 2, STEPS = 5, ROWS = 9 };

static const int active[STEPS] = {3, 2, 2, 1, 1};

static Network *random_network(int cell, int layers, DType type) {
    NetworkParams params = {.cell = cell, .layers = layers, .hidden = HIDDEN, .doubled = true};
    Network *network = network_create(&params, INPUT, OUTPUT, type);
    Rng rng = rng_stream(2, RNG_INITIALISATION, (uint32_t)cell);
    for (int i = 0; i < weights_count(network->weights); i++) weights_uniform(network->weights, i, 0.9, &rng);
    return network;
}

static Matrix random_inputs(DType type, double *memory) {
    Rng rng = rng_stream(3, RNG_TEST, 0);
    Matrix x = matrix_view(type, ROWS, INPUT, memory);
    for (int k = 0; k < ROWS * INPUT; k++) matrix_set(x, k / INPUT, k % INPUT, rng_between(&rng, -2, 2));
    return x;
}

static void expect_close(const char *what, Matrix a, Matrix b, double tolerance) {
    assert_true(a.rows == b.rows && a.cols == b.cols);
    for (int k = 0; k < a.rows * a.cols; k++) {
        double x = matrix_get(a, k / a.cols, k % a.cols), y = matrix_get(b, k / a.cols, k % a.cols);
        if (!(fabs(x - y) <= tolerance)) fail_msg("%s [%d,%d]: %.17g, %.17g", what, k / a.cols, k % a.cols, x, y);
    }
}

// A network of one layer and width `hidden` that has one part's weights; its head is zero but for the rows and the bias given.
static Network *part_alone(const Network *network, int layer, int part, bool bias) {
    NetworkParams params = {.layers = 1, .hidden = network->width};
    while (cell_types[params.cell] != network->cell) params.cell++;
    Network *alone =
        network_create(&params, network_layer_input(network, layer), network->output, weights_type(network->weights));
    int first = network_first_weight(network, layer, part), count = network->cell->weight_count;
    for (int i = 0; i < count; i++) matrix_copy(weights_value(network->weights, first + i), weights_value(alone->weights, i));
    int head = network_first_weight(network, network->layers, 0);
    matrix_copy(matrix_rows(weights_value(network->weights, head), part * network->width, network->width),
                weights_value(alone->weights, count));
    if (bias) matrix_copy(weights_value(network->weights, head + 1), weights_value(alone->weights, count + 1));
    return alone;
}

// One double layer: the sum of two networks that know nothing of each other.
static void one_layer_is_two_networks(void **state) {
    (void)state;
    double memory[ROWS * INPUT];
    Matrix x = random_inputs(DTYPE_F64, memory);
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *both = random_network(c, 1, DTYPE_F64);
        Network *halves[2] = {part_alone(both, 0, 0, true), part_alone(both, 0, 1, false)};
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        tape_reset(tape, false);
        Node *input = tape_constant(tape, x), *y[2];
        for (int part = 0; part < 2; part++) {
            Node **weights = tape_weights(tape, halves[part]->weights);
            y[part] = network_outputs(halves[part], tape, weights, input, STEPS, active, 0, NULL);
        }
        Node **weights = tape_weights(tape, both->weights);
        Node *found = network_outputs(both, tape, weights, input, STEPS, active, 0, NULL);
        expect_close(cell_names[c], found->value, tape_add(tape, y[0], y[1])->value, 1e-13);
        tape_destroy(tape);
        for (int part = 0; part < 2; part++) network_destroy(halves[part]);
        network_destroy(both);
    }
}

// Two double layers from the step programs of four cells: each of the second reads both of the first.
static void two_layers_are_four_cells(void **state) {
    (void)state;
    double memory[ROWS * INPUT];
    Matrix x = random_inputs(DTYPE_F64, memory);
    for (int c = 0; c < (int)cell_type_count; c++) {
        const CellType *cell = cell_types[c];
        Network *network = random_network(c, LAYERS, DTYPE_F64);
        Tape *tape = tape_create(DTYPE_F64, linalg_portable());
        tape_reset(tape, false);
        Node **weights = tape_weights(tape, network->weights), **next = weights, *h = tape_constant(tape, x);
        Node *found = network_outputs(network, tape, weights, h, STEPS, active, 0, NULL);
        for (int layer = 0; layer < LAYERS; layer++) {
            Node *parts[2];
            for (int part = 0; part < 2; part++, next += cell->weight_count)
                parts[part] = cell_unroll(cell, tape, next, WIDTH, h, STEPS, active);
            h = tape_concat_cols(tape, 2, parts);
        }
        expect_close(cell->name, found->value, tape_affine(tape, h, next[0], next[1])->value, 1e-13);
        tape_destroy(tape);
        network_destroy(network);
    }
}

// Stepping gives the numbers of whole sequences: the same bits where the products are ours, and by the step program with OpenBLAS.
static void check_steps(const Network *network, const Linalg *linalg, double tolerance) {
    double memory[ROWS * INPUT], outputs[3 * OUTPUT];
    DType type = weights_type(network->weights);
    Matrix x = random_inputs(type, memory), y = matrix_view(type, 3, OUTPUT, outputs);
    Tape *tape = tape_create(type, linalg_portable());
    tape_reset(tape, false);
    Node **weights = tape_weights(tape, network->weights);
    Node *all = network_outputs(network, tape, weights, tape_constant(tape, x), STEPS, active, 0, NULL);
    NetworkState *states = network_state_create(network, 3, linalg);
    network_state_load(states, network);
    for (int t = 0, first = 0; t < STEPS; first += active[t], t++) {
        Matrix now = matrix_rows(y, 0, active[t]);
        network_step(states, matrix_rows(x, first, active[t]), now);
        expect_close(network->cell->name, now, matrix_rows(all->value, first, active[t]), tolerance);
    }
    network_state_destroy(states);
    tape_destroy(tape);
}

static void steps_equal_sequences(void **state) {
    (void)state;
    Error error = {0};
    for (int c = 0; c < (int)cell_type_count; c++) {
        for (int type = DTYPE_F32; type <= DTYPE_F64; type++) {
            Network *network = random_network(c, LAYERS, (DType)type);
            check_steps(network, linalg_portable(), 0);
            check_steps(network, linalg_find("openblas", &error), type == DTYPE_F32 ? 1e-5 : 1e-13);
            network_destroy(network);
        }
    }
}

// Rows move and begin anew in every part.
static void rows_move_with_all_their_parts(void **state) {
    (void)state;
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *network = random_network(c, LAYERS, DTYPE_F64);
        double memory[ROWS * INPUT], outputs[3 * OUTPUT];
        Matrix x = random_inputs(DTYPE_F64, memory), y = matrix_view(DTYPE_F64, 3, OUTPUT, outputs);
        NetworkState *states = network_state_create(network, 3, linalg_portable());
        network_state_load(states, network);
        network_step(states, matrix_rows(x, 0, 3), y);
        network_state_move(states, 2, 0);
        network_state_reset(states, 1);
        for (int i = 0; i < LAYERS * 2; i++) {
            for (int kind = 0; kind < network->cell->state_count; kind++) {
                Matrix m = network_state_matrix(states, i / 2, i % 2, kind);
                assert_int_equal(m.cols, WIDTH);
                expect_close("moved", matrix_rows(m, 0, 1), matrix_rows(m, 2, 1), 0);
                for (int j = 0; j < WIDTH; j++) assert_true(matrix_get(m, 1, j) == 0);
            }
        }
        network_state_destroy(states);
        network_destroy(network);
    }
}

// h of all parts in order, then with memory the c likewise.
static void the_state_is_all_parts(void **state) {
    (void)state;
    for (int c = 0; c < (int)cell_type_count; c++) {
        Network *network = random_network(c, LAYERS, DTYPE_F64);
        double memory[ROWS * INPUT], outputs[3 * OUTPUT];
        float hidden[2 * LAYERS * HIDDEN];
        Matrix x = random_inputs(DTYPE_F64, memory), y = matrix_view(DTYPE_F64, 3, OUTPUT, outputs);
        NetworkState *states = network_state_create(network, 3, linalg_portable());
        network_state_load(states, network);
        network_step(states, matrix_rows(x, 0, 3), y);
        int kinds = network->cell->state_count, at = 0;
        assert_int_equal(network_hidden_size(network, false), LAYERS * HIDDEN);
        assert_int_equal(network_hidden_size(network, true), LAYERS * HIDDEN * kinds);
        network_hidden(states, 1, true, hidden);
        for (int kind = 0; kind < kinds; kind++) {
            for (int i = 0; i < LAYERS * 2; i++) {
                Matrix m = network_state_matrix(states, i / 2, i % 2, kind);
                for (int j = 0; j < WIDTH; j++) assert_true(hidden[at++] == (float)matrix_get(m, 1, j));
            }
        }
        network_state_destroy(states);
        network_destroy(network);
    }
}

static void parts_have_names(void **state) {
    (void)state;
    Network *network = random_network(0, LAYERS, DTYPE_F32);
    static const char *const names[] = {"layer0/cell0/input", "layer0/cell1/input", "layer1/cell1/recurrent", "head/weight"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) assert_true(weights_find(network->weights, names[i]) >= 0);
    assert_int_equal(weights_find(network->weights, "layer0/input"), -1);
    Matrix first = weights_value(network->weights, network_first_weight(network, 0, 1));
    Matrix second = weights_value(network->weights, network_first_weight(network, 1, 1));
    assert_true(first.rows == INPUT && second.rows == HIDDEN && first.cols == 3 * WIDTH && second.cols == 3 * WIDTH);
    assert_true(network_state_index(network, 1, 1, 0) == 3 && network_state_count(network) == 4);
    network_destroy(network);
}

// ---- how wide --------------------------------------------------------------------------------------------------------------------

static int count_with(NetworkParams params, int hidden) {
    params.parameters = 0;
    params.hidden = hidden;
    Network *network = network_create(&params, 2, 1, DTYPE_F32);
    int count = network_parameter_count(network);
    network_destroy(network);
    return count;
}

// The largest that fits: one more unit (of each part) would be too many.
static void the_widest_that_fits(void **state) {
    (void)state;
    static const int budgets[] = {200, 999, 1000, 5000, 20000};
    for (int k = 0; k < (int)cell_type_count * 2; k++) {
        for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
            NetworkParams params = {
                .cell = k / 2, .layers = 2, .hidden = 7, .doubled = k % 2, .parameters = budgets[b]};    // hidden: odd, ignored
            Error error = {0};
            if (!network_check(&params, 2, 1, &error)) fail_msg("%s", error.message);
            Network *network = network_create(&params, 2, 1, DTYPE_F32);
            int parts = network->parts, count = network_parameter_count(network);
            assert_true(network->hidden % parts == 0 && network->width * parts == network->hidden);
            assert_int_equal(count, count_with(params, network->hidden));
            if (count > budgets[b] || count_with(params, network->hidden + parts) <= budgets[b])
                fail_msg("%s: H = %d has %d of %d", cell_names[params.cell], network->hidden, count, budgets[b]);
            network_destroy(network);
        }
    }
}

// The counts that the warmup paper's program has (GRU, two layers, one input, one output), met exactly and missed by one.
static void the_counts_of_the_warmup_program(void **state) {
    (void)state;
    static const int known[][2] = {{32, 9729}, {64, 37889}, {256, 593921}};
    for (size_t i = 0; i < 3; i++) {
        for (int less = 0; less < 2; less++) {
            NetworkParams params = {.cell = 0, .layers = 2, .parameters = known[i][1] - less};
            Network *network = network_create(&params, 1, 1, DTYPE_F32);
            assert_int_equal(network->hidden, known[i][0] - less);
            network_destroy(network);
        }
    }
}

static void what_does_not_go_together_is_refused(void **state) {
    (void)state;
    Error error = {0};
    NetworkParams params = {.cell = 0, .layers = 2, .hidden = 7, .doubled = true};
    assert_false(network_check(&params, 2, 1, &error));
    support_assert_has(error.message, "network.hidden: found 7 with double layers, accepted: an even number");
    params.hidden = 8;
    assert_true(network_check(&params, 2, 1, &error));
    params = (NetworkParams){.cell = 0, .layers = 2, .hidden = 7};
    assert_true(network_check(&params, 2, 1, &error));
    for (int doubled = 0; doubled < 2; doubled++) {
        params.doubled = doubled;
        int fewest = count_with(params, 1 + doubled);
        params.parameters = fewest;
        assert_true(network_check(&params, 2, 1, &error));
        params.parameters = fewest - 1;
        assert_false(network_check(&params, 2, 1, &error));
        char expected[96];
        snprintf(expected, sizeof expected, "network.parameters: found %d, accepted: at least %d", fewest - 1, fewest);
        support_assert_has(error.message, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_layer_is_two_networks),
        cmocka_unit_test(two_layers_are_four_cells),
        cmocka_unit_test(steps_equal_sequences),
        cmocka_unit_test(rows_move_with_all_their_parts),
        cmocka_unit_test(the_state_is_all_parts),
        cmocka_unit_test(parts_have_names),
        cmocka_unit_test(the_widest_that_fits),
        cmocka_unit_test(the_counts_of_the_warmup_program),
        cmocka_unit_test(what_does_not_go_together_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
