// A separable critic and its training: what the estimators InfoNCE, NWJ and SMILE share (analysis/information/{infonce,nwj,smile}.h).
//
//     T(x, y) = f(x) . g(y),      F = f(X) g(Y)^T
//
// f and g are MLPs with ReLU that end in `embedding` linear units, so that the K x K scores of a batch of K pairs are one matrix product
// (van den Oord, Li and Vinyals 2018; Poole et al. 2019). y is the concatenation of its vectors and of a Deep Set's representation of
// each of its sets (analysis/information/deep_set.h), learned along with the rest.
//
// Training maximises an objective of F (analysis/information/bounds.h) by Adam, as MINE is trained (analysis/information/mine.h): every
// epoch meets the fitted pairs in a new random order, in blocks of K = min(batch, pairs) with nothing left over but what fills no block.
// The first `validation` share of the training pairs chooses the epoch, by the same objective. A batch whose gradient is not finite takes
// no step.
//
// The value is the mean over blocks of K pairs of a random permutation of the test pairs, whole blocks only, so that each joint pair is
// set against the K - 1 others of its block. Up to K - 1 test pairs are left out. With fewer test pairs than `batch`, K is their number.
// The value depends on K: InfoNCE cannot exceed log K, and the means of the others over pairs that do not belong together are those of one
// block at a time.
#pragma once

#include "analysis/information/information.h"
#include "core/kernels.h"
#include "core/rng.h"
#include "core/weights.h"

typedef enum CriticScaling { CRITIC_RAW, CRITIC_STANDARD } CriticScaling;

typedef struct CriticParams {
    int hidden, layers, embedding;    // of f and of g
    int batch, epochs;
    double learning_rate;    // of Adam
    double clip_norm;        // 0: no clipping
    double validation;       // share of the training pairs, the first ones, that chooses the epoch
    int restarts;            // the estimate is the mean over so many networks
    int patience;            // epochs without a better one after which training ends; 0: none
    double smile_tau;        // of SMILE
    int scaling;             // CriticScaling
} CriticParams;
extern const ParamTable critic_params;

// What an estimator makes of scores F [K, K]; all matrices F64 and of one shape. `gradient` and `work` may be written by all of them.
typedef struct CriticBound {
    // What training maximises, and its gradient.
    double (*objective)(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work);
    // What is reported; NULL: the objective.
    double (*value)(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix gradient, Matrix work);
    // Of an exponential mean in it; NULL: there is none.
    double (*effective_size)(const CriticParams *params, const Kernels *kernels, Matrix scores, Matrix work);
    double (*ceiling)(int block, int pairs);    // NULL: none
    double saturation;                          // a value so close to the ceiling is unreliable
} CriticBound;

// ---- one network ----------------------------------------------------------------------------------------------------------

// What it reads, row by row: y's vectors side by side, its sets apart.
typedef struct CriticPairs {
    Matrix x;         // [n, dx]
    Matrix vector;    // [n, dv]; no columns: y is nothing but sets
    int sets;
    Matrix set[INFORMATION_PARTS_MAX];    // [n, particles * size]
    int particles[INFORMATION_PARTS_MAX];
} CriticPairs;

typedef struct CriticValue {
    double objective, value;    // means over the blocks
    double variance;            // of `value`, from the spread of the blocks; NaN with one
    double ess;                 // of all blocks together; NaN where there is no exponential mean
    int block, blocks;
} CriticValue;

typedef struct Critic Critic;

// For pairs with the columns of `like`, blocks of at most `room` of them. `params` and `bound` are borrowed.
Critic *critic_create(const CriticParams *params, const CriticBound *bound, const CriticPairs *like, int room, DType type,
                      const Linalg *linalg);
void critic_destroy(Critic *critic);
// f's layers "x/layer0/weight" [dx, hidden], "x/layer0/bias", ..., "x/output/weight", "x/output/bias"; g's, "y/..."; the Deep Sets'.
Weights *critic_weights(Critic *critic);
// Weights and biases uniform on +-1/sqrt(fan in); Adam forgets.
void critic_initialise(Critic *critic, Rng *rng);

// The objective on one block, rows row[0..count-1]; the gradient of the NEGATIVE objective replaces that of the weights.
double critic_objective(Critic *critic, const CriticPairs *pairs, const int *row, int count);
// On all of `pairs`, at least 2, in the order of a permutation of them.
CriticValue critic_value(Critic *critic, const CriticPairs *pairs, const int *order);
// Fits on `pairs`, leaves the best weights in place and returns the value on the validation pairs there, NaN without any. Draws a
// permutation of the validation pairs, then one of the fitted pairs for every epoch.
double critic_train(Critic *critic, const CriticPairs *pairs, Rng *rng);

// ---- the estimate ---------------------------------------------------------------------------------------------------------

// Trains on task->train and reports on task->test. Restart r draws from (seed, RNG_ESTIMATOR, r): weights, the permutations of
// critic_train, then those of the test pairs and of the fitted pairs. Standardised columns have mean 0 and deviation 1 on the training
// pairs, those of a set over all its particles; columns without spread become 0. The networks work in float. Filled in:
//
//     value, sd          mean and deviation over restarts
//     low, high          value -+ t_{0.975} sqrt(variance + sd^2 / restarts), the variance from the blocks' spread (mean over restarts), t
//                        with blocks - 1 degrees of freedom. For the critics as they came out: says nothing of what they miss. NaN with
//                        one block
//     ceiling, pairs     of the bound; pairs in the blocks
//     train, validation  the same value on the fitted pairs and on the validation pairs, at the epoch that was chosen
//     ess                of all blocks (bounds.h); NaN where there is no exponential mean
//     unreliable         ess < 30, train - value > max(0.1, 0.2 train), value within `saturation` of the ceiling, or not finite
//
// False with a message for fewer than 2 pairs to test, to fit or to validate. Numbers that are not finite are the caller's mistake
// (asserted).
bool critic_estimate(const CriticBound *bound, const CriticParams *params, const InformationTask *task,
                     InformationEstimate *estimate, Error *error);
