// Warmup against the authors' program: VAA* of every layer, gradients, five steps. Then what runs rely on: that it can be resumed, what it leaves
// alone, what its controls do.
#include "algorithms/training/warmup.h"

#include "algorithms/training/vaa_star.h"
#include "algorithms/training/warmup_internal.h"
#include "core/optim.h"
#include "tests/algorithms/warmup_golden.h"

enum { LAYERS_MAX = 4, BATCH_MAX = 16, WIDTH_MAX = 16 };

// ---- golden values -----------------------------------------------------------------------------------------------------------

// A case of a table as our program sees it.
typedef struct Case {
    WarmupParams params;
    Network *network;
    WarmupGoldenInputs inputs;
    SequenceBatch *prefixes;
    double memory[LAYERS_MAX][WIDTH_MAX];
    Matrix u[LAYERS_MAX];
    WarmupDraw draw;
} Case;

static void case_u(Case *c, const CsvTable *table, const char *key, const char *name, const char *func) {
    for (int layer = 0; layer < c->network->layers; layer++)
        c->u[layer] = matrix_view(DTYPE_F64, 1, network_layer_input(c->network, layer), c->memory[layer]);
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, key, name) || (func && !golden_is(table, row, "func", func))) continue;
        matrix_set(c->u[support_whole(table, row, "layer")], 0, support_whole(table, row, "k"),
                   support_number(table, row, "value"));
    }
}

static void case_prefixes(Case *c, const CsvTable *table, const char *name, const char *func) {
    int64_t index[BATCH_MAX];
    int length[BATCH_MAX], count = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "case", name) || (func && !golden_is(table, row, "func", func))) continue;
        index[count] = support_whole(table, row, "sample");
        length[count++] = support_whole(table, row, "c");
    }
    SequenceSource source = warmup_golden_source(&c->inputs);
    c->prefixes = sequence_batch_create(count, source.longest, c->network->input, DTYPE_F64);
    sequence_batch_load(c->prefixes, &source, count, index, length);
}

// From <group>_weights.csv and its companions; `func` where they tell two kinds apart.
static Case *case_create(const CsvTable *cases, size_t row, const char *group, const char *func) {
    Case *c = memory_zeroed(1, sizeof *c);
    const char *name = csv_text(cases, row, csv_column(cases, "case"));
    CsvTable *tables[4];
    static const char *const files[] = {"weights", "inputs", "prefix", "u"};
    for (int k = 0; k < 4; k++) {
        char *path = memory_format(WARMUP_GOLDEN "%s_%s.csv", group, files[k]);
        tables[k] = support_table(path);
        free(path);
    }
    NetworkParams shape = warmup_golden_shape(cases, row);
    param_defaults(&warmup_params, &c->params);
    c->params.tolerance = support_number(cases, row, "epsilon");
    c->params.partial = shape.doubled;
    c->network = network_create(&shape, support_whole(cases, row, "input_size"), 1, DTYPE_F64);
    warmup_golden_weights(c->network, tables[0], "case", name);
    c->inputs = warmup_golden_inputs(tables[1], name);
    case_prefixes(c, tables[2], name, func);
    case_u(c, tables[3], "case", name, func);
    c->draw = (WarmupDraw){c->prefixes, support_whole(cases, row, "M"), c->u};
    for (int k = 0; k < 4; k++) csv_destroy(tables[k]);
    return c;
}

static void case_destroy(Case *c) {
    sequence_batch_destroy(c->prefixes);
    network_destroy(c->network);
    free(c);
}

// The states of a layer's first part against the rows of a file: after the prefixes (`state` h or c), or at last (h, then c).
static void compare_states(const Case *c, Node **states, const CsvTable *table, const char *name, int layer, bool final,
                           WarmupGoldenWorst *worst) {
    int width = c->network->width;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "case", name) || !golden_is(table, row, "func", "vaa_star")) continue;
        if (support_whole(table, row, "layer") != layer) continue;
        int unit = support_whole(table, row, final ? "dim" : "unit"), kind = final ? unit / width : 0, sorted = 0;
        if (!final && unit >= width) continue;    // the second part
        if (!final) kind = golden_is(table, row, "state", "c");
        while (c->prefixes->order[sorted] != support_whole(table, row, "sample")) sorted++;
        warmup_golden_compare(worst, matrix_get(states[kind]->value, sorted, unit % width), support_number(table, row, "value"),
                              1e-7, name);
    }
}

