// Information of two discrete variables from observed frequencies:
//
//     I = sum_ab p_ab log( p_ab / (p_a p_b) ) + (K_a + K_b - K_ab - 1) / (2 n)
//
// K are the numbers of cells that occur, and the second term the correction of the bias (Miller 1955, "Note on the bias of information
// estimates"; Madow). Values are the different rows, rounded to ENTROPY_DECIMALS: a continuous x falls into as many as there are pairs,
// and then means nothing.
#pragma once

#include "analysis/information/information.h"

typedef struct PlugInParams {
    bool bias_correction;
} PlugInParams;

typedef struct PlugIn {
    double value;                   // of the frequencies, without correction
    double correction;              // to be added
    double sd;                      // of the value, see below
    int cells, cells_a, cells_b;    // that occur
} PlugIn;

// For labels 0, 1, ... below n; NaN with n = 0. The error is that of a mean of log ratios, and what remains of it between independent
// variables (there it is twice too much), where 2 n I is chi-square with (K_a - 1) (K_b - 1) degrees of freedom:
//
//     sd^2 = var( log(p_ab / (p_a p_b)) ) / n + (K_a - 1) (K_b - 1) / (2 n^2)
PlugIn plug_in(const int *a, const int *b, int n);

// P of as much information between independent variables: 2 n I of the frequencies against that chi-square distribution. 1 where one of
// them has a single value.
double plug_in_p(const PlugIn *of, int n);

// On the test pairs. Interval value -+ 1.96 sd; ceiling: the entropy of y. Unreliable: fewer than five pairs per cell that occurs. Error:
// numbers too large to be rounded.
extern const ParamTable plug_in_params;
extern const EstimatorType estimator_plug_in;
