// Every cell that this program knows, and what the bistable pair shares.
#pragma once

#include "algorithms/cells/cell.h"

extern const CellType cell_gru, cell_lstm, cell_mgu, cell_brc, cell_nbrc, cell_feedforward, cell_elman, cell_leaky, cell_gated;

// What brc and nbrc do once their gates' inputs are known (all [B,H]):
// c * h + (1 - c) * tanh(candidate + a * h) with c = s(update), a = 1 + tanh(feedback).
Node *cell_bistable_update(Tape *tape, Node *update, Node *feedback, Node *candidate, Node *h);
