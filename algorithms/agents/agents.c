// The registry of agents. To add one: write its file, include its header and add its line here.
#include <string.h>

#include "algorithms/agents/drqn.h"
#include "algorithms/agents/supervised.h"
#include "algorithms/agents/uniform.h"

const AgentType *const agent_types[] = {&agent_drqn, &agent_supervised, &agent_uniform};
const size_t agent_type_count = sizeof agent_types / sizeof *agent_types;

const AgentType *agent_find(const char *name, Error *error) {
    const char *names[sizeof agent_types / sizeof *agent_types];
    for (size_t i = 0; i < agent_type_count; i++) {
        names[i] = agent_types[i]->name;
        if (strcmp(name, names[i]) == 0) return agent_types[i];
    }
    error_unknown(error, "agent", name, names, agent_type_count);
    return NULL;
}
