// Compares a fresh table of a bench with the committed one of the same kind of machine, by ratios: our time to what the machine gave in the
// same turns, and our time to oneDNN's. Milliseconds are never compared between runs.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum { GATE_LINES_MAX = 512 };

typedef struct GateLine {
    char row[128];        // "lstm 128 100 avx512"
    const char *ratio;    // "share"
    double committed, fresh;
    bool worse;    // fresh (1 + margin) < committed
} GateLine;

typedef struct GateReport {
    int line_count, worse;
    GateLine lines[GATE_LINES_MAX];
    int missing;    // committed rows that the fresh table lacks
} GateReport;

extern const double gate_margin;    // 0.15

// Adds what two tables of one bench have in common. False with a message when one cannot be read, or misses a column.
bool gate_compare(const char *bench, const char *committed, const char *fresh, GateReport *report, Error *error);
