#include "core/weights.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/orthogonal.h"

typedef struct Entry {
    char *name;
    int rows, cols;
    size_t offset;    // in elements; a multiple of 16, so that every matrix begins on a cache line
} Entry;

struct Weights {
    DType type;
    int count, capacity;
    Entry *entries;
    size_t length;    // elements of each array, padding included (padding is zero and stays zero)
    void *values, *gradients;
};

enum { OFFSET_ALIGNMENT = 16 };

Weights *weights_create(DType type) {
    assert(type == DTYPE_F32 || type == DTYPE_F64);
    Weights *weights = memory_alloc(sizeof *weights);
    *weights = (Weights){.type = type};
    return weights;
}

void weights_destroy(Weights *weights) {
    if (!weights) return;
    for (int i = 0; i < weights->count; i++) free(weights->entries[i].name);
    free(weights->entries);
    free(weights->values);
    free(weights->gradients);
    free(weights);
}

int weights_add(Weights *weights, const char *name, int rows, int cols) {
    assert(!weights->values && rows > 0 && cols > 0);
    if (weights->count == weights->capacity) {
        weights->capacity = weights->capacity ? 2 * weights->capacity : 16;
        Entry *grown = memory_alloc((size_t)weights->capacity * sizeof *grown);
        if (weights->count) memcpy(grown, weights->entries, (size_t)weights->count * sizeof *grown);
        free(weights->entries);
        weights->entries = grown;
    }
    weights->entries[weights->count] = (Entry){memory_format("%s", name), rows, cols, weights->length};
    size_t size = (size_t)rows * (size_t)cols;
    weights->length += (size + OFFSET_ALIGNMENT - 1) / OFFSET_ALIGNMENT * OFFSET_ALIGNMENT;
    return weights->count++;
}

static void *aligned_zeros(size_t bytes) {
    return memset(memory_aligned(bytes), 0, bytes);
}

void weights_seal(Weights *weights) {
    assert(!weights->values && weights->length > 0 && weights->length <= INT_MAX);    // a row of a matrix
    weights->values = aligned_zeros(weights->length * dtype_size(weights->type));
    weights->gradients = aligned_zeros(weights->length * dtype_size(weights->type));
}

int64_t weights_number_count(const Weights *weights) {
    int64_t count = 0;
    for (int i = 0; i < weights->count; i++) count += (int64_t)weights->entries[i].rows * weights->entries[i].cols;
    return count;
}

DType weights_type(const Weights *weights) {
    return weights->type;
}

int weights_count(const Weights *weights) {
    return weights->count;
}

const char *weights_name(const Weights *weights, int index) {
    assert(index >= 0 && index < weights->count);
    return weights->entries[index].name;
}

int weights_find(const Weights *weights, const char *name) {
    for (int i = 0; i < weights->count; i++) {
        if (strcmp(weights->entries[i].name, name) == 0) return i;
    }
    return -1;
}

static Matrix entry_view(const Weights *weights, int index, void *array) {
    assert(array && index >= 0 && index < weights->count);
    const Entry *entry = &weights->entries[index];
    return matrix_view(weights->type, entry->rows, entry->cols, (char *)array + entry->offset * dtype_size(weights->type));
}

Matrix weights_value(const Weights *weights, int index) {
    return entry_view(weights, index, weights->values);
}

Matrix weights_gradient(const Weights *weights, int index) {
    return entry_view(weights, index, weights->gradients);
}

Matrix weights_values(const Weights *weights) {
    return matrix_view(weights->type, 1, (int)weights->length, weights->values);
}

Matrix weights_gradients(const Weights *weights) {
    return matrix_view(weights->type, 1, (int)weights->length, weights->gradients);
}

void weights_uniform(Weights *weights, int index, double bound, Rng *rng) {
    Matrix value = weights_value(weights, index);
    for (int i = 0; i < value.rows; i++) {
        for (int j = 0; j < value.cols; j++) matrix_set(value, i, j, rng_between(rng, -bound, bound));
    }
}

void weights_orthogonal(Weights *weights, int index, double gain, Rng *rng) {
    orthogonal_fill(weights_value(weights, index), gain, rng);
}

void weights_fill(Weights *weights, int index, double constant) {
    Matrix value = weights_value(weights, index);
    for (int i = 0; i < value.rows; i++) {
        for (int j = 0; j < value.cols; j++) matrix_set(value, i, j, constant);
    }
}

void weights_copy(const Weights *from, Weights *to) {
    assert(from->length == to->length && from->type == to->type && from->count == to->count);
    memcpy(to->values, from->values, from->length * dtype_size(from->type));
}

void weights_archive(Weights *weights, Archive *archive) {
    archive_enter(archive, "weights");
    for (int i = 0; i < weights->count; i++) {
        Matrix value = weights_value(weights, i);
        size_t shape[2] = {(size_t)value.rows, (size_t)value.cols};
        archive_array(archive, weights->entries[i].name, value.type, 2, shape, value.data);
    }
    archive_leave(archive);
}
