// Whole warmups, what runs rely on: that one can be resumed, what it leaves alone, what its controls do. Golden values: test_warmup_golden.c.
#include "algorithms/training/warmup.h"

#include "tests/algorithms/golden.h"

enum { INPUT = 2, OUTPUT = 3, SEQUENCES = 11, LONGEST = 7, BATCH = 4 };

static int random_steps(void *context, int64_t index) {
    (void)context;
    return LONGEST - (int)(index % 3);
}

static void random_read(void *context, int64_t index, int steps, Matrix out) {
    (void)context;
    Rng rng = rng_stream(9, RNG_TEST, (uint64_t)index);
    for (int t = 0; t < steps; t++) {
        for (int k = 0; k < out.cols; k++) matrix_set(out, t, k, rng_between(&rng, -2, 2));
    }
}

static const SequenceSource source = {.longest = LONGEST, .count = SEQUENCES, .steps = random_steps, .read = random_read};

static WarmupParams params_of(int steps, WarmupPlacebo placebo, bool partial) {
    WarmupParams params;
    param_defaults(&warmup_params, &params);
    params.steps = steps;
    params.batch = BATCH;
    params.placebo = placebo;
    params.partial = partial;
    return params;
}

static Network *random_network(int cell, bool doubled, DType type, uint64_t seed) {
    NetworkParams shape = {.cell = cell, .layers = 2, .hidden = 6, .doubled = doubled};
    Network *network = network_create(&shape, INPUT, OUTPUT, type);
    Rng rng = rng_stream(seed, RNG_INITIALISATION, (uint64_t)cell);
    network_initialise(network, &rng);
    return network;
}

static void run_steps(Warmup *warmup, int count) {
    Error error = {0};
    WarmupStep out;
    for (int k = 0; k < count; k++) {
        if (!warmup_step(warmup, &source, &out, &error)) fail_msg("%s", error.message);
        assert_true(out.horizon >= 1 && out.horizon <= 1 + 10 * ((int)warmup_done(warmup) - 1));
        assert_true(out.loss >= 0 && out.vaa_star > 0 && out.vaa_star <= 1 + 1e-6);
    }
}

static Network *warmed(int cell, bool doubled, DType type, const WarmupParams *params) {
    Network *network = random_network(cell, doubled, type, 1);
    Warmup *warmup = warmup_create(params, network, LONGEST, 17, linalg_portable());
    run_steps(warmup, params->steps);
    assert_true(warmup_over(warmup) && warmup_done(warmup) == params->steps);
    warmup_destroy(warmup);
    return network;
}

static bool same(Matrix a, Matrix b) {
    for (int i = 0; i < a.rows; i++) {
        if (memcmp(matrix_row(a, i), matrix_row(b, i), (size_t)a.cols * dtype_size(a.type)) != 0) return false;
    }
    return true;
}

static bool same_weight(const Network *a, const Network *b, int index) {
    return same(weights_value(a->weights, index), weights_value(b->weights, index));
}

// Every recurrent matrix moves, the head does not.
static void only_recurrent_weights_move(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        for (int k = 0; k < 4; k++) {
            DType type = k % 2 ? DTYPE_F64 : DTYPE_F32;
            WarmupParams params = params_of(3, WARMUP_REAL, false);
            Network *network = warmed(c, k >= 2, type, &params), *fresh = random_network(c, k >= 2, type, 1);
            int head = network_first_weight(network, 2, 0);
            for (int i = 0; i < weights_count(network->weights); i++)
                assert_true(same_weight(network, fresh, i) == (i >= head));
            network_destroy(network);
            network_destroy(fresh);
        }
    }
}

