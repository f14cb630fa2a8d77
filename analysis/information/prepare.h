// From pairs as they come to two matrices in double, in an order that matters: rows with a number that is not finite are rejected,
// constant columns removed, different rows counted, columns scaled. And what can be seen before anything is estimated. Estimators that fit
// nothing use the test pairs only.
#pragma once

#include "analysis/information/information.h"

// Column by column and monotone, so that none changes the information. The ranks are mid-ranks.
typedef enum PairsScaling {
    SCALING_NONE,
    SCALING_STANDARD,        // mean 0, sd 1 (divided by n)
    SCALING_RANK_UNIFORM,    // u = (rank - 1/2) / n
    SCALING_RANK_NORMAL,     // the standard normal quantile of u: for heavy tails
    SCALING_ASINH,           // asinh(x), then as standard
} PairsScaling;
extern const char *const pairs_scalings[];    // for PARAM_CHOICE: none, standard, rank-uniform, rank-normal, asinh

typedef struct PreparedPairs {
    Matrix x, y;                      // F64 [rows, the columns left], owned; the vectors of y side by side
    int rows, rejected;               // kept; left out
    int constant_x, constant_y;       // columns removed
    double distinct_x, distinct_y;    // different rows / rows, before scaling: 1 without ties
    double kurtosis;                  // the largest excess kurtosis of a column after scaling; NaN where no column is left
} PreparedPairs;

// Errors: more than 1 % of the rows rejected; fewer than two left. Sets are not vectors: every part of y has particles = 1. On an error
// there is nothing to free.
bool pairs_prepare(const InformationPairs *pairs, PairsScaling scaling_x, PairsScaling scaling_y, PreparedPairs *out,
                   Error *error);
void pairs_free(PreparedPairs *pairs);

// Numbers the different rows in order of their first appearance, coordinates rounded to ENTROPY_DECIMALS (analysis/information/entropy.h);
// `classes` is how many. Rows without columns are all the same. Error: a number too large to be rounded so.
bool pairs_classes(Matrix rows, int *labels, int *classes, Error *error);

// A side without a column that varies holds no information: then true, with value and interval 0 and the ceiling log n.
bool pairs_trivial(const PreparedPairs *pairs, InformationEstimate *estimate);

// Tails too heavy for what measures distances or correlations: an excess kurtosis above 10.
bool pairs_heavy(const PreparedPairs *pairs);

// Ties that an estimator for continuous variables cannot bear: fewer than 0.9 different rows per row, on either side.
bool pairs_tied(const PreparedPairs *pairs);

// The name of the estimator among those that fit nothing: "plug-in" for two discrete sides (less than 0.1 different rows per row, and at
// most 50 of them), "ross" for a discrete y and an x without ties (more than 0.9), "ksg1" for two sides without ties, otherwise "mixed".
const char *pairs_suggest(const PreparedPairs *pairs);
