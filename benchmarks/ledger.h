// Which files code of a known behaviour has made: the runs of an experiment, their failures and analyses, each with the digest of its contents
// and the behaviour (behaviour.h) of the program that made it. A later revision that behaves alike takes them as its own.
//
//     <results>/behaviour/made/<name>-<scale>.csv    file,digest,behaviour
#pragma once

#include "benchmarks/experiment.h"
#include "core/digest.h"

typedef struct Ledger Ledger;

// What is written there, with `behaviour` as that of the program. Nothing there, or nothing that can be read: an empty one, whose files are
// made again; that costs time and no correctness.
Ledger *ledger_open(const char *results, const Experiment *experiment, const char *behaviour);
void ledger_close(Ledger *ledger);

// Whether this behaviour made the file with these contents. Files are named from the results folder: "runs/x.h5".
bool ledger_has(const Ledger *ledger, const char *file, const char *digest);
// This behaviour made it; what was written about the file before is forgotten.
void ledger_note(Ledger *ledger, const char *file, const char *digest);

// Written aside and renamed. Files that are no longer there are left out.
bool ledger_write(const Ledger *ledger, Error *error);
