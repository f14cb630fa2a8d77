// VAA against the authors' program and closed forms; that stopping early changes nothing; what is undefined.
#include "analysis/vaa.h"

#include "core/normal.h"
#include "core/vmath.h"
#include "tests/algorithms/warmup_golden.h"

enum { SEQUENCES = 20, LONGEST = 12, INPUT = 2, OUTPUT = 1 };

static void assert_near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.15g is not within %g of %.15g", found, tolerance, expected);
}

static Matrix owned(int rows, int cols) {
    return matrix_view(DTYPE_F64, rows, cols, memory_zeroed((size_t)rows * (size_t)cols, sizeof(double)));
}

// ---- golden values -----------------------------------------------------------------------------------------------------------

static void golden_sets(void **state) {
    (void)state;
    CsvTable *values = support_table(WARMUP_GOLDEN "state_sets_values.csv");
    CsvTable *sets = support_table(WARMUP_GOLDEN "state_sets.csv");
    WarmupGoldenWorst worst = {0};
    for (size_t row = 0; row < csv_rows(values); row++) {
        const char *name = csv_text(values, row, csv_column(values, "set"));
        Matrix states = owned(support_whole(values, row, "n"), support_whole(values, row, "dim"));
        for (size_t r = 0; r < csv_rows(sets); r++) {
            if (!golden_is(sets, r, "set", name)) continue;
            matrix_set(states, support_whole(sets, r, "sample"), support_whole(sets, r, "dim"),
                       support_number(sets, r, "value"));
        }
        warmup_golden_compare(&worst, vaa_of_states(states, support_number(values, row, "epsilon")),
                              support_number(values, row, "vaa"), 1e-9, name);
        free(states.data);
    }
    warmup_golden_tell(&worst, "state_sets_values.csv, vaa", (int)csv_rows(values));
    csv_destroy(values);
    csv_destroy(sets);
}

// Column of ours for one of theirs: of each layer they have h of both halves, then c of both; we part by part h, then c.
static int our_column(const Network *network, int dim) {
    int kinds = network->cell->state_count, layer = dim / (network->hidden * kinds), rest = dim % (network->hidden * kinds);
    int kind = rest / network->hidden, part = rest % network->hidden / network->width;
    return network_state_index(network, layer, part, kind) * network->width + rest % network->width;
}

typedef struct Golden {
    CsvTable *cases, *weights, *inputs, *prefix, *u, *first, *final;
    WarmupGoldenWorst values, firsts, finals;
} Golden;

static bool of_case(const CsvTable *table, size_t row, const char *name) {
    return golden_is(table, row, "case", name) && golden_is(table, row, "func", "vaa");
}

static SequenceBatch *golden_prefixes(const Golden *golden, const char *name, const SequenceSource *source, int input) {
    int64_t index[WARMUP_GOLDEN_SEQUENCES];
    int length[WARMUP_GOLDEN_SEQUENCES], count = 0;
    for (size_t row = 0; row < csv_rows(golden->prefix); row++) {
        if (!of_case(golden->prefix, row, name)) continue;
        index[count] = support_whole(golden->prefix, row, "sample");
        length[count++] = support_whole(golden->prefix, row, "c");
    }
    SequenceBatch *batch = sequence_batch_create(count, source->longest, input, DTYPE_F64);
    sequence_batch_load(batch, source, count, index, length);
    return batch;
}

static void compare_states(Golden *golden, const Network *network, const char *name, Matrix first, Matrix final) {
    const CsvTable *table = golden->first;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!of_case(table, row, name)) continue;
        int kind = golden_is(table, row, "state", "c"), kinds = network->cell->state_count;
        int dim = (support_whole(table, row, "layer") * kinds + kind) * network->hidden + support_whole(table, row, "unit");
        warmup_golden_compare(&golden->firsts, matrix_get(first, support_whole(table, row, "sample"), our_column(network, dim)),
                              support_number(table, row, "value"), 1e-7, name);
    }
    table = golden->final;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!of_case(table, row, name)) continue;
        int col = our_column(network, support_whole(table, row, "dim"));
        warmup_golden_compare(&golden->finals, matrix_get(final, support_whole(table, row, "sample"), col),
                              support_number(table, row, "value"), 1e-7, name);
    }
}

