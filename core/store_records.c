#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_internal.h"

typedef struct Series {
    char *name;
    StoreRow *rows;
    size_t count, capacity;
} Series;

typedef struct RecordedArray {
    char path[STORE_NAME_SIZE];
    DType type;
    int rank;
    size_t shape[STORE_RANK_LIMIT];
    void *data;    // in the arena
} RecordedArray;

struct StoreRecords {
    Series *series;
    size_t series_count, series_capacity;
    size_t expected;    // where the next name is looked for first: loops record the same names in the same order
    RecordedArray *arrays;
    size_t array_count, array_capacity;
    Arena *arena;
    ArenaMark empty;
};

StoreRecords *store_records_create(void) {
    StoreRecords *records = memory_zeroed(1, sizeof *records);
    records->arena = arena_create((size_t)64 << 10);
    records->empty = arena_mark(records->arena);
    return records;
}

void store_records_destroy(StoreRecords *records) {
    if (!records) return;
    for (size_t i = 0; i < records->series_count; i++) {
        free(records->series[i].name);
        free(records->series[i].rows);
    }
    free(records->series);
    free(records->arrays);
    arena_destroy(records->arena);
    free(records);
}

void store_records_clear(StoreRecords *records) {
    for (size_t i = 0; i < records->series_count; i++) records->series[i].count = 0;
    records->array_count = 0;
    arena_release(records->arena, records->empty);
}

// Returns the items with room for `needed`, doubling the capacity when it is exceeded.
static void *reserve(void *items, size_t size, size_t needed, size_t *capacity) {
    if (needed <= *capacity) return items;
    size_t grown = *capacity ? *capacity : 16;
    while (grown < needed) grown *= 2;
    void *fresh = memory_alloc(grown * size);
    if (*capacity) memcpy(fresh, items, *capacity * size);
    free(items);
    *capacity = grown;
    return fresh;
}

// Relative path, no empty or dotted component, no trailing slash.
static bool is_name(const char *name) {
    if (strlen(name) >= STORE_NAME_SIZE - 32) return false;
    for (const char *start = name;; start++) {
        if (*start == '\0' || *start == '/' || *start == '.') return false;
        start = strchr(start, '/');
        if (!start) return true;
    }
}

static Series *series_find(StoreRecords *records, const char *name) {
    for (size_t tried = 0, i = records->expected; tried < records->series_count; tried++, i++) {
        if (i >= records->series_count) i = 0;
        if (strcmp(records->series[i].name, name) != 0) continue;
        records->expected = i + 1;
        return &records->series[i];
    }
    return NULL;
}

static Series *series_add(StoreRecords *records, const char *name) {
    assert(is_name(name));
    records->series = reserve(records->series, sizeof *records->series, records->series_count + 1, &records->series_capacity);
    Series *series = &records->series[records->series_count++];
    *series = (Series){.name = memory_format("%s", name)};
    return series;
}

static void series_append(StoreRecords *records, const char *name, const StoreRow *rows, size_t count) {
    Series *series = series_find(records, name);
    if (!series) series = series_add(records, name);
    series->rows = reserve(series->rows, sizeof *series->rows, series->count + count, &series->capacity);
    if (count) memcpy(series->rows + series->count, rows, count * sizeof *rows);
    series->count += count;
}

void store_records_scalar(StoreRecords *records, const char *name, int64_t step, double value) {
    series_append(records, name, &(StoreRow){step, value}, 1);
}

void store_records_array(StoreRecords *records, const char *name, int64_t step, DType type, int rank, const size_t *shape,
                         const void *data) {
    assert(is_name(name) && step >= 0 && rank >= 0 && rank <= STORE_RANK_LIMIT);
    records->arrays = reserve(records->arrays, sizeof *records->arrays, records->array_count + 1, &records->array_capacity);
    RecordedArray *array = &records->arrays[records->array_count++];
    *array = (RecordedArray){.type = type, .rank = rank};
    snprintf(array->path, sizeof array->path, "arrays/%08lld/%s", (long long)step, name);
    size_t bytes = dtype_size(type);
    for (int i = 0; i < rank; i++) {
        array->shape[i] = shape[i];
        bytes *= shape[i];
    }
    array->data = arena_alloc(records->arena, bytes);
    if (bytes) memcpy(array->data, data, bytes);
}

bool store_records_write_metrics(const StoreRecords *records, hid_t file, Error *error) {
    if (!store_group_create(file, "metrics", error)) return false;
    for (size_t i = 0; i < records->series_count; i++) {
        const Series *series = &records->series[i];
        if (series->count == 0) continue;    // nothing since the last checkpoint
        char path[STORE_NAME_SIZE];
        snprintf(path, sizeof path, "metrics/%s", series->name);
        if (!store_write_table(file, path, series->rows, series->count, error)) return false;
    }
    return true;
}

bool store_records_write_arrays(const StoreRecords *records, hid_t file, Error *error) {
    for (size_t i = 0; i < records->array_count; i++) {
        const RecordedArray *a = &records->arrays[i];
        if (!store_write_array(file, a->path, a->type, a->rank, a->shape, a->data, error)) return false;
    }
    return true;
}

bool store_records_write(const StoreRecords *records, hid_t file, Error *error) {
    return store_records_write_metrics(records, file, error) && store_group_create(file, "arrays", error) &&
           store_records_write_arrays(records, file, error);
}

void store_records_append(StoreRecords *records, const StoreRecords *later) {
    for (size_t i = 0; i < later->series_count; i++) {
        const Series *series = &later->series[i];
        if (series->count) series_append(records, series->name, series->rows, series->count);
    }
}

static bool collect_table(hid_t from, const char *path, StoreRecords *metrics, Error *error) {
    StoreRow *rows;
    size_t count;
    if (!store_read_table(from, path, &rows, &count, error)) return false;
    series_append(metrics, path + strlen("metrics/"), rows, count);
    free(rows);
    return true;
}

static bool copy_array(hid_t from, const char *path, hid_t to, Error *error) {
    StoreArray array;
    if (!store_read_array(from, path, &array, error)) return false;
    bool done = store_write_array(to, path, array.type, array.rank, array.shape, array.data, error);
    free(array.data);
    return done;
}

bool store_records_collect(hid_t from, StoreRecords *metrics, hid_t to, Error *error) {
    StorePaths paths;
    if (!store_list(from, &paths, error)) return false;
    bool done = true;
    for (size_t i = 0; done && i < paths.count; i++) {
        const char *path = paths.items[i];
        if (strncmp(path, "metrics/", 8) == 0) done = collect_table(from, path, metrics, error);
        else if (strncmp(path, "arrays/", 7) == 0) done = copy_array(from, path, to, error);
    }
    store_paths_free(&paths);
    return done;
}
