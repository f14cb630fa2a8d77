// The arms of a claim, as the experiment file has them: what is measured, in which runs. Part of reading a claim (claimspec.h).
#pragma once

#include "benchmarks/claimspec.h"

// Reads `a` or `b`. `like` is the arm whose measure stands in when the mapping names no series (NULL: it must). `*absent` is set when an
// option of the command line took all its runs out of the sweep.
bool armspec_read(const Experiment *experiment, const Sheet *sheet, const SheetNode *node, const ArmSpec *like, ArmSpec *arm,
                  bool *absent, Error *error);
void armspec_clear(ArmSpec *arm);
