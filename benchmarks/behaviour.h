// Whether the code behaves as it did: the digest of short runs. Every combination of the judged sweep is trained for a moment, with the
// smoke scale's sizes and the first judged seed, and analysed; a change of arithmetic, environment, cell, agent or estimator shows in
// the digests of these runs, and so does a short run that breaks down. Kept below <results>/behaviour, so that the same code answers at
// once; another code revision makes them anew, and so does one that cannot be told from another (renew.h).
//
// Equal digests mean that nothing that these runs touch has changed. They are short: a fault that shows only later in training is
// not seen; the gate that a changed digest leads to, and the nightly evidence, look at whole runs.
#pragma once

#include "benchmarks/scheduler.h"
#include "core/digest.h"

// `settings` are those of the command line that `experiment` was loaded with. Progress goes to schedule->out; schedule->results is
// the results folder. False with a message, also when it was interrupted (then `*interrupted`).
bool behaviour_digest(const Experiment *experiment, const Setting *settings, size_t count, const ScheduleOptions *schedule,
                      char digest[DIGEST_SIZE], bool *interrupted, Error *error);
