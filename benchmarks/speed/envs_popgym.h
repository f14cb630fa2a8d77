// The rows of `engram bench envs` about POPGym: each environment and level, 1024 stepped together, beside the original in Python.
#pragma once

#include "benchmarks/speed/speed.h"

// `repeats` turns of each. False with a message when the table of the original's speed cannot be read.
bool envs_popgym(int repeats, SpeedReport *report, Error *error);
