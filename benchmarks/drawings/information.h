// What runs say about the information in hidden states: which estimators and sets of histories they have, under which names.
//
//     <estimator>/<set>                 of the relevant part of the belief, in nats
//     <estimator>/<set>-irrelevant      of the irrelevant variables' belief
//     <estimator>/bank-observation      control, once: the observation in place of the hidden state
//     entropy/<set>                     H(b), where beliefs are discrete
#pragma once

#include "benchmarks/drawings/panel.h"

#define IRRELEVANT_SUFFIX "-irrelevant"

typedef struct InformationSet {
    const char *name;     // "policy"
    const char *title;    // "current policy"
} InformationSet;
enum { SET_POLICY, SET_EXPLORING, SET_BANK, INFORMATION_SETS };
extern const InformationSet information_sets[INFORMATION_SETS];

// The same look of an estimator in every figure; what is not in the table is grey under its own name.
typedef struct EstimatorStyle {
    char name[32];    // in series: "mine-narrow"
    char label[32];
    const char *colour;
    int dash;            // of DASHES in figures/common.gp: 1 solid, 2 dashed, 3 dotted
    int filled, open;    // point types
} EstimatorStyle;
EstimatorStyle estimator_style(const char *name);

enum { ESTIMATORS_MAX = 16 };
typedef struct Estimators {
    size_t count;    // 0: no run has an estimate
    EstimatorStyle style[ESTIMATORS_MAX];
} Estimators;

// Those with a series of a set in any finished run: first MINE, then in the table's order, then others as they come. False with a message
// when a run is not analysed.
bool estimators_find(const Panels *panels, Estimators *found, Error *error);

// The one that figures of one estimator show: MINE, or the first; NULL for none.
const EstimatorStyle *estimators_first(const Estimators *found);

// Whether any finished run of the panel has the series.
bool information_has(const Panel *panel, const char *series, bool *there, Error *error);

// "<estimator>/<set><suffix>", the caller's to free.
char *information_series(const char *estimator, int set, const char *suffix);

// Message for experiments without any estimate; returns false.
bool information_none(const Panels *panels, const char *what, Error *error);
