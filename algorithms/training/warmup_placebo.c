// Controls for warmup: networks that share with a warmed one what is not its structure.
#include <math.h>
#include <stdlib.h>

#include "algorithms/training/warmup_internal.h"
#include "core/arena.h"

// Matrices lie gate by gate in columns; what is not a whole number of gates is taken as one.
static int gate_width(const Network *network, Matrix matrix) {
    return matrix.cols % network->width == 0 ? network->width : matrix.cols;
}

static int recurrent_count(const Network *network) {
    return network_first_weight(network, network->layers, 0);
}

static void permute_gate(Matrix gate, Rng *rng) {
    int count = gate.rows * gate.cols, *from = memory_alloc((size_t)count * sizeof *from);
    double *value = memory_alloc((size_t)count * sizeof *value);
    for (int k = 0; k < count; k++) value[k] = matrix_get(gate, k / gate.cols, k % gate.cols);
    rng_permutation(rng, count, from);
    for (int k = 0; k < count; k++) matrix_set(gate, k / gate.cols, k % gate.cols, value[from[k]]);
    free(from);
    free(value);
}

void warmup_permute(Network *network, Rng *rng) {
    for (int i = 0; i < recurrent_count(network); i++) {
        Matrix all = weights_value(network->weights, i);
        int width = gate_width(network, all);
        for (int col = 0; col < all.cols; col += width) permute_gate(matrix_cols(all, col, width), rng);
    }
}

static double norm(Matrix matrix) {
    double sum = 0;
    for (int i = 0; i < matrix.rows; i++) {
        for (int j = 0; j < matrix.cols; j++) sum += matrix_get(matrix, i, j) * matrix_get(matrix, i, j);
    }
    return sqrt(sum);
}

// A matrix of zeros, say a bias, has no direction: it stays.
static void rescale_gate(Matrix warmed, Matrix unwarmed) {
    double before = norm(unwarmed), factor = before > 0 ? norm(warmed) / before : 1;
    for (int i = 0; i < warmed.rows; i++) {
        for (int j = 0; j < warmed.cols; j++) matrix_set(warmed, i, j, factor * matrix_get(unwarmed, i, j));
    }
}

void warmup_rescale(Network *network, Matrix unwarmed) {
    const char *start = weights_values(network->weights).data;
    for (int i = 0; i < recurrent_count(network); i++) {
        Matrix now = weights_value(network->weights, i), then = now;
        then.data = (char *)unwarmed.data + ((const char *)now.data - start);
        int width = gate_width(network, now);
        for (int col = 0; col < now.cols; col += width)
            rescale_gate(matrix_cols(now, col, width), matrix_cols(then, col, width));
    }
}
