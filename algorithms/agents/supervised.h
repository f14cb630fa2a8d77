// Supervised learning of a sequence task: minibatches of whole sequences, back-propagation through all of their time.
//
// Protocols: Lambrechts et al., Neural Networks 166, 2023 (Adam; the last fifth of the training sequences validates; the weights of the best
// validation are restored before the test); Tallec and Ollivier, "Can recurrent neural networks warp time?", ICLR 2018 (RMSprop; fresh
// sequences for every batch; the learning rate halved when the loss stops falling).
#pragma once

#include "algorithms/agents/agent.h"
#include "core/optim.h"

typedef struct SupervisedParams {
    int steps;    // gradient steps in all, those of warmup included
    int batch;
    int train_samples;         // sequences, the last `validation_samples` of which validate; 0: fresh ones for every batch
    int validation_samples;    // 0: no validation
    int test_samples;
    int optimiser;    // an OptimKind
    double learning_rate, decay, clip_norm;
    int halve_after;          // gradient steps without a better validation loss until the learning rate is halved; 0: never
    int evaluation_period;    // gradient steps
    bool restore;             // the best validation's weights before the test
    int lengthen;             // also test on the task made 2, 3, ... times as long, up to this factor; 1: not
} SupervisedParams;

extern const AgentType agent_supervised;

// One learner's batch, for tests against golden numbers and for benchmarks.
typedef struct SupervisedLearner SupervisedLearner;

SupervisedLearner *supervised_learner_create(const TaskSpec *spec, const Network *network, int batch, const Linalg *linalg);
void supervised_learner_destroy(SupervisedLearner *learner);
TaskSequence *supervised_learner_sample(SupervisedLearner *learner, int index);    // place `index` of the batch, to be filled

typedef struct SupervisedLoss {
    double loss;        // mean over the scored steps
    double accuracy;    // share of right classes; NaN for regression
    int scored;
} SupervisedLoss;

// Of the first `count` samples. With `gradients` the network's are replaced by those of the loss.
SupervisedLoss supervised_learner_loss(SupervisedLearner *learner, int count, bool gradients);
size_t supervised_learner_memory(const SupervisedLearner *learner);
