#include "analysis/information/entropy.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"

typedef struct RoundedRows {
    const int64_t *key;    // [n][d]
    int d;
} RoundedRows;

// Lexicographic; equal rows in order of their index, so that the first of a group is its first appearance.
static int compare_rows(const void *left, const void *right, void *context) {
    const RoundedRows *rows = context;
    int i = *(const int *)left, j = *(const int *)right;
    const int64_t *a = rows->key + (size_t)i * (size_t)rows->d, *b = rows->key + (size_t)j * (size_t)rows->d;
    for (int k = 0; k < rows->d; k++) {
        if (a[k] != b[k]) return a[k] < b[k] ? -1 : 1;
    }
    return (i > j) - (i < j);
}

static bool rows_equal(const RoundedRows *rows, int i, int j) {
    const int64_t *a = rows->key + (size_t)i * (size_t)rows->d, *b = rows->key + (size_t)j * (size_t)rows->d;
    for (int k = 0; k < rows->d; k++) {
        if (a[k] != b[k]) return false;
    }
    return true;
}

static int label_rows(const RoundedRows *rows, int n, int *labels) {
    int *order = memory_alloc(sizeof(int) * 2 * (size_t)n), *first = order + n;
    for (int i = 0; i < n; i++) order[i] = i;
    qsort_r(order, (size_t)n, sizeof(int), compare_rows, (void *)rows);
    for (int i = 0, group = 0; i < n; i++) {
        if (!rows_equal(rows, order[group], order[i])) group = i;
        first[order[i]] = order[group];
    }
    int classes = 0;
    for (int i = 0; i < n; i++) labels[i] = first[i] == i ? classes++ : labels[first[i]];
    free(order);
    return classes;
}

int entropy_classes(const float *rows, int n, int d, int decimals, int *labels) {
    assert(n >= 0 && d > 0 && decimals >= 0 && decimals <= 9);
    if (n == 0) return 0;
    double scale = 1;
    for (int i = 0; i < decimals; i++) scale *= 10;
    size_t size = (size_t)n * (size_t)d;
    int64_t *key = memory_alloc(sizeof(int64_t) * size);
    for (size_t i = 0; i < size; i++) {
        double scaled = rint((double)rows[i] * scale);
        assert(fabs(scaled) < 0x1p62);    // also false for NaN
        key[i] = (int64_t)scaled;
    }
    int classes = label_rows(&(RoundedRows){key, d}, n, labels);
    free(key);
    return classes;
}

// log n - (1/n) sum c log c, from counts.
static double entropy_of_counts(const int *count, int classes, int n) {
    double sum = 0;
    for (int i = 0; i < classes; i++) {
        if (count[i] > 1) sum += count[i] * log((double)count[i]);
    }
    return n > 0 ? log((double)n) - sum / n : 0;
}

double entropy_plug_in(const int *labels, int n, int classes) {
    int *count = memory_zeroed((size_t)classes + 1, sizeof *count);
    for (int i = 0; i < n; i++) {
        assert(labels[i] >= 0 && labels[i] < classes);
        count[labels[i]]++;
    }
    double entropy = entropy_of_counts(count, classes, n);
    free(count);
    return entropy;
}