// VAA* of single layers, the states before and after the horizon.
static void golden_layers(void **state) {
    (void)state;
    CsvTable *cases = support_table(WARMUP_GOLDEN "vaa_cases.csv"), *first = support_table(WARMUP_GOLDEN "vaa_h0.csv");
    CsvTable *last = support_table(WARMUP_GOLDEN "vaa_final.csv");
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    WarmupGoldenWorst values = {0}, firsts = {0}, lasts = {0};
    for (size_t row = 0; row < csv_rows(cases); row++) {
        if (!golden_is(cases, row, "func", "vaa_star")) continue;
        Case *c = case_create(cases, row, "vaa", "vaa_star");
        const char *name = csv_text(cases, row, csv_column(cases, "case"));
        int layer = support_whole(cases, row, "layer");
        tape_reset(tape, false);
        Node **weights = tape_weights(tape, c->network->weights), *stars[LAYERS_MAX], *states[8];
        warmup_loss(&c->params, c->network, tape, weights, &c->draw, stars);
        warmup_golden_compare(&values, matrix_get(stars[layer]->value, 0, 0), support_number(cases, row, "value"), 1e-9, name);
        network_final_states(c->network, tape, weights, tape_constant(tape, c->prefixes->x), c->prefixes->steps,
                             c->prefixes->active, states);
        Node **own = states + network_state_index(c->network, layer, 0, 0);
        compare_states(c, own, first, name, layer, false, &firsts);
        network_hold(c->network, tape, weights, layer, 0, tape_constant(tape, c->u[layer]), c->draw.horizon, own);
        compare_states(c, own, last, name, layer, true, &lasts);
        case_destroy(c);
    }
    warmup_golden_tell(&values, "vaa_cases.csv, vaa_star", 27);
    print_message("vaa_h0.csv: worst deviation: %.2g of %d numbers\n", firsts.deviation, firsts.compared);
    print_message("vaa_final.csv: worst deviation: %.2g of %d numbers\n", lasts.deviation, lasts.compared);
    assert_true(firsts.compared > 700 && lasts.compared > 700);
    tape_destroy(tape);
    csv_destroy(cases);
    csv_destroy(first);
    csv_destroy(last);
}

// What a row of grad_values.csv is the gradient of.
static Node *target_of(const CsvTable *table, size_t row, Node *loss, Node **stars) {
    if (golden_is(table, row, "target", "loss")) return loss;
    return stars[golden_is(table, row, "target", "vaa_star_1")];
}

static void compare_gradients(const Case *c, const CsvTable *table, const char *name, const char *target, Tape *tape,
                              WarmupGoldenWorst *worst) {
    bool done = false;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "case", name) || !golden_is(table, row, "target", target)) continue;
        if (!done) {
            Node *stars[LAYERS_MAX];
            matrix_zero(weights_gradients(c->network->weights));
            tape_reset(tape, true);
            Node *loss = warmup_loss(&c->params, c->network, tape, tape_weights(tape, c->network->weights), &c->draw, stars);
            tape_backward(tape, target_of(table, row, loss, stars));
            done = true;
        }
        warmup_golden_compare(worst, warmup_golden_number(c->network, weights_gradient, table, row),
                              support_number(table, row, "grad"), 1e-9, name);
    }
}

static void golden_gradients(void **state) {
    (void)state;
    CsvTable *cases = support_table(WARMUP_GOLDEN "grad_cases.csv"), *table = support_table(WARMUP_GOLDEN "grad_values.csv");
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    WarmupGoldenWorst values = {0}, gradients = {0};
    for (size_t row = 0; row < csv_rows(cases); row++) {
        Case *c = case_create(cases, row, "grad", NULL);
        const char *name = csv_text(cases, row, csv_column(cases, "case"));
        Node *stars[LAYERS_MAX];
        c->params.target = support_number(cases, row, "vaa_target");
        tape_reset(tape, false);
        Node *loss = warmup_loss(&c->params, c->network, tape, tape_weights(tape, c->network->weights), &c->draw, stars);
        warmup_golden_compare(&values, matrix_get(loss->value, 0, 0), support_number(cases, row, "loss"), 1e-9, name);
        static const char *const columns[] = {"vaa_star_layer0", "vaa_star_layer1"};
        for (int layer = 0; layer < c->network->layers; layer++) {
            warmup_golden_compare(&values, matrix_get(stars[layer]->value, 0, 0), support_number(cases, row, columns[layer]),
                                  1e-9, name);
        }
        static const char *const targets[] = {"vaa_star_0", "vaa_star_1", "loss"};
        for (int k = 0; k < 3; k++) compare_gradients(c, table, name, targets[k], tape, &gradients);
        case_destroy(c);
    }
    warmup_golden_tell(&values, "grad_cases.csv", 17);
    warmup_golden_tell(&gradients, "grad_values.csv", (int)csv_rows(table));
    tape_destroy(tape);
    csv_destroy(cases);
    csv_destroy(table);
}

