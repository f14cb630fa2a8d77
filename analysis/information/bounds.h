// Objectives of neural estimators of mutual information, each as a function of one matrix of scores F [K, K], F_ij = T(x_i, y_j) of a
// critic T: joint pairs on the diagonal, pairs of different rows off it (Poole et al. 2019, "On variational bounds of mutual
// information", ICML). "off" is the mean over the K (K-1) entries with i != j. In nats, in double, and in the logarithmic domain: what
// is finite by its formula does not overflow on the way.
//
//     Donsker-Varadhan   mean_i F_ii - log off(e^F)                       Donsker and Varadhan 1983; in samples biased upwards
//     InfoNCE, rows      mean_i [F_ii - log sum_j e^F_ij] + log K         van den Oord, Li and Vinyals 2018; at most log K
//     InfoNCE, columns   the same of the transposed matrix
//     NWJ                mean_i F_ii - off(e^F) / e                       Nguyen, Wainwright and Jordan 2010; unbiased in samples
//     JS                 -mean_i softplus(-F_ii) - off softplus(F)        Hjelm et al. 2019; trains a critic, not an information
//     SMILE(tau)         mean_i F_ii - log off(e^clip(F, -tau, tau))      Song and Ermon 2020; not a bound, biased up by small tau
//
// Every function returns the value and fills `gradient` [K, K], which also is its work space, with dV/dF. Both matrices are F64; K >= 2;
// a score that is not finite gives a value that is not finite. No libm: the same bits on every machine.
#pragma once

#include "core/kernels.h"

double bound_donsker_varadhan(const Kernels *kernels, Matrix scores, Matrix gradient);
double bound_infonce_rows(const Kernels *kernels, Matrix scores, Matrix gradient);
double bound_infonce_columns(const Kernels *kernels, Matrix scores, Matrix gradient);
double bound_nwj(const Kernels *kernels, Matrix scores,
                 Matrix gradient);    // -infinity where off(e^F) is beyond the range of double
double bound_js(const Kernels *kernels, Matrix scores, Matrix gradient);
// tau > 0. The gradient is that of this value: 0 for entries off the diagonal that are clipped. (Training uses that of bound_js.)
double bound_smile(const Kernels *kernels, Matrix scores, double tau, Matrix gradient);

// Effective sample size (sum w)^2 / sum w^2 of the weights w = e^clip(F, -tau, tau) off the diagonal, tau = INFINITY: not clipped. Pairs
// that share a row or a column are not independent, so w stands for the K sums by row or by column, whichever gives less: between 1 and
// K. `work` is [K, K].
double bound_effective_size(const Kernels *kernels, Matrix scores, double tau, Matrix work);