static void golden_case(Golden *golden, size_t row) {
    const CsvTable *cases = golden->cases;
    const char *name = csv_text(cases, row, csv_column(cases, "case"));
    NetworkParams shape = warmup_golden_shape(cases, row);
    VaaParams params = {.samples = support_whole(cases, row, "n"), .horizon = support_whole(cases, row, "M"), .estimates = 1};
    Network *network = network_create(&shape, support_whole(cases, row, "input_size"), 1, DTYPE_F64);
    warmup_golden_weights(network, golden->weights, "case", name);
    WarmupGoldenInputs inputs = warmup_golden_inputs(golden->inputs, name);
    SequenceSource source = warmup_golden_source(&inputs);
    SequenceBatch *prefixes = golden_prefixes(golden, name, &source, network->input);
    Matrix u = owned(1, network->input);
    for (size_t r = 0; r < csv_rows(golden->u); r++) {
        if (of_case(golden->u, r, name))
            matrix_set(u, 0, support_whole(golden->u, r, "k"), support_number(golden->u, r, "value"));
    }
    Vaa *vaa = vaa_create(&params, &shape, network->input, 1, source.longest);
    Matrix first = owned(params.samples, vaa_state_size(network)), final = owned(params.samples, vaa_state_size(network));
    assert_true(vaa_final_states(vaa, network, prefixes, u, 0, first));
    assert_true(vaa_final_states(vaa, network, prefixes, u, params.horizon, final));
    compare_states(golden, network, name, first, final);
    warmup_golden_compare(&golden->values, vaa_of_states(final, support_number(cases, row, "epsilon")),
                          support_number(cases, row, "value"), 1e-9, name);
    free(first.data);
    free(final.data);
    free(u.data);
    vaa_destroy(vaa);
    sequence_batch_destroy(prefixes);
    network_destroy(network);
}

static void golden_networks(void **state) {
    (void)state;
    Golden golden = {.cases = support_table(WARMUP_GOLDEN "vaa_cases.csv"),
                     .weights = support_table(WARMUP_GOLDEN "vaa_weights.csv"),
                     .inputs = support_table(WARMUP_GOLDEN "vaa_inputs.csv"),
                     .prefix = support_table(WARMUP_GOLDEN "vaa_prefix.csv"),
                     .u = support_table(WARMUP_GOLDEN "vaa_u.csv"),
                     .first = support_table(WARMUP_GOLDEN "vaa_h0.csv"),
                     .final = support_table(WARMUP_GOLDEN "vaa_final.csv")};
    for (size_t row = 0; row < csv_rows(golden.cases); row++) {
        if (golden_is(golden.cases, row, "func", "vaa")) golden_case(&golden, row);
    }
    warmup_golden_tell(&golden.values, "vaa_cases.csv, vaa", 14);
    warmup_golden_tell(&golden.firsts, "vaa_h0.csv, vaa", 1032);
    warmup_golden_tell(&golden.finals, "vaa_final.csv, vaa", 1032);
    csv_destroy(golden.cases);
    csv_destroy(golden.weights);
    csv_destroy(golden.inputs);
    csv_destroy(golden.prefix);
    csv_destroy(golden.u);
    csv_destroy(golden.first);
    csv_destroy(golden.final);
}

// ---- closed forms --------------------------------------------------------------------------------------------------------------

// n states in K places, taken in turn: K / n, whatever K divides n or not.
static void counts_places(void **state) {
    (void)state;
    enum { N = 12 };
    Matrix states = owned(N, 3);
    for (int places = 1; places <= N; places++) {
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < 3; j++) {
                const int round = i / places;
                matrix_set(states, i, j, (i % places) * 0.01 + j + 1e-6 * round / N);
            }
        }
        assert_near(vaa_of_states(states, 1e-4), (double)places / N, 1e-14);
    }
    free(states.data);
}

// A chain whose neighbours are near, but not the next but one: the ends have 2 in reach, the others 3. And "nearer than" is strict.
static void chain_and_strictness(void **state) {
    (void)state;
    Matrix states = owned(5, 1);
    for (int i = 0; i < 5; i++) matrix_set(states, i, 0, i);
    assert_near(vaa_of_states(states, 1.5), (2.0 / 2 + 3.0 / 3) / 5, 1e-15);
    assert_near(vaa_of_states(states, 1), 1, 0);
    assert_near(vaa_of_states(states, 1 + 1e-12), 0.4, 1e-15);
    assert_near(vaa_of_states(matrix_rows(states, 3, 1), 1e-4), 1, 0);
    matrix_set(states, 2, 0, NAN);
    assert_true(isnan(vaa_of_states(states, 1.5)));
    matrix_set(states, 2, 0, INFINITY);
    assert_true(isnan(vaa_of_states(states, 1.5)));
    assert_true(isnan(vaa_of_states(matrix_rows(states, 0, 0), 1.5)));
    free(states.data);
}

