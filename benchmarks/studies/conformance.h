// engram bench popgym: whether policies score in POPGym's environments as they do in the original, and how good they are: the reference bars of
// each task. The original's returns are benchmarks/popgym/upstream-random.csv and upstream-policies.csv, measured on release 1.0.7.
//
// One row alone is a bad test, with so many of them: the rows of an environment and level, and all rows, are put together. Where neither return
// has an error both must be the same.
#pragma once

#include <stdio.h>

#include "core/param.h"
#include "envs/native.h"

typedef struct ConformanceParams {
    int episodes;         // of each policy
    int slow_episodes;    // of a slow one, if fewer
    int level;            // a NativeLevel; LEVEL_COUNT: all
    int seed;
} ConformanceParams;
extern const ParamTable conformance_params;

// A mean return.
typedef struct ConformanceMean {
    double value, error;    // its standard error
    int episodes;
    double steps;    // mean length; NaN: not known
} ConformanceMean;

// Plays episodes from streams that `row` names, below 2^24: rows do not share draws. `policy` NULL: uniform actions.
ConformanceMean conformance_play(const Native *native, const NativePolicy *policy, int episodes, uint64_t seed, uint64_t row);

// The difference of two means in standard errors, from the spread of both samples together: they are the same environment, or should be, and what
// is rare may be missing from a few episodes that were all alike. NaN where there is no spread: then both must be the same, to 1e-9.
double conformance_z(ConformanceMean ours, ConformanceMean original);
bool conformance_same(ConformanceMean ours, ConformanceMean original);

typedef struct ConformanceRow {
    const NativeType *type;
    NativeLevel level;
    const NativePolicy *policy;        // NULL: uniform actions
    ConformanceMean ours, original;    // original.value NaN: not among the original's
    double z;                          // NaN: nothing to compare, or exact
    bool exact, differs;               // neither has an error; and they are not the same
} ConformanceRow;

// The rows that have an original, of one environment and level or of all.
typedef struct ConformanceSum {
    int rows, exact, different;    // compared by z; exact ones; of these, not the same
    double chi_square, p;          // of the z; NaN without rows
} ConformanceSum;

typedef struct ConformanceStudy {
    ConformanceParams params;
    int unplayed_count;
    char **unplayed;    // "position-only-pendulum, easy: oracle_state_dp": the original's policies that we have none of
    int row_count;
    ConformanceRow *rows;    // by environment, level, policy
} ConformanceStudy;

// `say` is told what is under way; NULL: nobody. NULL with a message when the original's table cannot be read.
ConformanceStudy *conformance_run(const ConformanceParams *params, void (*say)(const char *text), Error *error);
void conformance_free(ConformanceStudy *study);

// `type` NULL: all; `level` LEVEL_COUNT: all.
ConformanceSum conformance_sum(const ConformanceStudy *study, const NativeType *type, NativeLevel level);

// Whether these are the original's environments, as far as can be told: nothing exact is different, and all rows together are not less likely than
// one in 10 000.
bool conformance_holds(const ConformanceStudy *study);

const char *conformance_policy_name(const ConformanceRow *row);
const char *conformance_knows(const ConformanceRow *row);    // "nothing", "now", "history", "state"

enum { CONFORMANCE_COLUMNS = 11 };
extern const char *const conformance_columns[CONFORMANCE_COLUMNS];
void conformance_write_csv(const ConformanceStudy *study, FILE *out);

// Writes <results>/studies/popgym/policies.csv. *folder is its folder, to be freed.
bool conformance_save(const ConformanceStudy *study, const char *results, char **folder, Error *error);
