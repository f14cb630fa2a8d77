// The parts of `engram bench sequence`: gradient steps (sequence.c) and estimates of VAA (sequence_vaa.c).
#pragma once

#include "algorithms/networks/network.h"
#include "benchmarks/speed/speed.h"

enum { SEQUENCE_LAYERS = 2 };

typedef struct SequenceBenchParams {
    int cell, hidden, steps, task;    // cell -1, hidden 0: not given
    int repeats;
    bool contenders;
    int horizon, samples;    // of an estimate of VAA: M, n
} SequenceBenchParams;

NetworkParams sequence_network(int cell, int hidden);
// Always with the same weights for the same shape.
Network *sequence_new_network(const NetworkParams *params, int input, int output, DType type);

// Adds the row of one cell: time of an estimate, and the time of a step on the tape over that of a step of the estimator.
void sequence_vaa(const SequenceBenchParams *bench, int cell, int hidden, SpeedReport *report);
