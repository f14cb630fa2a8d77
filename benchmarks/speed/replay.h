// The committed replay memories of benchmarks/speed/replay: the same transitions for every contender and every version of the program.
#pragma once

#include "algorithms/agents/replay_buffer.h"
#include "core/error.h"

// Fills the buffer with the first `transitions` transitions of the T-Maze of that length. False with file:line and what was found when
// the file is not as its README says, or has fewer.
bool speed_replay_read(int length, int transitions, ReplayBuffer *replay, Error *error);