// ---- networks ------------------------------------------------------------------------------------------------------------------

static int normal_steps(void *context, int64_t index) {
    (void)context, (void)index;
    return LONGEST;
}

static void normal_read(void *context, int64_t index, int steps, Matrix out) {
    (void)context;
    assert_true(index >= 0 && index < SEQUENCES && steps >= 1 && steps <= LONGEST);
    Rng rng = rng_stream(4, RNG_TEST, (uint64_t)index);
    rng_normals(&rng, out);
}

static const SequenceSource source = {.longest = LONGEST, .count = SEQUENCES, .steps = normal_steps, .read = normal_read};

static const VaaParams few = {.samples = 8, .horizon = 400, .estimates = 3, .tolerance = 1e-4};

static NetworkParams shape_of(int cell, int layers, int hidden, bool doubled) {
    return (NetworkParams){.cell = cell, .layers = layers, .hidden = hidden, .doubled = doubled};
}

static Network *random_network(const NetworkParams *shape, DType type, double bound) {
    Network *network = network_create(shape, INPUT, OUTPUT, type);
    Rng rng = rng_stream(6, RNG_INITIALISATION, (uint64_t)shape->cell);
    for (int i = 0; i < weights_count(network->weights); i++) weights_uniform(network->weights, i, bound, &rng);
    return network;
}

static VaaEstimate estimate(const VaaParams *params, const NetworkParams *shape, const Network *network, uint64_t index) {
    Vaa *vaa = vaa_create(params, shape, INPUT, OUTPUT, LONGEST);
    VaaEstimate out = vaa_estimate(vaa, network, &source, 3, index);
    vaa_destroy(vaa);
    return out;
}

// Small weights: one place, at rest soon, for every cell; in single precision the same.
static void monostable_networks(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        if (strcmp(cell_names[c], "brc") == 0 || strcmp(cell_names[c], "nbrc") == 0) continue;    // zero is half stable: slow
        for (int k = 0; k < 4; k++) {
            NetworkParams shape = shape_of(c, 2, 6, k >= 2);
            Network *network = random_network(&shape, k % 2 ? DTYPE_F64 : DTYPE_F32, 0.3);
            VaaEstimate found = estimate(&few, &shape, network, 0);
            assert_near(found.value, 1.0 / few.samples, 1e-15);
            assert_true(found.settled == 1);
            network_destroy(network);
        }
    }
}

// Neurons of a BRC whose feedback a = 1 + tanh(b_a) is fixed and which are fed nothing: h = tanh(a h) has two stable states if a > 1, otherwise
// only zero (Vecoven, Ernst, Drion 2021).
static Network *brc_network(int hidden, double a) {
    NetworkParams shape = shape_of(3, 1, hidden, false);
    Network *network = network_create(&shape, 1, OUTPUT, DTYPE_F64);
    assert_string_equal(network->cell->name, "brc");
    Matrix input = weights_value(network->weights, 0), bias = weights_value(network->weights, 3);
    for (int i = 0; i < hidden; i++) {
        matrix_set(input, 0, 2 * hidden + i, 0.5);                                   // U_h
        matrix_set(bias, 0, hidden + i, 0.5 * (vmath_log(a) - vmath_log(2 - a)));    // atanh(a - 1)
    }
    return network;
}

