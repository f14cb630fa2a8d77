// NWJ: the variational form of the Kullback-Leibler divergence (Nguyen, Wainwright and Jordan 2010, "Estimating divergence functionals and
// the likelihood ratio by convex risk minimization", IEEE Transactions on Information Theory 56; Poole et al. 2019).
//
//     I(x; y) >= mean_i F_ii - off(e^F) / e
//
// with the critic and its training of analysis/information/critic.h, to which 1 is added: the best critic is 1 + log p(x,y)/(p(x) p(y)),
// and the value starts near 0. No logarithm of a mean: for a given critic the value is unbiased in samples. Its variance grows as
// e^I / K. No estimate from n pairs can vouch for much more than log n (McAllester and Stratos 2020, "Formal limitations on the
// measurement of mutual information", AISTATS): that is the ceiling, and a value above it is unreliable, as one with an effective
// sample size below 30 is.
#pragma once

#include "analysis/information/critic.h"

extern const EstimatorType estimator_nwj;    // params: critic_params
