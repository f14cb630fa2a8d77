// Warmup against the authors' program: VAA* of every layer and the states it is of, gradients, five steps.
#include "algorithms/training/warmup_internal.h"
#include "core/optim.h"
#include "tests/algorithms/warmup_golden.h"

enum { LAYERS_MAX = 4, BATCH_MAX = 16, WIDTH_MAX = 16 };

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_layers),
        cmocka_unit_test(golden_gradients),
        cmocka_unit_test(golden_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
