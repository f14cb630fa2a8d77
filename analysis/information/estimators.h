// Which estimators an analysis runs.
#pragma once

#include "analysis/information/information.h"

enum { ESTIMATORS_MAX = 20 };

typedef struct EstimatorChoice {
    bool wanted[ESTIMATORS_MAX];    // by position in the registry
    bool all_parts;                 // also of all parts of a belief together, where there are several
    int stride;                     // s: of the recorded checkpoints every s-th and the last; where time is short
} EstimatorChoice;
extern const ParamTable estimator_choice_params;    // one row per estimator, in the registry's order, named as it is
