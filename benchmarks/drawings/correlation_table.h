// The table of correlations of mutual information and return, as text for people and for LaTeX. What is undefined is "-".
#pragma once

#include "benchmarks/drawings/association.h"

// One group of rows: a set of histories of a panel; its rows are the cells in order and then, where there are several, all of them.
typedef struct CorrelationGroup {
    const Association *of;
    size_t row_count;
    Correlation *rows;
} CorrelationGroup;

typedef struct CorrelationTable {
    const Experiment *experiment;
    const EstimatorStyle *estimator;
    size_t group_count;
    CorrelationGroup *groups;
} CorrelationTable;

// `of` [count] is borrowed.
CorrelationTable correlation_table_create(const Experiment *experiment, const EstimatorStyle *estimator, size_t count,
                                          const Association *of);
void correlation_table_clear(CorrelationTable *table);

// The cell of a row as data have it, "all" for the pooled one; and as people read it.
const char *correlation_cell(const CorrelationGroup *group, size_t row);
const char *correlation_cell_label(const CorrelationGroup *group, size_t row);

// "length 50, current policy, episode 4900". The caller's to free, as the following.
char *correlation_group_title(const CorrelationGroup *group);
// Sentences on what is shown, by the table or by the `plot`, and that the published table is not known here.
char *correlation_note(const CorrelationTable *table, bool plot);
char *correlation_text(const CorrelationTable *table);
// A `tabular` to be read with \input; it wants the package booktabs.
char *correlation_latex(const CorrelationTable *table);
