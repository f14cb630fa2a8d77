// Where a result comes from: recorded beside it, never digested.
#pragma once

#include "benchmarks/config.h"
#include "core/store.h"

enum { PROVENANCE_LIMIT = 24, PROVENANCE_TEXT_SIZE = 256 };

typedef struct Provenance {
    size_t count;
    StoreAttribute attributes[PROVENANCE_LIMIT];    // point into `texts`: a Provenance must not be copied
    char texts[PROVENANCE_LIMIT][PROVENANCE_TEXT_SIZE];
} Provenance;

// Compiler, versions of the libraries, operating system, CPU, arithmetic and kernels of this process.
void provenance_machine(Provenance *provenance, const Config *config);
// One more line; `name` must outlive the provenance.
void provenance_add(Provenance *provenance, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void provenance_now(Provenance *provenance, const char *name);    // date and time, UTC
double provenance_peak_mib(void);                                 // largest resident memory of this process so far, MiB
