// VAA, the variability amongst attractors of a recurrent network (Lambrechts, De Geeter, Vecoven, Ernst, Drion, Neural Networks 166, 2023, as
// their program estimates it). n sequences are drawn with replacement and cut to prefixes, which bring the network from zero into n states;
// then one vector u ~ N(0, I), the same for all, is fed for M steps. With d_ij the Euclidean distance between the final states of all layers
// (h of a layer, then its c):
//
//     VAA = (1/n) sum_i 1 / #{j : d_ij < eps}          from 1/n (all in one place) to 1 (all apart)
//
// It counts whatever is not closer than eps: attractors, but also transients slower than M steps. In double throughout.
#pragma once

#include "algorithms/networks/network.h"
#include "algorithms/networks/sequences.h"

typedef struct VaaParams {
    int period;          // units of training between two measurements; 0: never
    int samples;         // n
    int horizon;         // M
    int estimates;       // each with its own sequences, prefixes and u; the value is their mean
    double tolerance;    // eps
} VaaParams;

extern const ParamTable vaa_params;

// Of final states [n, D] (f64).
double vaa_of_states(Matrix states, double tolerance);

typedef struct Vaa Vaa;    // a network in double and its states, kept between estimates

Vaa *vaa_create(const VaaParams *params, const NetworkParams *shape, int input, int output, int longest);
void vaa_destroy(Vaa *vaa);

typedef struct VaaEstimate {
    double value;      // mean over the estimates
    double settled;    // share of the estimates whose states had come to rest, or into an exact cycle, before M steps were over
} VaaEstimate;

// Of the network as it is now (single or double). NaN where a state is not finite. Streams: (seed, RNG_VAA, index * estimates + k).
VaaEstimate vaa_estimate(Vaa *vaa, const Network *network, const SequenceSource *source, uint64_t seed, uint64_t index);

// The pieces, for tests against golden values and for studies. `initial` are the states at the end of given prefixes, `u` [1, I] is fed for
// `horizon` steps; final states go to `states` [n, D], layer by layer, part by part, h and then c, rows in the order in which sequences were asked for. n up to
// params.samples. False when a state is not finite.
bool vaa_final_states(Vaa *vaa, const Network *network, const SequenceBatch *prefixes, Matrix u, int horizon, Matrix states);
int vaa_state_size(const Network *network);    // D
