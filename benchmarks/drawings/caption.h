// Captions: every figure says where it comes from, what is scaled down, how many runs it shows, what its intervals are, what broke down,
// and which code made it. All texts are the caller's to free.
#pragma once

#include "benchmarks/drawings/panel.h"

// Legend name of a cell: the palette's, or its own.
const char *cell_label(const char *name);

// The whole caption. `shown` says what is drawn, in sentences; `policy`, a clause, what became of runs that broke down (NULL where they are
// left out); it appears only if there are any.
char *caption_text(const Panel *panels, size_t count, const char *shown, const char *policy);

// The same of learning curves made by curves_add: says first what lines and bands are, and of how many seeds: with a policy those that broke
// down are among them. Then `specifics`.
char *caption_curves(const Panel *panels, size_t count, const char *specifics, const char *policy);

// "10 seeds per cell", "3 to 10 seeds per cell and task", or each cell's number; `failed_too`: with those that broke down.
char *caption_seeds(const Panel *panels, size_t count, bool failed_too);

// An agent in plain words: "memoryless", "4 frames", "fed the belief", "fed the state", "recurrent (GRU)", "GRU, fed the state". `adds` is
// what it is shown beside the observation (envs: nothing, frames, belief, state), `frames` how many of them.
char *caption_agent(const char *cell, const char *adds, const char *frames);