static void brc_neuron(void **state) {
    (void)state;
    static const struct { double a, rest; } cases[] = {{0.8, 0}, {1.2, 0.6586}, {1.5, 0.8586}, {1.9, 0.94667}};
    NetworkParams shape = shape_of(3, 1, 1, false);
    VaaParams params = {.samples = 2, .horizon = 2000, .estimates = 1, .tolerance = 1e-4};
    Vaa *vaa = vaa_create(&params, &shape, 1, OUTPUT, LONGEST);
    double inputs[2] = {1, -1}, zero[1] = {0}, memory[2];
    SequenceBatch prefixes = {.count = 2, .steps = 1, .rows = 2, .order = (int[]){1, 0}, .active = (int[]){2}};
    prefixes.x = matrix_view(DTYPE_F64, 2, 1, inputs);
    Matrix states = matrix_view(DTYPE_F64, 2, 1, memory);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Network *network = brc_network(1, cases[k].a);
        assert_true(vaa_final_states(vaa, network, &prefixes, matrix_view(DTYPE_F64, 1, 1, zero), 2000, states));
        assert_near(memory[1], cases[k].rest, 1e-4);    // the first row is sequence 1
        assert_near(memory[0], -cases[k].rest, 1e-4);
        assert_near(memory[1], vmath_tanh(cases[k].a * memory[1]), 1e-15);
        assert_near(vaa_of_states(states, 1e-4), cases[k].rest > 0 ? 1 : 0.5, 0);
        network_destroy(network);
    }
    vaa_destroy(vaa);
}

// What stopping early rests on: for networks at rest, in cycles and chaotic, the states are those of as many single steps, to the last bit.
static void stopping_early_changes_nothing(void **state) {
    (void)state;
    enum { N = 5 };
    static const double bounds[] = {0.3, 2, 6};
    static const int horizons[] = {1, 2, 63, 64, 65, 130, 333, 1001};
    int64_t index[N] = {3, 1, 4, 15, 9};
    int length[N] = {5, 12, 1, 5, 7};
    int settled = 0, moving = 0;
    for (int c = 0; c < GOLDEN_CELLS * 3; c++) {
        NetworkParams shape = shape_of(c / 3, 2, 6, c % 2 != 0);
        VaaParams params = {.samples = N, .horizon = 1, .estimates = 1, .tolerance = 1e-4};
        Network *network = random_network(&shape, DTYPE_F64, bounds[c % 3]);
        Vaa *vaa = vaa_create(&params, &shape, INPUT, OUTPUT, LONGEST);
        SequenceBatch *prefixes = sequence_batch_create(N, LONGEST, INPUT, DTYPE_F64);
        sequence_batch_load(prefixes, &source, N, index, length);
        double u_memory[INPUT] = {0.7, -0.4}, x_memory[N * INPUT], y_memory[N * OUTPUT];
        Matrix x = matrix_view(DTYPE_F64, N, INPUT, x_memory), y = matrix_view(DTYPE_F64, N, OUTPUT, y_memory);
        Matrix u = matrix_view(DTYPE_F64, 1, INPUT, u_memory), last = owned(N, vaa_state_size(network)),
               start = owned(N, vaa_state_size(network));
        for (int i = 0; i < N; i++) memcpy(x_memory + i * INPUT, u_memory, sizeof u_memory);
        assert_true(vaa_final_states(vaa, network, prefixes, u, 0, start));
        NetworkState *steps = network_state_create(network, N, linalg_portable());
        network_state_load(steps, network);
        for (int k = 0; k < network_state_count(network); k++) {
            int kinds = network->cell->state_count, cell = k / kinds;
            Matrix own = network_state_matrix(steps, cell / network->parts, cell % network->parts, k % kinds);
            matrix_copy(matrix_cols(start, k * network->width, network->width), own);
        }
        for (int m = 1, h = 0; h < (int)(sizeof horizons / sizeof *horizons); m++) {
            network_step(steps, x, y);
            if (m != horizons[h]) continue;
            h++;
            assert_true(vaa_final_states(vaa, network, prefixes, u, m, last));
            for (int k = 0; k < network_state_count(network); k++) {
                int kinds = network->cell->state_count, cell = k / kinds;
                Matrix own = network_state_matrix(steps, cell / network->parts, cell % network->parts, k % kinds);
                for (int i = 0; i < N; i++) {
                    assert_memory_equal(matrix_row(own, i),
                                        matrix_row(matrix_cols(last, k * network->width, network->width), i),
                                        (size_t)network->width * sizeof(double));
                }
            }
        }
        VaaParams longer = few;
        longer.horizon = 3000;
        VaaEstimate found = estimate(&longer, &shape, network, 0);
        settled += found.settled == 1;
        moving += found.settled == 0;
        free(last.data);
        free(start.data);
        network_state_destroy(steps);
        sequence_batch_destroy(prefixes);
        vaa_destroy(vaa);
        network_destroy(network);
    }
    print_message("of %d networks %d settle in every estimate, %d in none\n", GOLDEN_CELLS * 3, settled, moving);
    assert_true(settled >= 5 && moving > 0);
}

