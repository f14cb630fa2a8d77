// Warped and padded sequences: output the previous symbol of a sequence whose time runs slower.
//
// Source: Tallec, Ollivier, "Can recurrent neural networks warp time?", ICLR 2018, and the thesis of Tallec, 2019. The papers do not say all:
// what is marked * is our choice.
//
// Input     one-hot of S symbols, the last of which is the dummy. A random sequence in which neighbours differ is stretched: each of its
//           symbols takes c steps, c = W, or, variable, uniform in {w..W} for each symbol, w the shortest; it is cut off after `length` steps.
//             warped  the symbol is repeated for its c steps; symbols are any of the S *
//             padded  the symbol is shown once, then c - 1 dummies *; symbols are any of the S - 1 others *
// Asked     at every step.
//             warped  the previous symbol, of another kind than the present one; the dummy before there is one
//             padded  at a symbol, the one before it; the dummy at dummies *, and at the first symbol
// Longer    `lengthen` by 2 or more multiplies W, and w becomes longer_from, unless that is 0: a test beyond the training range, as in the thesis
//           (trained on 1 to 50, tested on 100 to W'). By 1 it is the training range. longer_from <= 2 W, so that each factor has a range.
// Baseline  Without a memory the previous symbol is any but the present one, all equally likely. Let w = W where the warp is not variable.
//             warped  at step t the first symbol is still shown with probability q_t = P(c > t): 1 for t < w, then (W - t) / (W - w + 1), 0 from
//                     t = W on. The label is the dummy then. So with s(p) = p ln(1/p), r_t = (1 - q_t) / (S - 1),
//                     loss      mean over t of  (1/S) (s(q_t) + (S-1) s(r_t)) + ((S-1)/S) (s(q_t + r_t) + (S-2) s(r_t))
//                     accuracy  mean over t of  (1/S) max(q_t, r_t) + ((S-1)/S) (q_t + r_t)
//             padded  a symbol is at step t with probability v_t, a renewal process: v_0 = 1, v_t = sum_{c=w..W} v_{t-c} / (W - w + 1), where
//                     v is 0 before 0. Only there, and not at t = 0, something is unknown: one of S - 2 symbols.
//                     loss      ln(S-2) (sum_{t>0} v_t) / length
//                     accuracy  1 - (1 - 1/(S-2)) (sum_{t>0} v_t) / length
#pragma once

#include "envs/task.h"

typedef enum WarpMode { WARP_WARPED, WARP_PADDED } WarpMode;

typedef struct WarpParams {
    int length;
    int symbols;    // S
    int warp;       // W
    int mode;       // a WarpMode
    bool variable;
    int shortest;       // w; 1 unless variable
    int longer_from;    // w of `lengthen` by 2 or more; 0: as in training
} WarpParams;

extern const TaskType warp_task;

// The label of every step, from the symbols that are shown. Both arrays may be the same.
void warp_labels(WarpMode mode, int dummy, const int *symbol, int steps, int *label);