// With partial warmup the second cell of the last layer stays; that of the layer below is read by the first cell above, and moves.
static void partial_leaves_the_last_second_cell(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        WarmupParams params = params_of(4, WARMUP_REAL, true);
        Network *network = warmed(c, true, DTYPE_F32, &params), *fresh = random_network(c, true, DTYPE_F32, 1);
        for (int k = 0; k < network->cell->weight_count; k++) {
            assert_true(same_weight(network, fresh, network_first_weight(network, 1, 1) + k));
            assert_false(same_weight(network, fresh, network_first_weight(network, 1, 0) + k));
            assert_false(same_weight(network, fresh, network_first_weight(network, 0, 1) + k));
        }
        network_destroy(network);
        network_destroy(fresh);
    }
}

// Stopped after any step, saved, loaded into fresh objects: the same weights to the last bit, also across passes over the 11 sequences.
static void resumed_as_if_undisturbed(void **state) {
    (void)state;
    enum { STEPS = 8 };
    for (int placebo = WARMUP_REAL; placebo <= WARMUP_RESCALED; placebo++) {
        WarmupParams params = params_of(STEPS, (WarmupPlacebo)placebo, false);
        Network *undisturbed = warmed(1, false, DTYPE_F32, &params);
        for (int stop = 0; stop <= STEPS; stop++) {
            Error error = {0};
            MemoryArchive *memory = memory_archive_create();
            Network *network = random_network(1, false, DTYPE_F32, 1), *other = random_network(1, false, DTYPE_F32, 2);
            Warmup *warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
            run_steps(warmup, stop);
            Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
            weights_archive(network->weights, archive);
            warmup_archive(warmup, archive);
            assert_true(archive_destroy(archive, &error));
            warmup_destroy(warmup);
            warmup = warmup_create(&params, other, LONGEST, 17, linalg_portable());
            archive = memory_archive_open(memory, ARCHIVE_LOAD);
            weights_archive(other->weights, archive);
            warmup_archive(warmup, archive);
            if (!archive_destroy(archive, &error)) fail_msg("%s", error.message);
            assert_int_equal(warmup_done(warmup), stop);
            run_steps(warmup, STEPS - stop);
            assert_true(same(weights_values(other->weights), weights_values(undisturbed->weights)));
            warmup_destroy(warmup);
            memory_archive_destroy(memory);
            network_destroy(network);
            network_destroy(other);
        }
        network_destroy(undisturbed);
    }
}

static void refuses_a_foreign_position(void **state) {
    (void)state;
    Error error = {0};
    MemoryArchive *memory = memory_archive_create();
    Network *network = random_network(0, false, DTYPE_F32, 1);
    WarmupParams params = params_of(4, WARMUP_REAL, false);
    Warmup *warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
    run_steps(warmup, 4);
    Archive *archive = memory_archive_open(memory, ARCHIVE_SAVE);
    warmup_archive(warmup, archive);
    assert_true(archive_destroy(archive, &error));
    warmup_destroy(warmup);
    params.steps = 3;
    warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
    archive = memory_archive_open(memory, ARCHIVE_LOAD);
    warmup_archive(warmup, archive);
    assert_false(archive_destroy(archive, &error));
    support_assert_has(error.message, "4 lies outside 0..3");
    warmup_destroy(warmup);
    memory_archive_destroy(memory);
    network_destroy(network);
}

// ---- which sequences ------------------------------------------------------------------------------------------------------------

typedef struct Seen {
    int64_t index[64];
    int count, steps[64];
} Seen;

static int seen_steps(void *context, int64_t index) {
    (void)context, (void)index;
    return LONGEST;
}

static void seen_read(void *context, int64_t index, int steps, Matrix out) {
    Seen *seen = context;
    seen->index[seen->count] = index;
    seen->steps[seen->count++] = steps;
    random_read(NULL, index, steps, out);
}

