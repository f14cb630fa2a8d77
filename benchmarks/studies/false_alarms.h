// engram bench claims NAME: how often each claim of an experiment would be judged how, on code that has not changed. A bank of many
// seeds is trained once; sets of as many seeds as the experiment has are drawn from it without replacement, and each set is judged
// like a build: every claim, Holm over its family, and the gate that compares one such set with another (benchmarks/baseline.h).
//
// A draw takes the same seeds for all claims and cells, as a build does. Three numbers say how well a bank of N seeds knows a rate:
//     bootstrap   the bank itself is drawn anew with replacement, and the rate computed from it; the 2.5 and 97.5 % quantiles. It
//                 knows nothing of what the bank has never shown: a rate of 0 stays 0.
//     blocks      the bank is cut into N / n disjoint sets, which are independent; Clopper and Pearson's interval of how many of
//                 them end so. Wide, but it supposes nothing.
//     sigmas      for rates too small to be seen: at 4 and more the bounds that can fail were never near their boundaries.
// Correlations are judged with fewer permutations than in a check; p is then (b + 1) / (permutations + 1) as well.
#pragma once

#include "benchmarks/check.h"

typedef struct AlarmParams {
    int draws;                   // sets drawn from the bank
    int banks, draws_of_bank;    // for the bootstrap interval: banks, and sets drawn from each
    int permutations;
    int seed;
} AlarmParams;
extern const ParamTable alarm_params;

typedef struct AlarmRow {
    const ClaimSpec *spec;           // NULL: all claims of the file together (`contrary` is then any contrary claim)
    double pass, fail, undecided;    // shares of the draws; the file's row: as expected, contrary, undecided
    double contrary;                 // share in which the verdict is contrary to what is expected: the false alarms
    Interval bootstrap, blocks;      // of `contrary`, 95 %
    int blocks_contrary;
    double sigmas;    // how far the bounds that can fail are from their boundaries: mean over the draws, in standard deviations
    double worse;     // share in which the gate finds it worse, or any claim
    Interval worse_bootstrap;
    double confirmed;    // share in which fresh seeds find so as well: what would block
} AlarmRow;

typedef struct AlarmReport {
    const Experiment *experiment;
    AlarmParams params;
    int bank, seeds, block_count;    // seeds in the bank, in a set; disjoint sets
    size_t count;
    AlarmRow *rows;            // the claims, then the file
    char data[DIGEST_SIZE];    // of the bank
    char *revision;
} AlarmReport;

// `experiment` has the bank's seeds; `seeds` is how many a set has. The bank's runs must be finished and analysed. Borrows the
// experiment. NULL with a message: fewer than three sets fit into the bank, a run of the bank broke down, or what check_experiment says.
AlarmReport *alarms_study(const char *results, const Experiment *experiment, int seeds, const AlarmParams *params,
                          void (*say)(const char *text), Error *error);
void alarms_free(AlarmReport *report);

enum { ALARM_COLUMNS = 19 };
extern const char *const alarm_columns[ALARM_COLUMNS];
void alarms_write_csv(const AlarmReport *report, FILE *out);
