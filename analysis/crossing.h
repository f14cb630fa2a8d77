// Up to which difficulty a task is mastered: where the scores of an algorithm, over tasks in order of difficulty, fall below a threshold.
#pragma once

#include "analysis/scores.h"

// Position along the tasks: k + f lies between tasks k and k + 1, counted from 0, at the share f of the way. The curve goes straight from
// one task's mean over runs to the next; the first place where it falls below `threshold` counts, whatever comes after. Where the
// difficulties are numbers, straight lines in any scale of them give the same k and f: crossing_at takes the position there.
//
// Censored: -1 when the first task is below already, `tasks` when no task is. They are numbers so that the position has quantiles:
// of a bootstrap (bootstrap_function with this as the function), those beyond the ends mean "less than the first", "more than the last".
// NaN where scores are undefined.
double scores_crossing(const Scores *x, double threshold);

// The value at a position on a scale: scale[count] by task. -INFINITY and INFINITY beyond its ends.
double crossing_at(double position, const double *scale, int count);