// Each pass has every sequence once, in batches of 4, 4 and 3, in an order of its own; whole sequences where the source says so.
static void sequences_without_replacement(void **state) {
    (void)state;
    for (int whole = 0; whole < 2; whole++) {
        Error error = {0};
        WarmupStep out;
        Seen seen = {0};
        SequenceSource watched = {&seen, LONGEST, whole != 0, SEQUENCES, seen_steps, seen_read};
        Network *network = random_network(0, false, DTYPE_F32, 1);
        WarmupParams params = params_of(6, WARMUP_REAL, false);
        Warmup *warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
        int shorter = 0;
        static const int expected[] = {4, 8, 11, 15, 19, 22};
        for (int k = 0; k < 6; k++) {
            assert_true(warmup_step(warmup, &watched, &out, &error));
            assert_int_equal(seen.count, expected[k]);
        }
        bool found[2][SEQUENCES] = {0};
        for (int i = 0; i < 2 * SEQUENCES; i++) {
            assert_false(found[i / SEQUENCES][seen.index[i]]);
            found[i / SEQUENCES][seen.index[i]] = true;
            shorter += seen.steps[i] < LONGEST;
        }
        assert_true(memcmp(seen.index, seen.index + SEQUENCES, SEQUENCES * sizeof *seen.index) != 0);
        assert_true(whole ? shorter == 0 : shorter > SEQUENCES);
        warmup_destroy(warmup);
        network_destroy(network);
    }
}

// ---- controls ----------------------------------------------------------------------------------------------------------------

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int sorted_gate(Matrix gate, double *out) {
    int count = 0;
    for (int i = 0; i < gate.rows; i++) {
        for (int j = 0; j < gate.cols; j++) out[count++] = matrix_get(gate, i, j);
    }
    qsort(out, (size_t)count, sizeof *out, ascending);
    return count;
}

// Each gate has the numbers of the warmed one, elsewhere.
static void permuted_has_the_same_numbers(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        WarmupParams real = params_of(3, WARMUP_REAL, false), permuted = params_of(3, WARMUP_PERMUTED, false);
        Network *a = warmed(c, false, DTYPE_F32, &real), *b = warmed(c, false, DTYPE_F32, &permuted);
        int head = network_first_weight(a, 2, 0);
        for (int i = 0; i < weights_count(a->weights); i++) {
            Matrix x = weights_value(a->weights, i), y = weights_value(b->weights, i);
            assert_true(same(x, y) == (i >= head));
            for (int col = 0; i < head && col < x.cols; col += a->width) {
                double first[64], second[64];
                int count = sorted_gate(matrix_cols(x, col, a->width), first);
                sorted_gate(matrix_cols(y, col, a->width), second);
                assert_memory_equal(first, second, (size_t)count * sizeof *first);
            }
        }
        network_destroy(a);
        network_destroy(b);
    }
}

static double inner(Matrix a, Matrix b) {
    double sum = 0;
    for (int i = 0; i < a.rows; i++) {
        for (int j = 0; j < a.cols; j++) sum += matrix_get(a, i, j) * matrix_get(b, i, j);
    }
    return sum;
}

// Each gate has the direction of the unwarmed one and the norm of the warmed one; zeros stay zeros.
static void rescaled_has_direction_and_norm(void **state) {
    (void)state;
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        WarmupParams real = params_of(3, WARMUP_REAL, false), rescaled = params_of(3, WARMUP_RESCALED, false);
        Network *a = warmed(c, false, DTYPE_F64, &real), *b = warmed(c, false, DTYPE_F64, &rescaled);
        Network *fresh = random_network(c, false, DTYPE_F64, 1);
        int head = network_first_weight(a, 2, 0);
        for (int i = 0; i < head; i++) {
            Matrix x = weights_value(a->weights, i), y = weights_value(b->weights, i), z = weights_value(fresh->weights, i);
            for (int col = 0; col < x.cols; col += a->width) {
                Matrix gx = matrix_cols(x, col, a->width), gy = matrix_cols(y, col, a->width),
                       gz = matrix_cols(z, col, a->width);
                double before = inner(gz, gz), after = inner(gy, gy);
                assert_true(fabs(after - (before > 0 ? inner(gx, gx) : 0)) <= 1e-12 * after);
                assert_true(fabs(inner(gy, gz) - sqrt(before * after)) <= 1e-12 * after);
            }
        }
        for (int i = head; i < weights_count(a->weights); i++) assert_true(same_weight(b, fresh, i));
        network_destroy(a);
        network_destroy(b);
        network_destroy(fresh);
    }
}

