// Deep recurrent Q-network (DRQN) as in the belief study: full histories, loss on the last step, replay of transitions, hard target copy.
#pragma once

#include "algorithms/agents/agent.h"
#include "algorithms/agents/replay_buffer.h"

typedef struct DrqnParams {
    int episodes;
    int gradient_steps;      // per episode
    int batch;               // transitions per gradient step, with replacement
    int capacity;            // transitions in the replay memory
    int target_period;       // episodes between two hard copies
    double epsilon;          // share of actions from the environment's exploration policy
    double learning_rate;    // Adam
    double clip_norm;
    int evaluation_period, evaluation_episodes;
    bool prefill;    // before the first episode the replay memory is filled by the exploration policy
} DrqnParams;

extern const AgentType agent_drqn;

// One learner's batch: computes targets and loss for given transitions and adds nothing to any weight. For tests against golden numbers and
// for benchmarks on a fixed replay.
typedef struct DrqnLearner DrqnLearner;

DrqnLearner *drqn_learner_create(const EnvSpec *spec, const Network *online, const Network *target, int batch,
                                 const Linalg *linalg);
void drqn_learner_destroy(DrqnLearner *learner);

// Fills the online network's gradients with those of the loss, mean over the batch of (Q(h_t)[a_t] - y)^2, and returns the loss.
// target y = r + discount (1 - terminal) max_a Q_target(h_{t+1})[a]. Optional outputs by position in the batch (NULL: not wanted).
double drqn_learner_gradient(DrqnLearner *learner, const ReplayBuffer *replay, const Transition *batch, double *targets,
                             double *predictions);
size_t drqn_learner_memory(const DrqnLearner *learner);