static SequenceBatch *golden_batch(const CsvTable *batches, int step, WarmupGoldenInputs *inputs) {
    int64_t index[BATCH_MAX];
    int length[BATCH_MAX], count = 0;
    for (size_t row = 0; row < csv_rows(batches); row++) {
        if (support_whole(batches, row, "step") != step) continue;
        index[count] = support_whole(batches, row, "sample_index");
        length[count++] = support_whole(batches, row, "c");
    }
    SequenceSource source = warmup_golden_source(inputs);
    SequenceBatch *batch = sequence_batch_create(count, source.longest, 1, DTYPE_F64);
    sequence_batch_load(batch, &source, count, index, length);
    return batch;
}

static void compare_weights(const Network *network, const CsvTable *table, WarmupGoldenWorst *worst) {
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, "when", "after_5_steps")) continue;
        warmup_golden_compare(worst, warmup_golden_number(network, weights_value, table, row),
                              support_number(table, row, "value"), 1e-9, "after five steps");
    }
}

static void golden_steps(void **state) {
    (void)state;
    CsvTable *table = support_table(WARMUP_GOLDEN "warmup_weights.csv"),
             *steps = support_table(WARMUP_GOLDEN "warmup_steps.csv");
    CsvTable *sequences = support_table(WARMUP_GOLDEN "warmup_inputs.csv"),
             *batches = support_table(WARMUP_GOLDEN "warmup_batches.csv");
    CsvTable *u = support_table(WARMUP_GOLDEN "warmup_u.csv");
    WarmupGoldenInputs inputs = warmup_golden_inputs(sequences, NULL);
    Case c = {.network = network_create(&(NetworkParams){.layers = 2, .hidden = 3}, 1, 1, DTYPE_F64)};
    param_defaults(&warmup_params, &c.params);
    warmup_golden_weights(c.network, table, "when", "before");
    OptimParams adam = optim_default_params();
    adam.learning_rate = c.params.rate;
    Optim *optim = optim_create(adam, c.network->weights);
    Tape *tape = tape_create(DTYPE_F64, linalg_portable());
    WarmupGoldenWorst values = {0}, weights = {0};
    for (int step = 0; step < (int)csv_rows(steps); step++) {
        char name[16];
        snprintf(name, sizeof name, "%d", step);
        Node *stars[LAYERS_MAX];
        SequenceBatch *batch = golden_batch(batches, step, &inputs);
        case_u(&c, u, "step", name, NULL);
        WarmupDraw draw = {batch, support_whole(steps, (size_t)step, "M"), c.u};
        matrix_zero(weights_gradients(c.network->weights));
        tape_reset(tape, true);
        Node *loss = warmup_loss(&c.params, c.network, tape, tape_weights(tape, c.network->weights), &draw, stars);
        tape_backward(tape, loss);
        optim_step(optim, c.network->weights);
        warmup_golden_compare(&values, matrix_get(loss->value, 0, 0), support_number(steps, (size_t)step, "loss"), 1e-9, name);
        warmup_golden_compare(&values, matrix_get(stars[0]->value, 0, 0),
                              support_number(steps, (size_t)step, "vaa_star_layer0"), 1e-9, name);
        warmup_golden_compare(&values, matrix_get(stars[1]->value, 0, 0),
                              support_number(steps, (size_t)step, "vaa_star_layer1"), 1e-9, name);
        sequence_batch_destroy(batch);
    }
    compare_weights(c.network, table, &weights);
    warmup_golden_tell(&values, "warmup_steps.csv", 15);
    warmup_golden_tell(&weights, "warmup_weights.csv", network_parameter_count(c.network));
    optim_destroy(optim);
    tape_destroy(tape);
    network_destroy(c.network);
    csv_destroy(table);
    csv_destroy(steps);
    csv_destroy(sequences);
    csv_destroy(batches);
    csv_destroy(u);
}

// ---- whole warmups -----------------------------------------------------------------------------------------------------------

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
        cmocka_unit_test(golden_layers),
        cmocka_unit_test(golden_gradients),
        cmocka_unit_test(golden_steps),
        cmocka_unit_test(only_recurrent_weights_move),
        cmocka_unit_test(partial_leaves_the_last_second_cell),
        cmocka_unit_test(resumed_as_if_undisturbed),
        cmocka_unit_test(refuses_a_foreign_position),
        cmocka_unit_test(sequences_without_replacement),
        cmocka_unit_test(permuted_has_the_same_numbers),
        cmocka_unit_test(rescaled_has_direction_and_norm),
        cmocka_unit_test(parameters_are_checked),
        cmocka_unit_test(loss_that_is_not_finite),
        cmocka_unit_test(raises_the_variability),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
