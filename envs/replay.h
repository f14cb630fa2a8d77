// Replays recorded actions and observations through an environment's belief filter: for debugging and for conformance.
//
// Input: a CSV table with the column `action` and the observation: `obs_0`..`obs_{n-1}`, or `obs` alone where the
// observation is a single number, or one-hot (then `obs` is its index). Where it is several whole numbers, encoded one-hot
// (EnvSpec.observation_numbers), the columns are these numbers; an action of several numbers is its index in their list,
// the last number running fastest (envs/encoded.h). Other columns are ignored. A row with action -1 begins an episode and
// holds its first observation; any other row holds an action and the observation that followed it.
//
// Output: `episode,t,action,obs,belief_0,...` (`obs_0,...` if the input has those), one line per row; action and
// observation as they were read, beliefs with 9 significant digits, part after part. A set of particles is written as its summary: for
// columns x, y and a label, in belief_0 and so on, the means of x and y, their covariances xx, xy, yy, then for each label its share of the
// particles and that share's parts of the means of x and y (envs/belief.h); or, on request, every particle, one after the other. On request then the privileged state, as far as
// the file fixes it: a component on which the states of positive probability disagree stays empty. An environment
// without a filter has no belief columns.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/csv.h"
#include "core/error.h"
#include "envs/env.h"

typedef struct ReplayOptions {
    bool privileged;
    bool particles;    // every particle of a set instead of its summary
} ReplayOptions;

// False with "file:line: what" at the first malformed row or impossible observation (probability zero under the
// belief). All lines written before are whole and valid.
bool replay_table(const Env *env, const CsvTable *table, const ReplayOptions *options, FILE *out, Error *error);
bool replay_file(const Env *env, const char *path, const ReplayOptions *options, FILE *out, Error *error);
