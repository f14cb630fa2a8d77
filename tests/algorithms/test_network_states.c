// Outputs at chosen rows, the states at the end of sequences, and parts of networks held at one input: against steps and, for gradients,
// central differences.
#include "algorithms/networks/network.h"
#include "tests/support.h"

enum { INPUT = 3, OUTPUT = 2, HIDDEN = 6, LAYERS = 2, SEQUENCES = 4, STEPS = 6, ROWS = 14, HELD = 5, STATES_MAX = 8 };

static const int lengths[SEQUENCES] = {6, 4, 3, 1}, active[STEPS] = {4, 3, 3, 2, 1, 1};

typedef struct Bench {
    Network *network;
    Tape *tape;
    Matrix x, u[LAYERS];    // packed inputs; what each layer is held at
    double inputs[ROWS * INPUT], held[LAYERS][HIDDEN];
} Bench;

static Bench *bench_create(int cell, bool doubled, DType type) {
    Bench *bench = memory_zeroed(1, sizeof *bench);
    NetworkParams params = {.cell = cell, .layers = LAYERS, .hidden = HIDDEN, .doubled = doubled};
    Rng rng = rng_stream(6, RNG_TEST, (uint64_t)cell);
    bench->network = network_create(&params, INPUT, OUTPUT, type);
    bench->tape = tape_create(type, linalg_portable());
    for (int i = 0; i < weights_count(bench->network->weights); i++) weights_uniform(bench->network->weights, i, 0.8, &rng);
    bench->x = matrix_view(type, ROWS, INPUT, bench->inputs);
    for (int k = 0; k < ROWS * INPUT; k++) matrix_set(bench->x, k / INPUT, k % INPUT, rng_between(&rng, -2, 2));
    for (int layer = 0; layer < LAYERS; layer++) {
        bench->u[layer] = matrix_view(type, 1, network_layer_input(bench->network, layer), bench->held[layer]);
        for (int j = 0; j < bench->u[layer].cols; j++) matrix_set(bench->u[layer], 0, j, rng_between(&rng, -1, 1));
    }
    return bench;
}

static void bench_destroy(Bench *bench) {
    tape_destroy(bench->tape);
    network_destroy(bench->network);
    free(bench);
}

// All cells, single and double layers.
static Bench *bench_number(int k, DType type) {
    return bench_create(k / 2, k % 2, type);
}

static int bench_count(void) {
    return (int)cell_type_count * 2;
}

static int row_of(int sequence, int t) {
    int first = 0;
    for (int s = 0; s < t; s++) first += active[s];
    return first + sequence;
}

static void expect_close(const Bench *bench, Matrix found, Matrix expected, double tolerance) {
    assert_true(found.rows == expected.rows && found.cols == expected.cols);
    for (int k = 0; k < found.rows * found.cols; k++) {
        int i = k / found.cols, j = k % found.cols;
        double a = matrix_get(found, i, j), b = matrix_get(expected, i, j);
        if (!(fabs(a - b) <= tolerance)) fail_msg("%s [%d,%d]: %.17g, %.17g", bench->network->cell->name, i, j, a, b);
    }
}

static int state_count(const Bench *bench) {
    int count = network_state_count(bench->network);
    assert_true(count == LAYERS * bench->network->parts * bench->network->cell->state_count && count <= STATES_MAX);
    return count;
}

// ---- outputs ------------------------------------------------------------------------------------------------------------------------

static Node *outputs(Bench *bench, int count, const int *chosen) {
    return network_outputs(bench->network, bench->tape, tape_weights(bench->tape, bench->network->weights),
                           tape_constant(bench->tape, bench->x), STEPS, active, count, chosen);
}

// At all rows: those of each sequence alone, stepped. At chosen ones, in any order and more than once: the same.
static void outputs_are_those_of_steps(void **state) {
    (void)state;
    static const int chosen[] = {13, 0, 7, 7, 3};
    enum { CHOSEN = sizeof chosen / sizeof *chosen };
    for (int k = 0; k < bench_count(); k++) {
        Bench *bench = bench_number(k, DTYPE_F32);
        float memory[OUTPUT];
        Matrix y = matrix_view(DTYPE_F32, 1, OUTPUT, memory);
        tape_reset(bench->tape, false);
        Matrix all = outputs(bench, 0, NULL)->value, some = outputs(bench, CHOSEN, chosen)->value;
        assert_true(all.rows == ROWS && some.rows == CHOSEN);
        for (int s = 0; s < SEQUENCES; s++) {
            NetworkState *states = network_state_create(bench->network, 1, linalg_portable());
            network_state_load(states, bench->network);
            for (int t = 0; t < lengths[s]; t++) {
                network_step(states, matrix_rows(bench->x, row_of(s, t), 1), y);
                expect_close(bench, matrix_rows(all, row_of(s, t), 1), y, 0);
            }
            network_state_destroy(states);
        }
        for (int i = 0; i < CHOSEN; i++) expect_close(bench, matrix_rows(some, i, 1), matrix_rows(all, chosen[i], 1), 0);
        bench_destroy(bench);
    }
}

