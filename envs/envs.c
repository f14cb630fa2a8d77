// The registry of environments: to add one, write its file and add its line.
#include "envs/env.h"
#include "envs/mountain_hike.h"
#include "envs/tmaze.h"

const EnvType *const env_types[] = {
    &tmaze_type,
    &mountain_hike_type,
};
const size_t env_type_count = sizeof env_types / sizeof *env_types;
