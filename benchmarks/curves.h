// Learning curves of several runs as rows of tidy tables: each run, and their mean with an interval.
#pragma once

#include "benchmarks/gather.h"
#include "figures/driver.h"

enum { CURVE_REPLICATES = 2000 };    // of the bootstrap; captions say so

typedef struct Curves {
    FigureTable *means;    // series, cell, episode, seeds, mean, low, high
    FigureTable *runs;     // series, cell, seed, episode, value
    const char *panel;     // NULL: else both tables begin with a column "panel", and this is its next value
} Curves;

Curves curves_create(void);    // both tables, empty; figure_add_table takes them over
// The same with a column "panel", and an empty line after each curve: gnuplot ends a line there. `panel` is borrowed and may be set anew.
Curves curves_create_panelled(const char *panel);

typedef struct CurveRange {    // of means and intervals that were added: for axes
    double x_high, low, high;
    size_t points;    // of the longest curve
} CurveRange;
CurveRange curve_range_empty(void);

// One series of one cell, all runs. Means ignore nothing: a value that is not finite makes the mean at its episode NaN, and the line has a
// gap there. Intervals: 95 %, percentile bootstrap over runs, pointwise; NaN for a single run. The runs must have the same episodes:
// otherwise false with a message that names the series. Widens `range` (may be NULL) by the means and their intervals.
bool curves_add(Curves *curves, const char *series, const char *cell, const Series *runs, const int64_t *seeds, size_t count,
                CurveRange *range, Error *error);

// A round distance between tics, so that a span has 2 to 5 of them.
double curve_tick(double span);
