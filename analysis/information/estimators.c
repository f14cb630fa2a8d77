// The registry of estimators. To add one: write its file, include its header, add its line to the registry and its row to the choice.
#include "analysis/information/estimators.h"

#include <stddef.h>
#include <string.h>

#include "analysis/information/gaussian.h"
#include "analysis/information/infonce.h"
#include "analysis/information/ksg.h"
#include "analysis/information/mine.h"
#include "analysis/information/mixed.h"
#include "analysis/information/nwj.h"
#include "analysis/information/plug_in.h"
#include "analysis/information/probe.h"
#include "analysis/information/ross.h"
#include "analysis/information/sliced.h"
#include "analysis/information/smile.h"

const EstimatorType *const estimator_types[] = {
    &estimator_mine,  &estimator_mine_narrow, &estimator_mine_wide, &estimator_probe,  &estimator_infonce,
    &estimator_nwj,   &estimator_smile,       &estimator_ksg1,      &estimator_ksg2,   &estimator_ross,
    &estimator_mixed, &estimator_gaussian,    &estimator_plug_in,   &estimator_sliced,
};
const size_t estimator_type_count = sizeof estimator_types / sizeof *estimator_types;

#define WANTED(i) PARAM_BOOL, offsetof(EstimatorChoice, wanted[i])
static const ParamSpec rows[] = {
    {"mine", WANTED(0), "true", 0, 0, NULL, "MINE, as the belief study"},
    {"mine-narrow", WANTED(1), "false", 0, 0, NULL, "MINE with a quarter of the units"},
    {"mine-wide", WANTED(2), "false", 0, 0, NULL, "MINE with twice the units and one more layer"},
    {"probe", WANTED(3), "true", 0, 0, NULL, "a linear reader: softmax, or regression where beliefs are continuous"},
    {"infonce", WANTED(4), "false", 0, 0, NULL, "InfoNCE with a separable critic"},
    {"nwj", WANTED(5), "false", 0, 0, NULL, "Nguyen, Wainwright and Jordan's bound"},
    {"smile", WANTED(6), "false", 0, 0, NULL, "SMILE: clipped, no longer a bound"},
    {"ksg1", WANTED(7), "false", 0, 0, NULL, "Kraskov, Stoegbauer and Grassberger's first estimator"},
    {"ksg2", WANTED(8), "false", 0, 0, NULL, "their second"},
    {"ross", WANTED(9), "false", 0, 0, NULL, "nearest neighbours with discrete beliefs"},
    {"mixed", WANTED(10), "false", 0, 0, NULL, "nearest neighbours with atoms (Gao et al.)"},
    {"gaussian", WANTED(11), "false", 0, 0, NULL, "canonical correlations, bias removed"},
    {"plug-in", WANTED(12), "false", 0, 0, NULL, "counts, with Miller and Madow's correction"},
    {"sliced", WANTED(13), "false", 0, 0, NULL, "mean over random one-dimensional projections"},
    {"all_parts", PARAM_BOOL, offsetof(EstimatorChoice, all_parts), "false", 0, 0, NULL,
     "also of all parts of a belief together"},
    {"stride", PARAM_INT, offsetof(EstimatorChoice, stride), "1", 1, 1000000, NULL,
     "s: every s-th recorded checkpoint and the last are analysed; where time is short"},
};
#undef WANTED
const ParamTable estimator_choice_params = {"estimators", rows, sizeof rows / sizeof *rows, sizeof(EstimatorChoice)};

static_assert(sizeof estimator_types / sizeof *estimator_types <= ESTIMATORS_MAX &&
                  sizeof estimator_types / sizeof *estimator_types + 2 == sizeof rows / sizeof *rows,
              "a row for each estimator");

const EstimatorType *estimator_find(const char *name, Error *error) {
    const char *names[sizeof estimator_types / sizeof *estimator_types];
    for (size_t i = 0; i < estimator_type_count; i++) {
        names[i] = estimator_types[i]->name;
        if (strcmp(name, names[i]) == 0) return estimator_types[i];
    }
    error_unknown(error, "estimator", name, names, estimator_type_count);
    return NULL;
}
