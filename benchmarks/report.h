// Verdicts as files that other programs and people read. Each is written aside and renamed; false with a message when it cannot be.
#pragma once

#include "benchmarks/check.h"

// JUnit XML: a claim contrary to what is expected is a failure, an undecided, open or described one is skipped with the reason as its
// message.
bool report_write_junit(CheckReport *const *reports, size_t count, const char *path, Error *error);

// A summary for a pull request: a table of the verdicts, the reasons of those that are not as expected, what the runs were.
bool report_write_markdown(CheckReport *const *reports, size_t count, const char *path, Error *error);
