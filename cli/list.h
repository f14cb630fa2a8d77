// What `engram list` prints.
#pragma once

#include <stdio.h>

#include "cli/cli.h"

// Environments, cells, agents, sections, experiments with run counts, views, figure scripts, and all parameters: for people,
// or with options->csv or ->json as one table (kind, name, parameter, type, default, accepts, help). False with a
// message when an experiment file is bad; then nothing was printed.
bool list_print(const Options *options, FILE *out, Error *error);
int cli_list(const Options *options);
