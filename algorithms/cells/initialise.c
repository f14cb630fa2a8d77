#include "algorithms/cells/initialise.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "core/orthogonal.h"
#include "core/vmath.h"

// ---- for cells -------------------------------------------------------------------------------------------------------------

void cell_declare(Weights *weights, const char *prefix, const char *name, int rows, int cols) {
    char full[64];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    weights_add(weights, full, rows, cols);
}

void cell_glorot(Weights *weights, int index, int fan_in, int fan_out, Rng *rng) {
    weights_uniform(weights, index, sqrt(6.0 / (fan_in + fan_out)), rng);
}

void cell_uniform_by_width(Weights *weights, int first, int count, int hidden, Rng *rng) {
    for (int i = first; i < first + count; i++) weights_uniform(weights, i, 1 / sqrt((double)hidden), rng);
}

// ---- the ways to begin -----------------------------------------------------------------------------------------------------

typedef struct Layer {
    const CellType *cell;
    CellStart start;
    Weights *weights;
    int first, input, hidden;
} Layer;

static bool has_matrix(const CellType *cell, CellMatrix kind) {
    for (int i = 0; i < cell->weight_count; i++) {
        if (cell->blocks->matrices[i] == kind) return true;
    }
    return false;
}

static void begin_standard(const Layer *layer, Rng *rng) {
    layer->cell->initialise(layer->weights, layer->first, layer->input, layer->hidden, rng);
}

static void clear_biases(const Layer *layer) {
    for (int i = 0; i < layer->cell->weight_count; i++) {
        if (layer->cell->blocks->matrices[i] == CELL_BIAS) weights_fill(layer->weights, layer->first + i, 0);
    }
}

static Matrix gate_bias(const Layer *layer, const CellGate *gate, int vector) {
    Matrix whole = weights_value(layer->weights, layer->first + gate->bias[vector]);
    return matrix_cols(whole, gate->block * layer->hidden, layer->hidden);
}

// A unit's weight on itself has no orthogonal form.
static bool can_orthogonal(const CellType *cell) {
    return has_matrix(cell, CELL_RECURRENT) && !has_matrix(cell, CELL_SELF);
}

static void begin_orthogonal(const Layer *layer, Rng *rng) {
    for (int i = 0; i < layer->cell->weight_count; i++) {
        int index = layer->first + i;
        CellMatrix kind = layer->cell->blocks->matrices[i];
        Matrix value = weights_value(layer->weights, index);
        if (kind == CELL_INPUT) cell_glorot(layer->weights, index, layer->input, layer->hidden, rng);
        for (int at = 0; kind == CELL_RECURRENT && at < value.cols; at += layer->hidden)
            orthogonal_fill(matrix_cols(value, at, layer->hidden), 1, rng);
    }
    clear_biases(layer);
}

static bool can_forget(const CellType *cell) {
    return cell->blocks->gate_count == 2;
}

static void begin_forget(const Layer *layer, Rng *rng) {
    begin_standard(layer, rng);
    clear_biases(layer);
    const CellGate *keep = &layer->cell->blocks->gates[0];
    Matrix bias = gate_bias(layer, keep, 0);
    for (int unit = 0; unit < layer->hidden; unit++) matrix_set(bias, 0, unit, keep->sign);
}

static bool can_chrono(const CellType *cell) {
    return cell->blocks->gate_count > 0;
}

static bool can_chrono_twice(const CellType *cell) {
    return can_chrono(cell) && cell->blocks->bias_vectors == 2;
}

static void draw_chrono(const Layer *layer, int vector, Rng *rng) {
    assert(layer->start.time_scale >= 2);
    const CellBlocks *blocks = layer->cell->blocks;
    for (int unit = 0; unit < layer->hidden; unit++) {
        double logarithm = vmath_log(rng_between(rng, 1, layer->start.time_scale - 1));
        for (int i = 0; i < blocks->gate_count; i++) {
            const CellGate *gate = &blocks->gates[i];
            matrix_set(gate_bias(layer, gate, vector), 0, unit, gate->sign * logarithm);
        }
    }
}

static void begin_chrono(const Layer *layer, Rng *rng) {
    begin_standard(layer, rng);
    clear_biases(layer);
    draw_chrono(layer, 0, rng);
}

static void begin_chrono_twice(const Layer *layer, Rng *rng) {
    begin_chrono(layer, rng);
    draw_chrono(layer, 1, rng);
}

// In the order of CellInitialisation. can NULL: every cell can.
static const struct {
    bool (*can)(const CellType *cell);
    void (*begin)(const Layer *layer, Rng *rng);
} ways[CELL_INITIALISATION_COUNT] = {
    {NULL, begin_standard},     {can_orthogonal, begin_orthogonal},     {can_forget, begin_forget},
    {can_chrono, begin_chrono}, {can_chrono_twice, begin_chrono_twice},
};

const char *const initialisation_names[] = {"standard", "orthogonal", "forget", "chrono", "chrono-twice", NULL};

// ---- what others ask -------------------------------------------------------------------------------------------------------

static bool can(const CellType *cell, CellInitialisation initialisation) {
    return !ways[initialisation].can || (cell->blocks && ways[initialisation].can(cell));
}

// Appends "name, " and the like; what does not fit is left out.
static void append(char *text, size_t size, size_t *used, const char *name) {
    int length = snprintf(text + *used, size - *used, "%s%s", *used ? ", " : "", name);
    *used += (size_t)length < size - *used ? (size_t)length : size - *used - 1;
}

bool cell_can_start(const CellType *cell, CellStart start, Error *error) {
    assert(start.initialisation < CELL_INITIALISATION_COUNT);
    if (can(cell, start.initialisation)) return true;
    char accepted[256] = "", cells[256] = "";
    size_t accepted_used = 0, cells_used = 0;
    for (int i = 0; i < CELL_INITIALISATION_COUNT; i++) {
        if (can(cell, (CellInitialisation)i)) append(accepted, sizeof accepted, &accepted_used, initialisation_names[i]);
    }
    for (size_t c = 0; c < cell_type_count; c++) {
        if (can(cell_types[c], start.initialisation)) append(cells, sizeof cells, &cells_used, cell_types[c]->name);
    }
    const char *name = initialisation_names[start.initialisation];
    return error_set(error, "network.initialisation: found %s with cell %s, accepted: %s (%s is for the cells %s)", name,
                     cell->name, accepted, name, cells);
}

void cell_start(const CellType *cell, CellStart start, Weights *weights, int first, int input, int hidden, Rng *rng) {
    assert(start.initialisation < CELL_INITIALISATION_COUNT && can(cell, start.initialisation));
    ways[start.initialisation].begin(&(Layer){cell, start, weights, first, input, hidden}, rng);
}
