// MINE: a neural lower bound on the mutual information of a hidden state h and a belief b (Belghazi et al. 2018,
// "Mutual information neural estimation", ICML; as used by Lambrechts, Bolland and Ernst, TMLR 2022). In nats.
//
//     I(h; b) >= V(T) = E_{p(h,b)}[T(h, b)] - log E_{p(h) p(b)}[exp T(h, b)]            (Donsker and Varadhan)
//
// The statistic network T is an MLP with ReLU on concat(h, representation of b); a vector belief represents itself. A
// batch of B joint pairs comes with B marginal ones: hidden states and beliefs under two further, independent
// permutations. The gradient of the log term by plain batches is biased, so its denominator is a moving average m over
// batches (section 3.2 of the paper):
//
//     m_1 = mean exp T;  m_t = alpha mean exp T + (1 - alpha) m_{t-1}, before it is used
//     d(log term)/dT_i = exp(T_i) / (B m_t)
//
// kept here in the logarithmic domain, in double, while the network works in float. The weights of the epoch with the
// best objective on held-out pairs are kept. The value is V on pairs that training never saw.
//
// The released code differs from this in five ways; each is a switch, and false is the corrected behaviour.
#pragma once

#include "core/linalg.h"
#include "core/param.h"
#include "core/rng.h"
#include "core/weights.h"

typedef enum MineScaling { MINE_RAW, MINE_STANDARD } MineScaling;

typedef struct MineParams {
    int hidden, layers;    // units per hidden layer of T, and how many of them
    int batch, epochs;
    double learning_rate;        // of Adam
    double alpha;                // weight of a new batch in the moving average
    double lambda;               // V - lambda (log mean exp T)^2: pins T's free constant
    double validation;           // share of the training pairs, the first ones, that chooses the epoch
    int restarts;                // the estimate is the mean over so many networks
    int scaling;                 // MineScaling
    bool extra_step;             // quirk: one more Adam step at the end of an epoch, with the stale last gradient
    bool average_evaluations;    // quirk: evaluations enter the moving average as well
    bool average_by_batch;       // quirk: an incomplete batch enters it with full weight, not as 1 - (1-alpha)^(n/B)
    bool floor_batches;          // quirk: the logged training value is divided by floor(n/B) where ceil(n/B) were summed
    bool plain_exp;              // quirk: exp T in the network's precision without shift (overflows at 88.7 in float)
} MineParams;
extern const ParamTable mine_params;

// Row i of both belongs together: hidden [n, dh], belief [n, db], both of the network's type.
typedef struct MinePairs {
    Matrix hidden, belief;
} MinePairs;

typedef struct MineCall {    // one evaluation of the objective
    bool training;
    double joint_mean;      // mean T over the joint pairs
    double log_mean_exp;    // log mean exp T over the marginal ones
    double objective;       // the difference, less lambda log_mean_exp^2
    double log_average;     // log m after the call
    double ess;             // effective sample size of the weights w = exp T: (sum w)^2 / sum w^2
} MineCall;

// Where permutations come from, and who watches. Order of the permutations: in every epoch joint, hidden, belief (of
// the fitted pairs), then hidden, belief (of the validation pairs, if there are any); in mine_value hidden, belief.
typedef struct MineHooks {
    void *context;
    void (*permute)(void *context, int n, int *out);
    void (*call)(void *context, const MineCall *call);                              // NULL: nobody
    void (*epoch)(void *context, int epoch, double training, double validation);    // NULL: nobody
} MineHooks;

// ---- one network ----------------------------------------------------------------------------------------------------
typedef struct Mine Mine;

Mine *mine_create(const MineParams *params, int hidden_size, int belief_size, DType type, const Linalg *linalg);
void mine_destroy(Mine *mine);
// Layers in order: "layer0/weight" [dh + db, hidden], "layer0/bias" [1, hidden], ..., "output/weight", "output/bias".
Weights *mine_weights(Mine *mine);
// Weights and biases uniform on +-1/sqrt(fan in); Adam and the moving average forget.
void mine_initialise(Mine *mine, Rng *rng);

// The objective on `count` joint pairs (rows `joint`, NULL: 0..count-1) and as many marginal ones (hidden state of row
// hidden[i], belief of row belief[i]). `training`: enters the moving average, and the gradient of the NEGATIVE
// objective replaces that of the weights; count is then at most the batch size.
MineCall mine_objective(Mine *mine, MinePairs pairs, const int *joint, const int *hidden, const int *belief, int count,
                        bool training);

// Fits on `pairs` (the first `validation` share chooses the epoch; without one the last epoch is kept) and leaves the
// best weights in place. Returns the validation objective of that epoch, NaN without validation pairs.
double mine_train(Mine *mine, MinePairs pairs, const MineHooks *hooks);
// The objective (with lambda 0: the bound) on all of `pairs`, against one independently permuted copy.
MineCall mine_value(Mine *mine, MinePairs pairs, const MineHooks *hooks);

// ---- the estimate ---------------------------------------------------------------------------------------------------
typedef struct MineEstimate {
    double value;         // nats; mean over restarts of the bound on the test pairs. May be slightly negative
    double sd;            // over restarts; NaN when there is only one
    double train;         // the bound on the pairs that were fitted, mean over restarts
    double validation;    // mean over restarts; NaN without validation pairs
    double ess;           // mean over restarts, on the test pairs
    bool unreliable;      // ess < 30, or train - value > max(0.1, 0.2 train), or not finite
} MineEstimate;

// Trains on one set of pairs and reports on the other (both F32, the same columns). Restart r draws from
// (seed, RNG_ESTIMATOR, r): different data under the same seed meet the same initial networks and permutations.
MineEstimate mine_estimate(const MineParams *params, MinePairs train, MinePairs test, uint64_t seed, const Linalg *linalg);
