// The registries of figures. Two kinds:
//
//   a drawing  is the figure of one experiment file, after a publication: `figure: {script: belief}` names it. It is drawn once for every
//              combination of what varies beside the cell, or once for all of them together.
//   a view     shows the runs of any experiment in a standard way: `engram figure NAME/curves`, or `figure: {script: belief, views: [curves]}`.
//              It is drawn once, with all combinations.
//
// To add one: a script in figures/, a file here that gathers its tables and ends with its row, and the row's name in drawings.c.
#pragma once

#include "benchmarks/drawings/panel.h"

typedef struct Drawing {
    const char *script;    // of figures/, without ".gp"
    // Whether the finished runs must have been analysed (benchmarks/analyse.h); NULL: never.
    bool (*needs_analysis)(const Experiment *experiment);
    // One of the two is NULL.
    bool (*draw)(Panel *panel, const char *folder, Error *error);               // a figure for each combination
    bool (*draw_together)(Panels *panels, const char *folder, Error *error);    // one for all
} Drawing;

// For needs_analysis.
bool drawing_always(const Experiment *experiment);

// What may be asked of a view on the command line.
typedef struct ViewOptions {
    double threshold;    // of scaling: the score that counts as solved; NaN: 0.5
    double step;         // of scatter and correlations: the checkpoint, in training episodes; NaN: the last that all runs have
} ViewOptions;

typedef struct View {
    const char *name;    // after the slash; also that of its script
    const char *help;    // one line, for lists
    bool (*needs_analysis)(const Experiment *experiment);
    bool (*draw)(Panels *panels, const ViewOptions *options, const char *folder, Error *error);
    const char *text;    // a file of its folder that the command line prints; NULL: none
} View;

extern const Drawing *const drawings[];
extern const size_t drawing_count;
extern const View *const views[];
extern const size_t view_count;

// NULL with the list and the nearest.
const View *view_find(const char *name, Error *error);