// ---- mistakes, and what it is for -------------------------------------------------------------------------------------------------

static void parameters_are_checked(void **state) {
    (void)state;
    Error error = {0};
    NetworkParams single = {.layers = 2, .hidden = 4}, twofold = {.layers = 2, .hidden = 4, .doubled = true};
    WarmupParams params = params_of(1, WARMUP_REAL, true);
    assert_true(warmup_check(&params, &twofold, &error));
    assert_false(warmup_check(&params, &single, &error));
    support_assert_has(error.message, "warmup.partial");
    params.steps = 0;
    assert_true(warmup_check(&params, &single, &error));
    param_defaults(&warmup_params, &params);
    assert_true(params.steps == 0 && params.batch == 32 && params.rate == 0.01 && params.horizon_increment == 10);
    assert_true(params.horizon_maximum == 200 && params.tolerance == 1e-4 && params.target == 0.95 && !params.partial);
    assert_int_equal(params.placebo, WARMUP_REAL);
}

// Weights that are no longer finite end it with a message, and are not moved.
static void loss_that_is_not_finite(void **state) {
    (void)state;
    Error error = {0};
    WarmupStep out;
    Network *network = random_network(0, false, DTYPE_F32, 1);
    matrix_set(weights_value(network->weights, 1), 0, 0, NAN);
    double kept = matrix_get(weights_value(network->weights, 0), 0, 0);
    WarmupParams params = params_of(2, WARMUP_REAL, false);
    Warmup *warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
    assert_false(warmup_step(warmup, &source, &out, &error));
    support_assert_has(error.message, "step 0");
    assert_true(isnan(out.loss) && warmup_done(warmup) == 0);
    assert_true(matrix_get(weights_value(network->weights, 0), 0, 0) == kept);
    warmup_destroy(warmup);
    warmup_destroy(NULL);
    network_destroy(network);
}

// A hundred steps raise VAA* of a GRU that forgets.
static void raises_the_variability(void **state) {
    (void)state;
    Error error = {0};
    NetworkParams shape = {.layers = 2, .hidden = 32};
    Network *network = network_create(&shape, INPUT, OUTPUT, DTYPE_F32);
    Rng rng = rng_stream(1, RNG_INITIALISATION, 0);
    network_initialise(network, &rng);
    WarmupParams params = params_of(100, WARMUP_REAL, false);
    params.batch = SEQUENCES;
    Warmup *warmup = warmup_create(&params, network, LONGEST, 17, linalg_portable());
    double early = 0, late = 0;
    for (int k = 0; k < params.steps; k++) {
        WarmupStep out;
        assert_true(warmup_step(warmup, &source, &out, &error));
        if (k >= 10 && k < 20) early += out.vaa_star / 10;
        if (k >= 90) late += out.vaa_star / 10;
    }
    print_message("VAA* of steps 10-19: %.3f, of steps 90-99: %.3f\n", early, late);
    assert_true(late > 0.7 && late > early);
    warmup_destroy(warmup);
    network_destroy(network);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_recurrent_weights_move),     cmocka_unit_test(partial_leaves_the_last_second_cell),
        cmocka_unit_test(resumed_as_if_undisturbed),       cmocka_unit_test(refuses_a_foreign_position),
        cmocka_unit_test(sequences_without_replacement),   cmocka_unit_test(permuted_has_the_same_numbers),
        cmocka_unit_test(rescaled_has_direction_and_norm), cmocka_unit_test(parameters_are_checked),
        cmocka_unit_test(loss_that_is_not_finite),         cmocka_unit_test(raises_the_variability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
