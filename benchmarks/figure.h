// From the runs of an experiment to its figure: gathers series into tidy tables, works out means and intervals, writes the caption and
// hands all of it to the driver (figures/driver.h). What is drawn is the committed script's business.
#pragma once

#include "benchmarks/experiment.h"

// The scripts of figures/ that can be drawn, without ".gp"; NULL-terminated. What an experiment file may name.
extern const char *const figure_scripts[];

// Whether the figure shows estimates: then the finished runs must be analysed before (benchmarks/analyse.h).
bool figure_needs_analysis(const Experiment *experiment);

// Draws the experiment's figure into <results>/figures/<name>-<scale>/, one for each combination of what varies beside the cell
// (then the folder's name goes on: "-length-50"). Trains and analyses nothing: runs that are not finished are an error
// unless `partial`; then the caption says how many seeds each cell has. On success `*folders` are the folders, owned by the caller
// (figure_folders_free).
bool figure_draw(const char *results, const Experiment *experiment, bool partial, size_t *count, char ***folders, Error *error);
void figure_folders_free(size_t count, char **folders);
