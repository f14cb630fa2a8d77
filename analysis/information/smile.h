// SMILE: a smoothed mutual information "lower bound" estimator (Song and Ermon 2020, "Understanding the limitations of variational mutual
// information estimators", ICLR). The critic of analysis/information/critic.h is trained, and its epoch chosen, by the Jensen-Shannon
// objective
//
//     -mean_i softplus(-F_ii) - off softplus(F)
//
// whose best critic is log p(x,y)/(p(x) p(y)), and read by the value of Donsker and Varadhan with clipped scores
//
//     mean_i F_ii - log off(e^clip(F, -tau, tau))
//
// Clipping bounds the variance of the mean, at the price that this is no lower bound any more: the logarithm lies within -tau and tau
// whatever the scores, so a critic pays nothing for scores beyond tau of pairs that do not belong together. At the best critic, where it
// would be 0, the value errs by at most tau, up or down. So there is no ceiling (NaN). Unreliable: an effective sample size below 30
// (of the clipped weights), or a value on the fitted pairs far above that on the test pairs.
#pragma once

#include "analysis/information/critic.h"

extern const EstimatorType estimator_smile;    // params: critic_params
