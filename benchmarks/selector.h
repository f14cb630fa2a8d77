// Which runs of a sweep something speaks about: {cell: gru}, {cell: [gru, lstm], length: 10}.
#pragma once

#include "benchmarks/experiment.h"
#include "benchmarks/sheet.h"

typedef struct SelectorTerm {
    char *name;    // of a parameter, or of an axis of named cases
    size_t count;
    char **values;    // canonical texts, any of them
    bool cases;       // names of cases,
    size_t axis;      // of the axis at this place among the experiment's
} SelectorTerm;

typedef struct Selector {
    size_t count;    // 0: all runs
    SelectorTerm *terms;
} Selector;
bool selector_covers(const Selector *selector, const SweepRun *run);

// Reads the mapping: parameters of the experiment and values that they can take, axes of named cases and their cases. What names no run of the sweep is refused at its
// place, unless an option of the command line fixed that parameter: then `*absent` is set, and there is nothing to select. With `*absent`
// set before (the claim is not made at this scale), the sweep is not asked.
bool selector_read(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, Selector *selector, bool *absent,
                   Error *error);
void selector_clear(Selector *selector);

// Whether the selector names this parameter (its short name).
bool selector_names(const Selector *selector, const char *name);

// Whether the selector tells values of this axis apart: names it, or a parameter that its cases set.
bool selector_divides(const Selector *selector, const Experiment *experiment, const Axis *axis);

// Whether a value of the term is one that the selector allows for that parameter.
bool selector_meets(const Selector *selector, const SelectorTerm *term);

// "cell = gru", "cell = gru or lstm, length = 10"; "" for all runs. Owned by the caller.
char *selector_text(const Selector *selector);
