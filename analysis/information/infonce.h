// InfoNCE: which y of a block belongs to x, and which x to y, as two classifications among K (van den Oord, Li and Vinyals 2018,
// "Representation learning with contrastive predictive coding"; as a bound: Poole et al. 2019, "On variational bounds of mutual
// information", ICML). The mean of both forms is trained and reported:
//
//     I(x; y) >= log K + 1/2 mean_i [F_ii - log sum_j e^F_ij] + 1/2 mean_i [F_ii - log sum_j e^F_ji]
//
// with the critic and its training of analysis/information/critic.h. Little variance, and never above log K, the ceiling: a value within
// 0.1 of it is unreliable, since there may be any amount more.
#pragma once

#include "analysis/information/critic.h"

extern const EstimatorType estimator_infonce;    // params: critic_params
