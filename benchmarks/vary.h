// The axes of an experiment: what its `vary` says (the format is in benchmarks/experiment.h), and how a combination becomes a configuration.
#pragma once

#include "benchmarks/experiment.h"
#include "benchmarks/sheet.h"

// Whether `vary` (may be NULL) has an axis of named cases of this name.
bool vary_names_cases(const Sheet *sheet, const SheetNode *vary, const char *name);

// Reads all axes onto an experiment whose base is there. False with a message at the place.
bool vary_read(Experiment *experiment, const Sheet *sheet, const SheetNode *vary, Error *error);

// What the command line has set: an axis of that parameter keeps its place with that one value, an axis of cases of that name with that
// case, and cases lose that parameter. False with a message for a case that there is not.
bool vary_fix(Experiment *experiment, const Setting *settings, size_t count, Error *error);

// Sets one combination, the value of each axis in `values`, on a copy of the base. False with a message.
bool vary_apply(const Experiment *experiment, const char *const *values, Config *config, Error *error);

// The values that cases give to a parameter, each time one does: `*count` of them in an array that is the caller's; the texts are not.
const char **vary_given(const Experiment *experiment, const char *name, size_t *count);

// Whether a case of the axis sets this parameter.
bool vary_sets(const Experiment *experiment, const Axis *axis, const char *name);

void vary_clear(Axis *axis);
