// MINE: a neural lower bound on the mutual information of a hidden state h and a belief b (Belghazi et al. 2018,
// "Mutual information neural estimation", ICML; as used by Lambrechts, Bolland and Ernst, TMLR 2022). In nats.
//
//     I(h; b) >= V(T) = E_{p(h,b)}[T(h, b)] - log E_{p(h) p(b)}[exp T(h, b)]            (Donsker and Varadhan)
//
// The statistic network T is an MLP with ReLU on concat(h, representations of b's parts in turn); a vector represents
// itself, a set of particles is represented by a Deep Set of its own (analysis/information/deep_set.h), trained jointly
// with T. A batch of B joint pairs comes with B marginal ones: hidden states and beliefs under two further, independent
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
//
// An epoch over 8000 fitted and 2000 held-out pairs (2 x 256 units, batches of 1024) took 0.1 s of CPU time with vectors of
// 106 numbers, and with sets of 64, 256 and 1000 particles of 3 numbers 0.2, 0.6 and 2.1 s (`engram bench mine --set
// particles=N`, AVX-512, on a machine busy with other work). Fewer particles are the cheaper setting (histories.particles): on the
// Mountain Hike 64 of the filter's 1000 read 0.2 nats more at an eleventh of the time (results/reference/belief/README.md).
#pragma once

#include "analysis/information/information.h"
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

typedef struct MineCall {    // one evaluation of the objective
    bool training;
    double joint_mean;      // mean T over the joint pairs
    double log_mean_exp;    // log mean exp T over the marginal ones
    double objective;       // the difference, less lambda log_mean_exp^2
    double log_average;     // log m after the call
    double ess;             // effective sample size of the weights w = exp T: (sum w)^2 / sum w^2
    double variance;        // of the objective, by the sampling of its pairs (delta method); NaN for one pair
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

// What the columns of x and of y's parts are. A part with more than one particle is a set.
typedef struct MineShape {
    int x, parts;
    int particles[INFORMATION_PARTS_MAX], size[INFORMATION_PARTS_MAX];    // of each part: particles, and numbers of each
    int representation;                                                   // numbers that represent a set
} MineShape;

MineShape mine_shape(const InformationPairs *pairs);    // representation: DEEP_SET_SIZE

Mine *mine_create(const MineParams *params, const MineShape *shape, DType type, const Linalg *linalg);
void mine_destroy(Mine *mine);
// Layers in order: "layer0/weight" [input, hidden], "layer0/bias" [1, hidden], ..., "output/weight", "output/bias"; then the Deep Sets, "set0/"
// with the names of deep_set_declare, and so on.
Weights *mine_weights(Mine *mine);
// Weights and biases uniform on +-1/sqrt(fan in); Adam and the moving average forget.
void mine_initialise(Mine *mine, Rng *rng);

// The objective on `count` joint pairs (rows `joint`, NULL: 0..count-1) and as many marginal ones (hidden state of row
// hidden[i], belief of row belief[i]). `training`: enters the moving average, and the gradient of the NEGATIVE
// objective replaces that of the weights; count is then at most the batch size.
// A set is represented once however often its row occurs.
MineCall mine_objective(Mine *mine, const InformationPairs *pairs, const int *joint, const int *hidden, const int *belief,
                        int count, bool training);

// Fits on `pairs` (the first `validation` share chooses the epoch; without one the last epoch is kept) and leaves the
// best weights in place. Returns the validation objective of that epoch, NaN without validation pairs.
double mine_train(Mine *mine, const InformationPairs *pairs, const MineHooks *hooks);
// The objective (with lambda 0: the bound) on all of `pairs`, against one independently permuted copy.
MineCall mine_value(Mine *mine, const InformationPairs *pairs, const MineHooks *hooks);

// How many of so many training pairs, the first ones, choose the epoch; and a view of some consecutive rows.
int mine_held(const MineParams *params, int count);
InformationPairs mine_rows(const InformationPairs *pairs, int first, int count);

// ---- the estimate (analysis/information/mine_estimate.c) ------------------------------------------------------------
// value, train, validation, ess: means over restarts. low, high: from the variance of T over the test pairs (MineCall) and the variance over
// restarts; of the bound, which says nothing of how far the information lies above it. ceiling: log n. unreliable: ess < 30, or
// train - value > max(0.1, 0.2 train), or not finite. Numbers of a set are scaled per column over all particles.
typedef InformationEstimate MineEstimate;

// Trains on one set of pairs and reports on the other. Restart r draws from (seed, RNG_ESTIMATOR, r): different data under the same seed meet
// the same initial networks and permutations.
MineEstimate mine_estimate(const MineParams *params, const InformationTask *task);

// Rows of the registry; the other two have another capacity under the same parameters: a quarter of the units (at least 4), and twice the units
// in one more layer.
extern const EstimatorType estimator_mine, estimator_mine_narrow, estimator_mine_wide;
