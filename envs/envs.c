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
    &(const EnvType)ENCODED(repeat_previous, "repeat-previous", ENCODED_DISCRETE,
                            "name the suit shown 3, 31 or 63 observations ago"),
    &(const EnvType)ENCODED(count_recall, "count-recall", ENCODED_DISCRETE,
                            "say how often the colour, suit or rank asked for was shown"),
    &(const EnvType)ENCODED(autoencode, "autoencode", ENCODED_DISCRETE,
                            "watch a deck of cards, then name their suits from the last to the first"),
    &(const EnvType)ENCODED(higher_lower, "higher-lower", ENCODED_DISCRETE, "bet whether the next card is higher or lower"),
    &(const EnvType)ENCODED(concentration, "concentration", ENCODED_DISCRETE, "turn cards two at a time and find pairs"),
    &(const EnvType)ENCODED(battleship, "battleship", ENCODED_DISCRETE,
                            "sink the fleet by naming cells; only whether a shot hit is seen"),
    &(const EnvType)ENCODED(mine_sweeper, "mine-sweeper", ENCODED_DISCRETE,
                            "open every cell that holds no mine, from clues about those around"),
    &(const EnvType)ENCODED(multiarmed_bandit, "multiarmed-bandit", ENCODED_DISCRETE, "find the arm that pays most often"),
    &(const EnvType)ENCODED(position_only_cartpole, "position-only-cartpole", ENCODED_DISCRETE,
                            "balance a pole on a cart, seeing positions without velocities"),
    &(const EnvType)ENCODED(velocity_only_cartpole, "velocity-only-cartpole", ENCODED_DISCRETE,
                            "balance a pole on a cart, seeing velocities without positions"),
    &(const EnvType)ENCODED(noisy_position_only_cartpole, "noisy-position-only-cartpole", ENCODED_DISCRETE,
                            "balance a pole on a cart, seeing positions through noise"),
    &(const EnvType)ENCODED(position_only_pendulum, "position-only-pendulum", ENCODED_CONTINUOUS,
                            "swing up a pendulum, seeing its angle without its velocity"),
    &(const EnvType)ENCODED(noisy_position_only_pendulum, "noisy-position-only-pendulum", ENCODED_CONTINUOUS,
                            "swing up a pendulum, seeing its angle through noise"),
    &(const EnvType)ENCODED(labyrinth_escape, "labyrinth-escape", ENCODED_DISCRETE, "find the way out of a maze"),
    &(const EnvType)ENCODED(labyrinth_explore, "labyrinth-explore", ENCODED_DISCRETE, "stand on every cell of a maze"),
};
const size_t env_type_count = sizeof env_types / sizeof *env_types;
