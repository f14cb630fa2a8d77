// engram bench mi: what estimators of mutual information say where the truth is known (analysis/information/known.h). Every estimator, with
// its defaults, gets the same pairs in two halves, as hidden states and beliefs come: F32, columns as they are. So a row tells what
// to expect of an estimate from as many pairs: its mean and sd over samples, how far from the truth, at what price.
//
// Estimators for labels get tasks that have them: Ross' where y is a label, frequencies (plug-in) where both sides are. An estimator that
// refuses a task has no row for it; what it said first is kept.
#pragma once

#include <stdio.h>

#include "analysis/information/information.h"
#include "analysis/information/known.h"

// Which tasks: a short list of one or two of each kind; all; or a family: KNOWN_FAMILY_COUNT of them follow, by their names.
typedef enum StudyTasks { STUDY_SHORT, STUDY_ALL, STUDY_FAMILY } StudyTasks;

typedef struct InformationStudyParams {
    int tasks;          // StudyTasks
    int pairs;          // in each half
    int repetitions;    // samples of each task
    int seed;
} InformationStudyParams;
extern const ParamTable information_study_params;

typedef struct InformationStudyRow {
    const KnownTask *task;
    const EstimatorType *estimator;
    double truth;       // nats
    int pairs;          // that an estimate is about
    int undefined;      // samples for which the estimate is not a number
    int unreliable;     // samples for which it is not to be relied on, by the estimator's own signs
    double mean, sd;    // over the other samples; NaN where there is none (sd: fewer than two)
    double ceiling;     // mean over samples of what the estimate cannot exceed; NaN: unknown
    double seconds;     // CPU time of an estimate, mean over samples: the only number that is not the same twice
} InformationStudyRow;

typedef struct InformationStudyRefusal {
    const EstimatorType *estimator;
    const KnownTask *task;    // the first one
    int count;                // tasks refused
    Error error;              // what it said of the first
} InformationStudyRefusal;

typedef struct InformationStudy {
    InformationStudyParams params;
    int row_count, refusal_count;
    InformationStudyRow *rows;            // task by task in the order of known_tasks, estimators in their order
    InformationStudyRefusal *refusals;    // an estimator each
} InformationStudy;

// Whether the command takes types[at] only when it is named: another one with other defaults (mine-wide beside mine), and `sliced`, which
// estimates something else than the information and takes longest.
bool information_study_is_aside(const EstimatorType *const *types, size_t count, size_t at);

// Streams are named by the seed, the task and the repetition, so that a row does not depend on what else is asked. `say` is told what is
// under way; NULL: nobody. To be freed with information_study_free.
InformationStudy *information_study_run(const InformationStudyParams *params, const EstimatorType *const *types, size_t count,
                                        void (*say)(const char *text));
void information_study_free(InformationStudy *study);

// How tables print nats: an exponential mean in heavy tails may be 1e50.
const char *information_study_format(double nats);

enum { INFORMATION_STUDY_COLUMNS = 15 };
extern const char *const information_study_columns[INFORMATION_STUDY_COLUMNS];
void information_study_write_csv(const InformationStudy *study, FILE *out);