// A row that is chosen twice counts twice, others not at all.
static void gradients_of_chosen_rows(void **state) {
    (void)state;
    static const int once[] = {5, 9}, twice[] = {9, 5, 9};
    for (int k = 0; k < bench_count(); k++) {
        Bench *bench = bench_number(k, DTYPE_F64);
        Weights *weights = bench->network->weights;
        double gradients[3] = {0};
        for (int run = 0; run < 3; run++) {
            matrix_zero(weights_gradients(weights));
            tape_reset(bench->tape, true);
            Node *y = run == 0 ? outputs(bench, 2, once) : run == 1 ? outputs(bench, 1, once + 1) : outputs(bench, 3, twice);
            tape_backward(bench->tape, tape_sum(bench->tape, y));
            gradients[run] = matrix_get(weights_gradient(weights, 0), 1, 2);
        }
        assert_true(fabs(gradients[0] + gradients[1] - gradients[2]) < 1e-12 && fabs(gradients[1]) > 0);
        bench_destroy(bench);
    }
}

// ---- final states ---------------------------------------------------------------------------------------------------------------------

static void final_states(Bench *bench, Node **weights, Node **states) {
    network_final_states(bench->network, bench->tape, weights, tape_constant(bench->tape, bench->x), STEPS, active, states);
}

static void final_states_are_those_of_steps(void **state) {
    (void)state;
    for (int k = 0; k < bench_count(); k++) {
        Bench *bench = bench_number(k, DTYPE_F64);
        const Network *network = bench->network;
        double memory[OUTPUT];
        Node *finals[STATES_MAX] = {0};
        tape_reset(bench->tape, false);
        final_states(bench, tape_weights(bench->tape, network->weights), finals);
        for (int s = 0; s < SEQUENCES; s++) {
            NetworkState *states = network_state_create(network, 1, linalg_portable());
            network_state_load(states, network);
            for (int t = 0; t < lengths[s]; t++)
                network_step(states, matrix_rows(bench->x, row_of(s, t), 1), matrix_view(DTYPE_F64, 1, OUTPUT, memory));
            int kinds = network->cell->state_count;
            for (int i = 0; i < state_count(bench); i++) {
                int layer = i / kinds / network->parts, part = i / kinds % network->parts;
                assert_int_equal(network_state_index(network, layer, part, i % kinds), i);
                assert_true(finals[i]->value.rows == SEQUENCES && finals[i]->value.cols == network->width);
                Matrix expected = network_state_matrix(states, layer, part, i % kinds);
                expect_close(bench, matrix_rows(finals[i]->value, s, 1), expected, 1e-13);
            }
            network_state_destroy(states);
        }
        bench_destroy(bench);
    }
}

// ---- held inputs ------------------------------------------------------------------------------------------------------------------------

// One part as a network of its own.
static Network *part_alone(const Network *network, int layer, int part) {
    NetworkParams params = {.layers = 1, .hidden = network->width};
    while (cell_types[params.cell] != network->cell) params.cell++;
    Network *alone = network_create(&params, network_layer_input(network, layer), OUTPUT, weights_type(network->weights));
    for (int i = 0; i < network->cell->weight_count; i++) {
        Matrix value = weights_value(network->weights, network_first_weight(network, layer, part) + i);
        matrix_copy(value, weights_value(alone->weights, i));
    }
    return alone;
}

