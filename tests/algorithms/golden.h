// Where the authors' tensors lie in our weights. Theirs are (output, input) with gates stacked in rows; ours are
// [input, output] with gates side by side in columns. So element (i, j) of a tensor is element (j, block H + i) of one
// of our matrices; vectors have j = 0.
#pragma once

#include <ctype.h>

#include "algorithms/cells/cell.h"
#include "tests/support.h"

#define GOLDEN "tests/golden/belief/"

typedef struct GoldenPart {
    const char *tensor;
    int weight, block;    // which matrix of the layer, and which gate's columns
} GoldenPart;

// The cells with golden numbers are the first of the registry: gru, lstm, mgu, brc, nbrc. Later ones are checked without.
enum { GOLDEN_CELLS = 5 };

static const struct {
    const char *cell;
    GoldenPart parts[9];
} golden_parts[] = {
    {"gru", {{"weight_ih", 0, 0}, {"weight_hh", 1, 0}, {"bias_ih", 2, 0}, {"bias_hh", 3, 0}}},
    {"lstm", {{"weight_ih", 0, 0}, {"weight_hh", 1, 0}, {"bias_ih", 2, 0}, {"bias_hh", 3, 0}}},
    {"mgu", {{"Wx_f", 0, 0}, {"Wx_h", 0, 1}, {"Wh_f", 1, 0}, {"Wh_h", 2, 0}, {"b_f", 3, 0}, {"b_h", 3, 1}}},
    {"brc",
     {{"U_c", 0, 0}, {"U_a", 0, 1}, {"U_h", 0, 2}, {"w_c", 1, 0}, {"w_a", 2, 0}, {"b_c", 3, 0}, {"b_a", 3, 1}, {"b_h", 3, 2}}},
    {"nbrc",
     {{"U_c", 0, 0}, {"U_a", 0, 1}, {"U_h", 0, 2}, {"W_c", 1, 0}, {"W_a", 1, 1}, {"b_c", 2, 0}, {"b_a", 2, 1}, {"b_h", 2, 2}}},
};

static inline const GoldenPart *golden_part(const char *cell, const char *tensor, size_t length) {
    for (size_t c = 0; c < sizeof golden_parts / sizeof *golden_parts; c++) {
        if (strcmp(golden_parts[c].cell, cell) != 0) continue;
        for (const GoldenPart *part = golden_parts[c].parts; part->tensor; part++) {
            if (strlen(part->tensor) == length && strncmp(part->tensor, tensor, length) == 0) return part;
        }
    }
    return NULL;
}

// A place in a set of weights: element (i, j) of the tensor is element (j, col + i) of matrix `index`. index -1: no
// weight of that name.
typedef struct GoldenPlace {
    int index, col;
} GoldenPlace;

// Names: "weight_ih_l1", "rnn.weight_ih_l1", "cells.1.U_c", "U_c", "linear.weight"; the head comes after `layers`
// layers.
static inline GoldenPlace golden_place(const CellType *cell, int layers, int hidden, const char *tensor) {
    int head = layers * cell->weight_count, layer = 0;
    if (strcmp(tensor, "linear.weight") == 0) return (GoldenPlace){head, 0};
    if (strcmp(tensor, "linear.bias") == 0) return (GoldenPlace){head + 1, 0};
    if (strncmp(tensor, "rnn.", 4) == 0) tensor += 4;
    if (strncmp(tensor, "cells.", 6) == 0 && isdigit((unsigned char)tensor[6])) {
        layer = tensor[6] - '0';
        tensor += 8;
    }
    size_t length = strlen(tensor);
    if (length > 3 && strncmp(tensor + length - 3, "_l", 2) == 0) {
        layer = tensor[length - 1] - '0';
        length -= 3;
    }
    const GoldenPart *part = golden_part(cell->name, tensor, length);
    if (!part) return (GoldenPlace){-1, 0};
    return (GoldenPlace){layer * cell->weight_count + part->weight, part->block * hidden};
}

// One row of a long table: cell, [other columns], tensor, i, j, value.
typedef struct GoldenRow {
    const char *tensor;
    int i, j;
    double value;
} GoldenRow;

static inline bool golden_is(const CsvTable *table, size_t row, const char *name, const char *text) {
    Error error = {0};
    int column;
    if (!csv_require(table, name, &column, &error)) fail_msg("%s", error.message);
    return strcmp(csv_text(table, row, column), text) == 0;
}

static inline GoldenRow golden_row(const CsvTable *table, size_t row) {
    Error error = {0};
    int column;
    if (!csv_require(table, "tensor", &column, &error)) fail_msg("%s", error.message);
    return (GoldenRow){csv_text(table, row, column), support_whole(table, row, "i"), support_whole(table, row, "j"),
                       support_number(table, row, "value")};
}

// Relative, with a floor of 1e-2 below which the files' twelve digits and cancellation leave only absolute accuracy.
static inline void golden_expect(double found, double expected, double tolerance, const char *cell, const GoldenRow *row) {
    if (!(fabs(found - expected) <= tolerance * fmax(1e-2, fabs(expected)))) {
        fail_msg("%s, %s[%d,%d]: %.13g, expected %.13g", cell, row->tensor, row->i, row->j, found, expected);
    }
}

// Sets a weight, or compares a gradient, if the row is one; false if its tensor is no weight.
static inline bool golden_set_weight(const CellType *cell, int layers, int hidden, Weights *weights, const GoldenRow *row) {
    GoldenPlace place = golden_place(cell, layers, hidden, row->tensor);
    if (place.index < 0) return false;
    matrix_set(weights_value(weights, place.index), row->j, place.col + row->i, row->value);
    return true;
}

static inline bool golden_expect_weight(const CellType *cell, int layers, int hidden, const char *tensor, bool gradient,
                                        const Weights *weights, const GoldenRow *row, double tolerance) {
    GoldenPlace place = golden_place(cell, layers, hidden, tensor);
    if (place.index < 0) return false;
    Matrix m = gradient ? weights_gradient(weights, place.index) : weights_value(weights, place.index);
    golden_expect(matrix_get(m, row->j, place.col + row->i), row->value, tolerance, cell->name, row);
    return true;
}

// How many learned numbers there are (the flat rows of a set have padding).
static inline int golden_weight_count(const Weights *weights) {
    int count = 0;
    for (int i = 0; i < weights_count(weights); i++) count += weights_value(weights, i).rows * weights_value(weights, i).cols;
    return count;
}
