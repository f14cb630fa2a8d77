// The registry of environments: to add one, write its file and add its line. Of one in its own numbers (envs/natives.c) an EnvType is made.
#include "envs/encoded.h"
#include "envs/env.h"
#include "envs/mountain_hike.h"
#include "envs/popgym/popgym.h"
#include "envs/tmaze.h"

const EnvType *const env_types[] = {
    &tmaze_type,
    &mountain_hike_type,
    &(const EnvType)ENCODED(repeat_first, "repeat-first", ENCODED_DISCRETE, "name the suit of the first card, again and again"),
    &(const EnvType)ENCODED(labyrinth_escape, "labyrinth-escape", ENCODED_DISCRETE, "find the way out of a maze"),
    &(const EnvType)ENCODED(labyrinth_explore, "labyrinth-explore", ENCODED_DISCRETE, "stand on every cell of a maze"),
};
const size_t env_type_count = sizeof env_types / sizeof *env_types;
