#include "benchmarks/speed/exchange.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"

bool exchange_open(Exchange *exchange, Error *error) {
    const char *folder = getenv("TMPDIR");
    *exchange = (Exchange){0};
    snprintf(exchange->path, sizeof exchange->path, "%.200s/engram-bench-XXXXXX", folder && *folder ? folder : "/tmp");
    int descriptor = mkstemp(exchange->path);
    if (descriptor >= 0) exchange->file = fdopen(descriptor, "wb");
    if (exchange->file) return true;
    return error_set(error, "%s: cannot make a temporary file: %s", exchange->path, strerror(errno));
}

void exchange_put(Exchange *exchange, const char *name, Matrix values) {
    assert((values.type == DTYPE_F32 || values.type == DTYPE_I32) && values.stride == values.cols);
    fprintf(exchange->file, "%s %s %d %d\n", name, values.type == DTYPE_F32 ? "f4" : "i4", values.rows, values.cols);
    fwrite(values.data, 4, (size_t)values.rows * (size_t)values.cols, exchange->file);
}

void exchange_put_weights(Exchange *exchange, const char *prefix, const Weights *weights) {
    for (int i = 0; i < weights_count(weights); i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", prefix, weights_name(weights, i));
        exchange_put(exchange, name, weights_value(weights, i));
    }
}

bool exchange_finish(Exchange *exchange, Error *error) {
    bool bad = ferror(exchange->file) != 0;
    bad |= fclose(exchange->file) != 0;
    exchange->file = NULL;
    return !bad || error_set(error, "%s: cannot write: %s", exchange->path, strerror(errno));
}

void exchange_remove(Exchange *exchange) {
    if (exchange->file) fclose(exchange->file);
    if (exchange->path[0]) remove(exchange->path);
    *exchange = (Exchange){0};
}

// ---- reading -----------------------------------------------------------------------------------------------------------------------

// The next header. False at the end of the file and where there is no header.
static bool read_header(FILE *file, char name[96], Matrix *values) {
    char line[160], type[3];
    int rows, cols;
    if (!fgets(line, sizeof line, file) || sscanf(line, "%95s %2s %d %d", name, type, &rows, &cols) != 4) return false;
    if (rows < 0 || cols < 0) return false;
    *values = matrix_view(strcmp(type, "f4") == 0 ? DTYPE_F32 : DTYPE_I32, rows, cols, NULL);
    return true;
}

static bool read_from(FILE *file, const char *name, Matrix *values) {
    char found[96];
    while (read_header(file, found, values)) {
        size_t count = (size_t)values->rows * (size_t)values->cols;
        if (strcmp(found, name) != 0) {
            if (fseek(file, (long)(4 * count), SEEK_CUR) != 0) return false;
            continue;
        }
        values->data = memory_aligned(4 * count);
        return fread(values->data, 4, count, file) == count;
    }
    return false;
}

bool exchange_read(const char *path, const char *name, Matrix *values, Error *error) {
    FILE *file = fopen(path, "rb");
    if (!file) return error_set(error, "%s: cannot read: %s", path, strerror(errno));
    *values = (Matrix){0};
    bool found = read_from(file, name, values);
    fclose(file);
    if (found) return true;
    free(values->data);
    *values = (Matrix){0};
    return error_set(error, "%s: found no array %s, or not all of it", path, name);
}

bool exchange_read_weights(const char *path, const char *prefix, Weights *weights, Error *error) {
    for (int i = 0; i < weights_count(weights); i++) {
        char name[96];
        snprintf(name, sizeof name, "%s%s", prefix, weights_name(weights, i));
        Matrix from = {0}, to = weights_value(weights, i);
        if (!exchange_read(path, name, &from, error)) return false;
        bool same = from.type == to.type && from.rows == to.rows && from.cols == to.cols;
        if (same) matrix_copy(from, to);
        free(from.data);
        if (!same)
            return error_set(error, "%s: found %s as %d x %d, expected %d x %d", path, name, from.rows, from.cols, to.rows,
                             to.cols);
    }
    return true;
}
