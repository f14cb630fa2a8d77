// Errors that a user can cause. A function that can fail on user input returns bool and takes an `Error *` last:
// true means done, false means that `error->message` says what was found, where, and what would be accepted.
// Broken invariants are not errors: they are assertions, and assertions stay on.
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct Error {
    char message[1024];
} Error;

// Writes the message and returns false, so that a caller can `return error_set(error, ...)`. `error` may be NULL.
bool error_set(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Puts context ("results/runs/x.h5: ") before an existing message and returns false.
bool error_context(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

// The candidate with the smallest edit distance to `name`, or NULL when none is near (distance above a third of the
// length, at least 2). Ties go to the earlier candidate.
const char *error_nearest(const char *name, const char *const *candidates, size_t count);

// "found unknown <kind> '<name>', accepted: a, b; nearest: b". Returns false.
bool error_unknown(Error *error, const char *kind, const char *name, const char *const *accepted, size_t count);
