// Verdicts as files that other programs and people read. Each is written aside and renamed; false with a message when it cannot be.
#pragma once

#include "benchmarks/baseline.h"

// What a report says beside its verdicts; everything may be NULL.
typedef struct ReportNote {
    const char *how;               // where the verdicts come from, in one line
    const BaselineReport *gate;    // the comparison with a baseline ...
    const char *against;           // ... which is: "the runs of 1a2b3c"
} ReportNote;

// JUnit XML: a claim contrary to what is expected is a failure, an undecided, open or described one is skipped with the reason as its
// message. A claim that is worse than the baseline is a failure of a test suite of its own.
bool report_write_junit(CheckReport *const *reports, size_t count, const char *path, Error *error);
bool report_write_junit_noted(CheckReport *const *reports, const ReportNote *notes, size_t count, const char *path,
                              Error *error);

// A summary for a pull request: a table of the verdicts, the reasons of those that are not as expected, what the runs were, and how
// they compare with the baseline.
bool report_write_markdown(CheckReport *const *reports, size_t count, const char *path, Error *error);
bool report_write_markdown_noted(CheckReport *const *reports, const ReportNote *notes, size_t count, const char *path,
                                 Error *error);
