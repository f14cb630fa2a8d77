#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/store_internal.h"

struct StoreReader {
    hid_t file;
    char *path, *key, *config, *digest, *status;
    StorePaths paths;       // of all datasets
    const char **series;    // names below /metrics, pointing into `paths`
    size_t series_count;
};

static const char *below(const char *path, const char *group) {
    size_t length = strlen(group);
    return strncmp(path, group, length) == 0 ? path + length : NULL;
}

static bool check_schema(const StoreReader *reader, Error *error) {
    int64_t schema;
    if (!store_read_schema(reader->file, &schema, error)) return false;
    if (schema == STORE_SCHEMA) return true;
    return error_set(error, "has schema %lld, this program reads schema %d", (long long)schema, STORE_SCHEMA);
}

static void list_series(StoreReader *reader) {
    reader->series = memory_zeroed(reader->paths.count, sizeof *reader->series);
    for (size_t i = 0; i < reader->paths.count; i++) {
        const char *name = below(reader->paths.items[i], "metrics/");
        if (name) reader->series[reader->series_count++] = name;
    }
}

static bool load_frame(StoreReader *reader, Error *error) {
    if (!check_schema(reader, error) || !(reader->key = store_read_attribute(reader->file, "/", "key", error)) ||
        !(reader->digest = store_read_attribute(reader->file, "/", "digest", error)) ||
        !(reader->status = store_read_attribute(reader->file, "/", "status", error)) ||
        !(reader->config = store_read_text(reader->file, "config", error))) {
        return false;
    }
    return store_list(reader->file, &reader->paths, error);
}

StoreReader *store_open(const char *path, Error *error) {
    hid_t file = store_file_open(path, error);
    if (file < 0) return NULL;
    StoreReader *reader = memory_zeroed(1, sizeof *reader);
    reader->file = file;
    reader->path = memory_format("%s", path);
    if (load_frame(reader, error)) {
        list_series(reader);
        return reader;
    }
    error_context(error, "%s: is not a finished run: ", path);
    store_close(reader);
    return NULL;
}

void store_close(StoreReader *reader) {
    if (!reader) return;
    H5Fclose(reader->file);
    store_paths_free(&reader->paths);
    free(reader->series);
    free(reader->path);
    free(reader->key);
    free(reader->config);
    free(reader->digest);
    free(reader->status);
    free(reader);
}

const char *store_config(const StoreReader *reader) {
    return reader->config;
}

const char *store_key(const StoreReader *reader) {
    return reader->key;
}

const char *store_digest(const StoreReader *reader) {
    return reader->digest;
}

const char *store_status(const StoreReader *reader) {
    return reader->status;
}

bool store_attribute(StoreReader *reader, const char *name, char *value, size_t size) {
    char *text = store_read_attribute(reader->file, "provenance", name, NULL);
    if (!text) return false;
    snprintf(value, size, "%s", text);
    free(text);
    return true;
}

bool store_recompute_digest(StoreReader *reader, char digest[DIGEST_SIZE], Error *error) {
    return store_contents_digest(reader->file, digest, error) || error_context(error, "%s: ", reader->path);
}

// ---- series --------------------------------------------------------------------------------------------------------------

const char *const *store_series_names(const StoreReader *reader, size_t *count) {
    *count = reader->series_count;
    return reader->series;
}

static bool missing(const StoreReader *reader, const char *kind, const char *name, const char *const *names, size_t count,
                    Error *error) {
    const char *nearest = error_nearest(name, names, count);
    if (nearest) {
        return error_set(error, "%s: has no %s '%s'; the nearest name is '%s'", reader->path, kind, name, nearest);
    }
    return error_set(error, "%s: has no %s '%s'", reader->path, kind, name);
}

bool store_series_exists(const StoreReader *reader, const char *name) {
    for (size_t i = 0; i < reader->series_count; i++) {
        if (strcmp(reader->series[i], name) == 0) return true;
    }
    return false;
}

bool store_series(StoreReader *reader, const char *name, size_t *count, int64_t **step, double **value, Error *error) {
    if (!store_series_exists(reader, name)) {
        return missing(reader, "series", name, reader->series, reader->series_count, error);
    }
    char *path = memory_format("metrics/%s", name);
    StoreRow *rows;
    bool done = store_read_table(reader->file, path, &rows, count, error);
    free(path);
    if (!done) return error_context(error, "%s: ", reader->path);
    *step = memory_alloc(*count * sizeof **step);
    *value = memory_alloc(*count * sizeof **value);
    for (size_t i = 0; i < *count; i++) {
        (*step)[i] = rows[i].step;
        (*value)[i] = rows[i].value;
    }
    free(rows);
    return true;
}

// ---- arrays --------------------------------------------------------------------------------------------------------------

static char *array_path(int64_t step, const char *name) {
    return memory_format("arrays/%08lld/%s", (long long)step, name);
}

bool store_array_exists(StoreReader *reader, int64_t step, const char *name) {
    char *path = array_path(step, name);
    bool found = false;
    for (size_t i = 0; !found && i < reader->paths.count; i++) found = strcmp(reader->paths.items[i], path) == 0;
    free(path);
    return found;
}

static bool array_missing(const StoreReader *reader, int64_t step, const char *name, Error *error) {
    char *group = array_path(step, "");
    const char **names = memory_zeroed(reader->paths.count, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < reader->paths.count; i++) {
        const char *found = below(reader->paths.items[i], group);
        if (found) names[count++] = found;
    }
    if (count > 0) missing(reader, "array", name, names, count, error);
    else error_set(error, "%s: has no arrays at step %lld", reader->path, (long long)step);
    free(names);
    free(group);
    return false;
}

bool store_array(StoreReader *reader, int64_t step, const char *name, StoreArray *out, Error *error) {
    if (!store_array_exists(reader, step, name)) return array_missing(reader, step, name, error);
    char *path = array_path(step, name);
    bool done = store_read_array(reader->file, path, out, error) || error_context(error, "%s: ", reader->path);
    free(path);
    return done;
}

static int compare_steps(const void *a, const void *b) {
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

bool store_array_steps(StoreReader *reader, size_t *count, int64_t **steps, Error *error) {
    int64_t *found = memory_alloc(reader->paths.count * sizeof *found);
    size_t used = 0;
    for (size_t i = 0; i < reader->paths.count; i++) {
        const char *name = below(reader->paths.items[i], "arrays/");
        if (!name) continue;
        char *end;
        int64_t step = strtoll(name, &end, 10);
        if (*end != '/') {
            free(found);
            return error_set(error, "%s: /%s does not lie below a step", reader->path, reader->paths.items[i]);
        }
        if (used == 0 || found[used - 1] != step) found[used++] = step;    // those of one step follow each other
    }
    qsort(found, used, sizeof *found, compare_steps);
    *count = used;
    *steps = found;
    return true;
}
