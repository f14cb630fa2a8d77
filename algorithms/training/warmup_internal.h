// Between warmup.c and its tests: the loss of one step once everything random has been drawn, and what a placebo does.
#pragma once

#include "algorithms/training/warmup.h"

// What a step of warmup feeds: prefixes, and to each layer u[layer] [1, network_layer_input] for `horizon` steps. Both cells of a double
// layer are fed the same u, as they read the same input.
typedef struct WarmupDraw {
    const SequenceBatch *prefixes;
    int horizon;
    const Matrix *u;
} WarmupDraw;

// Records VAA* of each layer in stars[layer] and returns the loss, both [1,1]. Of a double layer the states of both cells together, with
// params->partial those of the first.
Node *warmup_loss(const WarmupParams *params, const Network *network, Tape *tape, Node *const *weights, const WarmupDraw *draw,
                  Node **stars);

// A matrix is here one of the cell's equations: the columns of one gate. `unwarmed` [1, all] are the network's values before warmup.
void warmup_permute(Network *network, Rng *rng);
void warmup_rescale(Network *network, Matrix unwarmed);
