// From the runs of an experiment to its figures: gathers series into tidy tables, works out means and intervals, writes the caption and
// hands all of it to the driver (figures/driver.h). What is drawn is the committed script's business. The figures themselves are in
// benchmarks/drawings/.
//
// Folders: an experiment's own figure is in <results>/figures/<name>-<scale>/, a view of it in <results>/figures/<name>/<view>-<scale>/:
// "figures/" and what the command line names, with the scale.
#pragma once

#include "benchmarks/drawings/drawings.h"

// The scripts of figures/ that an experiment file may name, without ".gp"; NULL-terminated.
extern const char *const figure_scripts[];
// The views that it may name, NULL-terminated likewise.
extern const char *const figure_views[];

// Whether the experiment's own figure, or a view that its file names, shows estimates: then the finished runs must be analysed before (benchmarks/analyse.h).
bool figure_needs_analysis(const Experiment *experiment);

// Draws the experiment's own figure: one for all, or one for each combination of what varies beside the cell (then the folder's name goes
// on: "-length-50"). The views that the file names are drawn by figure_draw_view.
// Trains and analyses nothing: runs that are not finished are an error unless `partial`; then the caption says how many seeds each cell
// has. On success `*folders` are the folders, owned by the caller (figure_folders_free).
bool figure_draw(const char *results, const Experiment *experiment, bool partial, size_t *count, char ***folders, Error *error);
void figure_folders_free(size_t count, char **folders);

// Draws a view of the experiment. `*folder` is owned by the caller.
bool figure_draw_view(const char *results, const Experiment *experiment, const View *view, const ViewOptions *options,
                      bool partial, char **folder, Error *error);
