// Uniform actions: draws every action uniformly at random and learns nothing. For reference bars, and to compare an environment with its
// original. It has no network.
#pragma once

#include "algorithms/agents/agent.h"

typedef struct UniformParams {
    int episodes;
} UniformParams;

extern const AgentType agent_uniform;
