// The file that the two sides of a bench share: the same weights, inputs and batches for both.
//
// It holds arrays one after the other: for each a line "name type rows cols" (type f4 or i4), then the little-endian numbers, row by row.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/error.h"
#include "core/matrix.h"
#include "core/weights.h"

// A temporary file under way. Remove it as soon as everyone has read it: then an interruption leaves nothing behind.
typedef struct Exchange {
    FILE *file;    // NULL: could not be made, or finished
    char path[256];
} Exchange;

bool exchange_open(Exchange *exchange, Error *error);
void exchange_put(Exchange *exchange, const char *name, Matrix values);    // F32 or I32, without gaps between rows
void exchange_put_weights(Exchange *exchange, const char *prefix, const Weights *weights);    // F32; names: prefix + own
bool exchange_finish(Exchange *exchange, Error *error);                                       // all is on the disk
void exchange_remove(Exchange *exchange);                                                     // may be called twice

// The array of that name in a finished file; its data are the caller's to free. False with a message when the file cannot be read, is
// malformed or has no such array.
bool exchange_read(const char *path, const char *name, Matrix *values, Error *error);
// Fills a set of F32 weights from the arrays prefix + own name, whose shapes must be the same.
bool exchange_read_weights(const char *path, const char *prefix, Weights *weights, Error *error);
