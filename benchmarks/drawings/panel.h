// Which runs of an experiment belong together in a picture, and their series as rows of tables.
#pragma once

#include "benchmarks/curves.h"
#include "benchmarks/gather.h"
#include "benchmarks/scoring.h"

typedef struct Cell {
    char name[PARAM_TEXT_SIZE];
    size_t run_count;
    size_t *runs;    // indices into the gathering: finished ones
    int64_t *seeds;
    size_t failed_count;    // those that broke down in training
    size_t *failed;         // indices into the gathering
    bool memory;            // has series of (h, c)
} Cell;

// The runs that share everything but cell and seed. For scores, a panel is a task.
typedef struct Panel {
    Gathering *gathering;
    char *rest;     // what varies beside the cell: "length-50"; empty when nothing does
    char *title;    // the same for people: "length 50"
    size_t cell_count;
    Cell *cells;
    size_t runs, failed;     // of the panel, and how many broke down
    const Config *config;    // of one of its runs
    ReturnScale scale;       // of its environment
} Panel;

// All panels of an experiment, in the order of the sweep. Every combination is trained with every cell: all have the same cells.
typedef struct Panels {
    Gathering *gathering;
    size_t count;
    Panel *panel;
} Panels;

// `gathering` is borrowed. NULL with a message when an environment refuses its parameters.
Panels *panels_create(Gathering *gathering, Error *error);
void panels_destroy(Panels *panels);

// Whether an axis is the cell's.
bool panel_cell_axis(const Axis *axis);

// What varies beside the cell, and beside the axis `without` (may be NULL): "length-50-stochasticity-0.2", or in other joints. The caller's
// to free; empty when nothing does.
char *panel_rest(const Experiment *experiment, const SweepRun *run, const Axis *without, const char *between,
                 const char *inside);

// An LSTM's (h, c): the series have this behind the name of the set ("mine/bank-memory"), the cell in tables likewise.
#define MEMORY_SUFFIX "-memory"

// Adds a series of a cell, where all its runs have it, as `name`; `shown` is the cell's name in the table. Whether they have it comes in
// `*there`.
bool panel_add_series(const Panel *panel, Curves *curves, const Cell *cell, const char *series, const char *name,
                      const char *shown, CurveRange *range, bool *there, Error *error);

// Mean over runs of the last value of a series that is drawn as one line; NaN when no run has it.
bool panel_line_height(const Panel *panel, const char *series, double *height, Error *error);
