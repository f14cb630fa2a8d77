// The registry of environments in their own numbers: to add one, write its file and add its line.
#include "envs/native.h"
#include "envs/popgym/popgym.h"

// clang-format off
const NativeType *const native_types[] = {
    &repeat_first,
    &repeat_previous,
    &count_recall,
    &autoencode,
    &higher_lower,
    &concentration,
    &battleship,
    &mine_sweeper,
    &multiarmed_bandit,
    &position_only_cartpole,
    &velocity_only_cartpole,
    &noisy_position_only_cartpole,
    &position_only_pendulum,
    &noisy_position_only_pendulum,
    &labyrinth_escape,
    &labyrinth_explore,
};
// clang-format on
const size_t native_type_count = sizeof native_types / sizeof *native_types;
