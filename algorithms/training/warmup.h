// Warmup (Lambrechts, De Geeter, Vecoven, Ernst, Drion, "Warming up recurrent neural networks to maximise reachable multistability greatly
// improves learning", Neural Networks 166, 2023): before training, gradient steps that push the variability amongst attractors of every layer
// towards a target, on unlabelled training inputs.
//
//     loss = mean over layers l of (VAA*_l - target)^2
//
// One step, k = 0, 1, ...:  a horizon M uniform in {1..min(1 + increment k, maximum)}; a batch of sequences, each cut to a prefix (or whole),
// through the network from zero states; then every layer by itself, fed one vector u_l ~ N(0, I) for M steps from the state it had; VAA*_l of
// the states it ends in (algorithms/training/vaa_star.h). Gradients flow back through the M steps and the prefixes into all recurrent
// weights; the head has none and is not moved. Adam of its own, thrown away afterwards.
//
// The two cells of a double layer are fed the same u_l, and VAA* is of their states together. Partial warmup: only the first cell of a double
// layer is held to the target.
#pragma once

#include "algorithms/networks/network.h"
#include "algorithms/networks/sequences.h"
#include "core/archive.h"
#include "core/recorder.h"

// Controls. A matrix is here one of the cell's equations (the columns of one gate), of all that warmup moves: recurrent, input, biases.
typedef enum WarmupPlacebo {
    WARMUP_REAL,
    WARMUP_PERMUTED,    // afterwards the entries of every matrix change places at random: the same distribution of weights, no structure
    WARMUP_RESCALED,    // afterwards the weights are the unwarmed ones again, but each matrix scaled to the norm that warmup gave it (zeros stay)
} WarmupPlacebo;

typedef struct WarmupParams {
    int steps;      // 0: no warmup
    double rate;    // learning rate of Adam
    int batch;
    int horizon_increment, horizon_maximum;    // steps
    double tolerance;                          // epsilon of VAA*
    double target;
    bool partial;
    int placebo;    // WarmupPlacebo
} WarmupParams;

extern const ParamTable warmup_params;

typedef struct Warmup Warmup;

// Partial warmup needs double layers: false with a message otherwise.
bool warmup_check(const WarmupParams *params, const NetworkParams *network, Error *error);

// The network is borrowed and changed by each step. `longest`: steps of the longest sequence that a source will give.
Warmup *warmup_create(const WarmupParams *params, Network *network, int longest, uint64_t seed, const Linalg *linalg);
void warmup_destroy(Warmup *warmup);

typedef struct WarmupStep {
    int horizon;        // M
    double loss;        // before the step
    double vaa_star;    // mean over the layers
} WarmupStep;

// What a step did, as the series warmup/loss, warmup/vaa-star and warmup/horizon.
void warmup_record(const Recorder *recorder, int64_t step, WarmupStep did);

int64_t warmup_done(const Warmup *warmup);    // steps done
bool warmup_over(const Warmup *warmup);       // all of params.steps, and the placebo's change made

// The next step; after the last one the placebo's change, if there is one. Sequences are drawn without replacement, in an order drawn anew for
// each pass over the source; the last batch of a pass may be smaller. False with a message when the loss is not finite.
bool warmup_step(Warmup *warmup, const SequenceSource *source, WarmupStep *out, Error *error);

// Position, Adam's state, and what a placebo remembers.
void warmup_archive(Warmup *warmup, Archive *archive);
