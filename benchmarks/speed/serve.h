// A contender in C, seen from inside: it answers requests on standard input until that ends. The same protocol as contender.py.
//
// First line out: "ready VERSION". Then for each line in, "MILLISECONDS VALUE": the CPU time of the piece of work, and a number that the
// other sides compare. A piece that fails says why on standard error, and the process ends.
#pragma once

#include <stdbool.h>

#include "core/error.h"

// Does the piece of work that `request` (a line without its end) names. Only what belongs to the work goes into `ms`.
typedef bool (*ServePiece)(void *context, const char *request, double *ms, double *value, Error *error);

int serve(const char *version, ServePiece piece, void *context);    // the process's exit code

double serve_cpu_ms(void);    // CPU time of this process so far, ms
