// The figure of `engram bench kernels`, drawn by figures/speed.gp.
#pragma once

#include "benchmarks/speed/speed.h"

// Draws the rows of T = 100 into `folder` (figure.pdf, .svg, .png beside data and script). False with a message when gnuplot is missing or
// fails, or the report lacks LSTM or GRU; the data stay (figures/driver.h).
bool speed_draw(const SpeedReport *report, const char *folder, Error *error);
