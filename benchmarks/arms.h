// One value per run for each arm of a claim, from the logs and analyses of an experiment's runs.
#pragma once

#include "benchmarks/claimspec.h"
#include "benchmarks/gather.h"

// Parallel arrays over the arm's runs. What a run gave is in `value` (and `other`, the second quantity, where both are measured in the
// same run); a run that broke down is `failed`, with NaN. Arms of different runs have one row for each seed and combination of what does not
// tell them apart: the mean, where an arm has several runs of it.
typedef struct Arm {
    int n;
    double *value, *other;
    bool *failed;
    int *stratum, *block;    // block: the run's seed, counted from the lowest
    int64_t *seed;
    char **run;        // names; a trend's row has that of the first of its runs
    char **label;      // the varied values
    int unreliable;    // runs whose value rests on an estimate that MINE itself calls unreliable (analysis/information/mine.h)
} Arm;

typedef struct Arms {
    int count;    // 1: a alone, or a and b in the same run; 2; as many as are ordered
    Arm *arms;    // pairs are aligned: the runs with one index belong together
} Arms;

// An empty arm with room for so many runs; arm_add appends one that has no values yet, and returns its index.
Arm arm_create(size_t room);
int arm_add(Arm *arm, const char *run, const char *label, int64_t seed);
void arm_free(Arm *arm);

// How many rows an arm will have in this sweep; `where` chooses among them (an ordered arm), NULL: all.
int arms_planned(const ClaimSpec *spec, const ArmSpec *arm, const Selector *where, const Experiment *experiment,
                 const Sweep *sweep);

// Runs that are not finished (which only --partial lets through) are left out. False with a message.
bool arms_read(const ClaimSpec *spec, Gathering *gathering, Arms *arms, Error *error);
void arms_free(Arms *arms);

// As analysis/claims.h takes it; points into the arm. `ranked`: with the second quantity.
ClaimArm arm_of_claim(const Arm *arm, bool ranked);
// The second quantity of the same runs as an arm of its own.
ClaimArm arm_of_other(const Arm *arm);

int arm_distinct_seeds(const Arm *arm);    // among the runs that did not break down
