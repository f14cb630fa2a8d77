#include "core/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(Error *error, const char *format, ...) {
    if (!error) return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return false;
}

bool error_context(Error *error, const char *format, ...) {
    if (!error) return false;
    Error inner = *error;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof error->message) return false;
    size_t room = sizeof error->message - (size_t)length;
    size_t keep = strnlen(inner.message, room - 1);
    memcpy(error->message + length, inner.message, keep);
    error->message[(size_t)length + keep] = '\0';
    return false;
}

enum { NAME_LIMIT = 64 };

// Levenshtein distance of two names of at most NAME_LIMIT characters, one row of the table at a time.
static size_t edit_distance(const char *a, const char *b) {
    size_t row[NAME_LIMIT + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    assert(length_a <= NAME_LIMIT && length_b <= NAME_LIMIT);
    for (size_t j = 0; j <= length_b; j++) row[j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
            size_t shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = substitute < shift ? substitute : shift;
        }
    }
    return row[length_b];
}

const char *error_nearest(const char *name, const char *const *candidates, size_t count) {
    const char *nearest = NULL;
    size_t length = strlen(name);
    if (length > NAME_LIMIT) return NULL;
    size_t limit = length / 3 < 2 ? 2 : length / 3;
    for (size_t i = 0; i < count; i++) {
        if (strlen(candidates[i]) > NAME_LIMIT) continue;
        size_t distance = edit_distance(name, candidates[i]);
        if (distance < limit || (distance == limit && !nearest)) {
            nearest = candidates[i];
            limit = distance;
        }
    }
    return nearest;
}

bool error_unknown(Error *error, const char *kind, const char *name, const char *const *accepted, size_t count) {
    char list[512] = "";
    for (size_t i = 0, used = 0; i < count && used < sizeof list; i++) {
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "", accepted[i]);
    }
    const char *nearest = error_nearest(name, accepted, count);
    return error_set(error, "found unknown %s '%.80s', accepted: %s%s%s", kind, name, list, nearest ? "; nearest: " : "",
                     nearest ? nearest : "");
}
