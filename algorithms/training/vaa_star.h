// VAA*, the differentiable stand-in for the variability amongst attractors (Lambrechts et al. 2023, as their program has it), of n final
// states of one layer:
//
//     s_i = tanh h_i (LSTM: tanh [h_i, c_i]), elementwise        d_ij = |s_i - s_j|
//     C_ij = 1 - max(0, d_ij - eps) / (d_ij + delta),  delta = 1e-6          VAA* = (1/n) sum_i 1 / sum_j C_ij
//
// Derivatives, S_i = sum_j C_ij:  dVAA*/dd_ij = (1/n) (1/S_i^2 + 1/S_j^2) (eps + delta) / (d_ij + delta)^2 for each unordered pair with
// d_ij > eps, else 0;  dd_ij/ds_i = (s_i - s_j) / d_ij;  ds/dh = 1 - s^2.
#pragma once

#include "core/tape.h"

// `states`: count nodes [n, width], side by side one state vector (h, then c). Returns [1,1]. An operation of the tape.
Node *vaa_star(Tape *tape, int count, Node *const *states, double tolerance);