// From the final states of a batch, HELD steps at u, for every part of every layer: as that part by itself, stepped.
static void check_held(Bench *bench, Node *const *finals, int layer, int part) {
    const Network *network = bench->network;
    int kinds = network->cell->state_count, first = network_state_index(network, layer, part, 0);
    double memory[SEQUENCES * OUTPUT], inputs[SEQUENCES * HIDDEN];
    Node *held[CELL_STATES_MAX], *u = tape_constant(bench->tape, bench->u[layer]);
    Network *alone = part_alone(network, layer, part);
    NetworkState *states = network_state_create(alone, SEQUENCES, linalg_portable());
    network_state_load(states, alone);
    Matrix x = matrix_view(DTYPE_F64, SEQUENCES, bench->u[layer].cols, inputs);
    for (int s = 0; s < SEQUENCES; s++) matrix_copy(bench->u[layer], matrix_rows(x, s, 1));
    for (int kind = 0; kind < kinds; kind++) {
        held[kind] = finals[first + kind];
        matrix_copy(held[kind]->value, network_state_matrix(states, 0, 0, kind));
    }
    Node **weights = tape_weights(bench->tape, network->weights);
    network_hold(network, bench->tape, weights, layer, part, u, 0, held);
    for (int kind = 0; kind < kinds; kind++) assert_ptr_equal(held[kind], finals[first + kind]);
    network_hold(network, bench->tape, weights, layer, part, u, HELD, held);
    for (int t = 0; t < HELD; t++) network_step(states, x, matrix_view(DTYPE_F64, SEQUENCES, OUTPUT, memory));
    for (int kind = 0; kind < kinds; kind++)
        expect_close(bench, held[kind]->value, network_state_matrix(states, 0, 0, kind), 1e-13);
    network_state_destroy(states);
    network_destroy(alone);
}

static void a_held_part_is_stepped(void **state) {
    (void)state;
    for (int k = 0; k < bench_count(); k++) {
        Bench *bench = bench_number(k, DTYPE_F64);
        Node *finals[STATES_MAX] = {0};
        tape_reset(bench->tape, false);
        final_states(bench, tape_weights(bench->tape, bench->network->weights), finals);
        for (int i = 0; i < LAYERS * bench->network->parts; i++)
            check_held(bench, finals, i / bench->network->parts, i % bench->network->parts);
        bench_destroy(bench);
    }
}

// ---- gradients --------------------------------------------------------------------------------------------------------------------------

// A weighted sum of the final states, all kinds, held for `steps` steps (0: as they are).
static double summed_states(Bench *bench, int steps, bool gradients) {
    const Network *network = bench->network;
    tape_reset(bench->tape, gradients);
    Node **weights = tape_weights(bench->tape, network->weights), *finals[STATES_MAX] = {0}, *sum = NULL;
    final_states(bench, weights, finals);
    for (int i = 0; i < LAYERS * network->parts && steps; i++) {
        int layer = i / network->parts, part = i % network->parts;
        Node *u = tape_constant(bench->tape, bench->u[layer]);
        network_hold(network, bench->tape, weights, layer, part, u, steps,
                     finals + network_state_index(network, layer, part, 0));
    }
    for (int i = 0; i < state_count(bench); i++) {
        Node *factors = tape_zeros(bench->tape, SEQUENCES, network->width);
        for (int k = 0; k < SEQUENCES * network->width; k++)
            matrix_set(factors->value, k / network->width, k % network->width, cos(3.0 * i + k));
        Node *term = tape_sum(bench->tape, tape_mul(bench->tape, finals[i], factors));
        sum = sum ? tape_add(bench->tape, sum, term) : term;
    }
    if (gradients) tape_backward(bench->tape, sum);
    return matrix_get(sum->value, 0, 0);
}

static void gradients_of_states_equal_differences(void **state) {
    (void)state;
    const double step = 1e-5;
    for (int k = 0; k < bench_count() * 2; k++) {
        Bench *bench = bench_number(k / 2, DTYPE_F64);
        int steps = k % 2 ? HELD : 0;
        Matrix values = weights_values(bench->network->weights), gradients = weights_gradients(bench->network->weights);
        double most = 0;
        matrix_zero(gradients);
        summed_states(bench, steps, true);
        for (int w = 0; w < values.cols; w += 3) {
            double value = matrix_get(values, 0, w);
            matrix_set(values, 0, w, value + step);
            double above = summed_states(bench, steps, false);
            matrix_set(values, 0, w, value - step);
            double below = summed_states(bench, steps, false);
            matrix_set(values, 0, w, value);
            double slope = (above - below) / (2 * step), found = matrix_get(gradients, 0, w);
            if (!(fabs(slope - found) <= 2e-8 * fmax(1, fabs(slope)))) {
                fail_msg("%s, %d steps held, weight %d: gradient %.12g, slope %.12g", bench->network->cell->name, steps, w,
                         found, slope);
            }
            most = fmax(most, fabs(found));
        }
        assert_true(most > 0.01);
        Matrix head = weights_gradient(bench->network->weights, network_first_weight(bench->network, LAYERS, 0));
        assert_true(matrix_get(head, 0, 0) == 0);    // states know nothing of the head
        bench_destroy(bench);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_steps),
        cmocka_unit_test(gradients_of_chosen_rows),
        cmocka_unit_test(final_states_are_those_of_steps),
        cmocka_unit_test(a_held_part_is_stepped),
        cmocka_unit_test(gradients_of_states_equal_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
