// The claims of an experiment file.
#pragma once

#include "benchmarks/experiment.h"
#include "benchmarks/sheet.h"

// Reads the list under `claims` and keeps those for the experiment's scale. False with a message that names the place.
bool claimspec_read(Experiment *experiment, const Sheet *sheet, const SheetNode *list, Error *error);
void claimspec_clear(ClaimSpec *claim);    // frees what it owns
