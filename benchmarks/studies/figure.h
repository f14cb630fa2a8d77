// What `engram bench statistics --save` and `engram bench mi --save` keep: the table, and the figure drawn by figures/coverage.gp and
// figures/information.gp.
#pragma once

#include "benchmarks/studies/coverage.h"
#include "benchmarks/studies/information.h"

// Writes <results>/studies/statistics/coverage.csv and draws the figure into coverage/ beside it (figures/driver.h). *folder is that of
// both, to be freed. False with a message when something cannot be written; without gnuplot the table is there all the same.
bool coverage_save(const CoverageReport *report, const char *results, char **folder, Error *error);

// Likewise <results>/studies/information/information.csv and the figure in information/. Also an error: a study without rows.
bool information_study_save(const InformationStudy *study, const char *results, char **folder, Error *error);
