// Networks, sequences and perturbations of tests/golden/warmup. Names of tensors: "cells.<layer>.<name>", in double layers
// "cells.<layer>.cell_<1 or 2>.<name>", "linear.weight", "linear.bias"; where they lie in our weights: tests/algorithms/golden.h.
#pragma once

#include "algorithms/networks/network.h"
#include "algorithms/networks/sequences.h"
#include "tests/algorithms/golden.h"

#define WARMUP_GOLDEN "tests/golden/warmup/"

static inline int warmup_golden_cell(const char *name) {
    if (strcmp(name, "chrono") == 0) name = "lstm";    // the same equations
    for (int c = 0; c < (int)cell_type_count; c++) {
        if (strcmp(cell_names[c], name) == 0) return c;
    }
    fail_msg("no cell %s", name);
    return 0;
}

// The network of one row of a table of cases.
static inline NetworkParams warmup_golden_shape(const CsvTable *cases, size_t row) {
    return (NetworkParams){.cell = warmup_golden_cell(csv_text(cases, row, csv_column(cases, "cell"))),
                           .layers = support_whole(cases, row, "num_layers"),
                           .hidden = support_whole(cases, row, "hidden_size"),
                           .doubled = support_whole(cases, row, "double") != 0};
}

static inline GoldenPlace warmup_golden_place(const Network *network, const char *tensor) {
    int head = network_first_weight(network, network->layers, 0), layer = 0, part = 1, used = 0;
    if (strcmp(tensor, "linear.weight") == 0) return (GoldenPlace){head, 0};
    if (strcmp(tensor, "linear.bias") == 0) return (GoldenPlace){head + 1, 0};
    assert_int_equal(sscanf(tensor, "cells.%d.%n", &layer, &used), 1);
    tensor += used;
    if (sscanf(tensor, "cell_%d.%n", &part, &used) == 1) tensor += used;
    size_t length = strlen(tensor);
    if (length > 3 && strcmp(tensor + length - 3, "_l0") == 0) length -= 3;
    const GoldenPart *found = golden_part(network->cell->name, tensor, length);
    if (!found) fail_msg("no weight %s", tensor);
    return (GoldenPlace){network_first_weight(network, layer, part - 1) + found->weight, found->block * network->width};
}

// A number of `weights` (values or gradients, as `of` says) that a row of a table stands for.
typedef Matrix WarmupGoldenArray(const Weights *weights, int index);

static inline double warmup_golden_number(const Network *network, WarmupGoldenArray *of, const CsvTable *table, size_t row) {
    GoldenPlace place = warmup_golden_place(network, csv_text(table, row, csv_column(table, "param")));
    return matrix_get(of(network->weights, place.index), support_whole(table, row, "j"),
                      place.col + support_whole(table, row, "i"));
}

// Sets the weights of the rows whose column `key` says `name`.
static inline void warmup_golden_weights(const Network *network, const CsvTable *table, const char *key, const char *name) {
    int set = 0;
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!golden_is(table, row, key, name)) continue;
        GoldenPlace place = warmup_golden_place(network, csv_text(table, row, csv_column(table, "param")));
        matrix_set(weights_value(network->weights, place.index), support_whole(table, row, "j"),
                   place.col + support_whole(table, row, "i"), support_number(table, row, "value"));
        set++;
    }
    assert_int_equal(set, network_parameter_count(network));
}

// Sequences of one length, as a source.
enum { WARMUP_GOLDEN_SEQUENCES = 16, WARMUP_GOLDEN_STEPS = 16, WARMUP_GOLDEN_INPUT = 4 };

typedef struct WarmupGoldenInputs {
    int count, steps;
    double value[WARMUP_GOLDEN_SEQUENCES][WARMUP_GOLDEN_STEPS][WARMUP_GOLDEN_INPUT];
} WarmupGoldenInputs;

static inline int warmup_golden_steps(void *context, int64_t index) {
    (void)index;
    return ((const WarmupGoldenInputs *)context)->steps;
}

static inline void warmup_golden_read(void *context, int64_t index, int steps, Matrix out) {
    const WarmupGoldenInputs *inputs = context;
    for (int t = 0; t < steps; t++) {
        for (int k = 0; k < out.cols; k++) matrix_set(out, t, k, inputs->value[index][t][k]);
    }
}

static inline SequenceSource warmup_golden_source(WarmupGoldenInputs *inputs) {
    return (SequenceSource){.context = inputs,
                            .longest = inputs->steps,
                            .count = inputs->count,
                            .steps = warmup_golden_steps,
                            .read = warmup_golden_read};
}

// Whether a row is of case `name`; name NULL: every one is.
static inline bool warmup_golden_of(const CsvTable *table, size_t row, const char *name) {
    return !name || golden_is(table, row, "case", name);
}

static inline WarmupGoldenInputs warmup_golden_inputs(const CsvTable *table, const char *name) {
    WarmupGoldenInputs inputs = {0};
    for (size_t row = 0; row < csv_rows(table); row++) {
        if (!warmup_golden_of(table, row, name)) continue;
        int sample = support_whole(table, row, "sample"), t = support_whole(table, row, "t"),
            k = support_whole(table, row, "k");
        assert_true(sample < WARMUP_GOLDEN_SEQUENCES && t < WARMUP_GOLDEN_STEPS && k < WARMUP_GOLDEN_INPUT);
        inputs.value[sample][t][k] = support_number(table, row, "value");
        if (sample >= inputs.count) inputs.count = sample + 1;
        if (t >= inputs.steps) inputs.steps = t + 1;
    }
    return inputs;
}

// The worst deviation of a file, told at its end.
typedef struct WarmupGoldenWorst {
    double deviation;
    int compared;
} WarmupGoldenWorst;

static inline void warmup_golden_compare(WarmupGoldenWorst *worst, double found, double expected, double tolerance,
                                         const char *what) {
    double deviation = fabs(found - expected);
    if (!(deviation <= tolerance)) fail_msg("%s: %.15g, expected %.15g", what, found, expected);
    worst->deviation = fmax(worst->deviation, deviation);
    worst->compared++;
}

static inline void warmup_golden_tell(const WarmupGoldenWorst *worst, const char *what, int expected_count) {
    assert_int_equal(worst->compared, expected_count);
    print_message("%s: worst deviation: %.2g of %d numbers\n", what, worst->deviation, worst->compared);
}
