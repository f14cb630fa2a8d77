// Variables that the scripts of several figures read: the cells with their colours, limits and tics of axes.
#pragma once

#include "benchmarks/drawings/panel.h"
#include "figures/driver.h"

// A figure with a script of figures/ and the caption, which it takes over; width and height as in figure_create.
Figure *axes_figure(const char *script, char *caption, double width, double height);

// CELL_COUNT; by number CELL (name in tables), CELL_NAME (in legends), COLOUR, FAINT, STYLE (line type). Then the same for hidden states, which
// may be there twice, for the LSTM as h and as (h, c): STATE_COUNT, STATE, STATE_NAME, STATE_COLOUR, STATE_STYLE.
void axes_cells(Figure *figure, const Panel *panel);

// Round limits of an axis, and the distance between its tics.
typedef struct Limits {
    double low, high, tick;
} Limits;
// Around low..high, of which one may not be finite; `room` is added above, as a share of the span: for a label there.
Limits axes_limits(double low, double high, double room);

// AXIS_MIN, AXIS_MAX, AXIS_TICK: those of axes_limits.
void axes_range(Figure *figure, const char *axis, double low, double high, double room);

// X_MAX, X_TICK, MARKS (every so many points have a marker) of training episodes.
void axes_episodes(Figure *figure, const CurveRange *range);

// PANEL_COUNT; by number PANEL (name in tables), PANEL_TITLE, OPTIMUM, RANDOM (expected returns of the references; NaN:
// unknown). OPTIMUM_NAME says whether the optima are bounds.
void axes_panels(Figure *figure, const Panels *panels);

// Small multiples: how many panels stand beside each other, and the size in inches that a figure of them has. A single panel is as wide as
// a column of a journal, several as wide as its page.
typedef struct Grid {
    int columns, rows;
    double width, height;
} Grid;
Grid axes_grid(size_t panels);
void axes_set_grid(Figure *figure, Grid grid);    // COLUMNS, ROWS: figures/common.gp places the panels

// Van der Corput's sequence within (-0.5, 0.5): the first points of any number lie far apart. For points that would hide each other.
double axes_spread(unsigned rank);
