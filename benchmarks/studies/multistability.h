// engram bench vaa: how many places freshly initialised networks settle in (analysis/vaa.h), against horizon and tolerance, beside what the
// authors' program gives. Two layers, one input; n prefixes of sequences of 50 numbers from N(0, 1), as in the task of copying the first one.
//
// VAA counts whatever is not nearer than the tolerance, so a slow cell looks multistable until the horizon is long, and the table tells the
// two apart: what falls with M was slow.
#pragma once

#include <stdio.h>

#include "analysis/vaa.h"

typedef struct MultistabilityParams {
    int hidden;     // units per layer; 0: 32 and 256
    int seeds;      // networks, each with sequences, prefixes and u of its own
    int samples;    // n
    int horizon;    // the longest M
    int seed;       // the first one
} MultistabilityParams;
extern const ParamTable multistability_params;

// A cell and how it begins.
typedef struct MultistabilityCase {
    const char *name;              // "lstm-chrono-twice"
    const char *label;             // as the figure has it
    const char *cell;              // among cell_names
    const char *initialisation;    // among initialisation_names
    double measured[2];            // the authors' program with two seeds: H = 256, M = 2000, epsilon = 1e-4, n = 32
} MultistabilityCase;
extern const MultistabilityCase multistability_cases[];
extern const size_t multistability_case_count;

enum { MULTISTABILITY_MEASURED_HIDDEN = 256, MULTISTABILITY_MEASURED_HORIZON = 2000 };

typedef struct MultistabilityRow {
    const MultistabilityCase *of;
    int hidden, horizon;
    double tolerance;
    double mean, low, high;    // of VAA over seeds; NaN where a state was not finite
} MultistabilityRow;

typedef struct MultistabilityStudy {
    MultistabilityParams params;
    int row_count;
    MultistabilityRow *rows;    // by width, case, horizon, tolerance
} MultistabilityStudy;

// Streams are named by the seed, so that a row does not depend on what else is asked. `say` is told what is under way; NULL: nobody. Cases whose
// initialisation this program does not know are left out. To be freed with multistability_free.
MultistabilityStudy *multistability_run(const MultistabilityParams *params, void (*say)(const char *text));
void multistability_free(MultistabilityStudy *study);

// Whether there is a measured value beside a row.
bool multistability_measured(const MultistabilityRow *row);

enum { MULTISTABILITY_COLUMNS = 11 };
extern const char *const multistability_columns[MULTISTABILITY_COLUMNS];
void multistability_write_csv(const MultistabilityStudy *study, FILE *out);

// Writes <results>/studies/multistability/multistability.csv and draws the figure into multistability/ beside it (figures/driver.h). *folder is
// that of both, to be freed. False with a message when something cannot be written; without gnuplot the table is there all the same.
bool multistability_save(const MultistabilityStudy *study, const char *results, char **folder, Error *error);