// h' = tanh(-5 h) goes to and fro between +-0.9999 for ever: an exact cycle of two steps, recognised as such. Sequences that differ in sign stay
// apart, whether the horizon is even or odd.
static void cycles_are_recognised(void **state) {
    (void)state;
    NetworkParams shape = shape_of(0, 1, 1, false);
    Network *network = network_create(&shape, INPUT, OUTPUT, DTYPE_F64);
    matrix_set(weights_value(network->weights, 0), 0, 2, 1);      // W_in
    matrix_set(weights_value(network->weights, 1), 0, 2, -5);     // W_hn
    matrix_set(weights_value(network->weights, 2), 0, 0, 40);     // r = 1
    matrix_set(weights_value(network->weights, 2), 0, 1, -50);    // z = 0
    double inputs[2 * INPUT] = {1, 0, -1, 0}, zero[INPUT] = {0}, memory[2], cycle = 0.9999;
    SequenceBatch prefixes = {.count = 2, .steps = 1, .rows = 2, .order = (int[]){0, 1}, .active = (int[]){2}};
    prefixes.x = matrix_view(DTYPE_F64, 2, INPUT, inputs);
    Matrix states = matrix_view(DTYPE_F64, 2, 1, memory), u = matrix_view(DTYPE_F64, 1, INPUT, zero);
    VaaParams params = {.samples = 2, .horizon = 10000, .estimates = 4, .tolerance = 1e-4};
    Vaa *vaa = vaa_create(&params, &shape, INPUT, OUTPUT, LONGEST);
    for (int m = 1000; m < 1004; m++) {
        assert_true(vaa_final_states(vaa, network, &prefixes, u, m, states));
        assert_near(memory[0], m % 2 ? -cycle : cycle, 1e-4);
        assert_near(memory[1], m % 2 ? cycle : -cycle, 1e-4);
        assert_near(vaa_of_states(states, params.tolerance), 1, 0);
    }
    assert_true(vaa_estimate(vaa, network, &source, 3, 0).settled == 1);
    vaa_destroy(vaa);
    network_destroy(network);
}

// The value depends on seed and index alone, not on what was estimated before; other indices draw other things.
static void streams_by_index(void **state) {
    (void)state;
    NetworkParams shape = shape_of(1, 2, 8, false);
    Network *network = random_network(&shape, DTYPE_F32, 1.6);
    Vaa *vaa = vaa_create(&few, &shape, INPUT, OUTPUT, LONGEST);
    double first[6];
    bool differ = false;
    for (int k = 0; k < 6; k++) {
        first[k] = vaa_estimate(vaa, network, &source, 3, (uint64_t)k).value;
        assert_true(first[k] >= 1.0 / few.samples && first[k] <= 1 + 1e-12);
        differ = differ || first[k] != first[0];
    }
    assert_true(differ);
    for (int k = 5; k >= 0; k--) assert_true(vaa_estimate(vaa, network, &source, 3, (uint64_t)k).value == first[k]);
    assert_true(estimate(&few, &shape, network, 4).value == first[4]);
    vaa_destroy(vaa);
    vaa_destroy(NULL);
    network_destroy(network);
}

static void undefined_stays_visible(void **state) {
    (void)state;
    NetworkParams shape = shape_of(0, 2, 5, false);
    Network *network = random_network(&shape, DTYPE_F32, 0.5);
    matrix_set(weights_value(network->weights, 1), 2, 3, NAN);
    VaaEstimate found = estimate(&few, &shape, network, 0);
    assert_true(isnan(found.value) && found.settled == 0);
    network_destroy(network);
}

static void defaults(void **state) {
    (void)state;
    VaaParams params;
    param_defaults(&vaa_params, &params);
    assert_true(params.period == 0 && params.samples == 32 && params.horizon == 10000 && params.estimates == 10);
    assert_true(params.tolerance == 1e-4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_sets),
        cmocka_unit_test(golden_networks),
        cmocka_unit_test(counts_places),
        cmocka_unit_test(chain_and_strictness),
        cmocka_unit_test(monostable_networks),
        cmocka_unit_test(brc_neuron),
        cmocka_unit_test(stopping_early_changes_nothing),
        cmocka_unit_test(cycles_are_recognised),
        cmocka_unit_test(streams_by_index),
        cmocka_unit_test(undefined_stays_visible),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
