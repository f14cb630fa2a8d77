// What `engram bench statistics --save` keeps: the table, and the figure drawn by figures/coverage.gp.
#pragma once

#include "benchmarks/studies/coverage.h"

// Writes <results>/studies/statistics/coverage.csv and draws the figure into coverage/ beside it (figures/driver.h). *folder is that of
// both, to be freed. False with a message when something cannot be written; without gnuplot the table is there all the same.
bool coverage_save(const CoverageReport *report, const char *results, char **folder, Error *error);
