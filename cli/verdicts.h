// How verdicts are printed: the table and its sentences for people, CSV and JSON for programs, and the two shorter tables of a gate
// and of a budget.
#pragma once

#include "benchmarks/baseline.h"
#include "benchmarks/budget.h"
#include "benchmarks/check.h"
#include "cli/cli.h"

// `how` says where the verdicts come from, when not from the runs just read ("reused: ..."); NULL: nothing is said.
void cli_print_verdicts(const Options *options, CheckReport *const *reports, size_t count, const char *how);
void cli_print_gate(const Options *options, const BaselineReport *gate, const char *against, FILE *out);
void cli_print_allocation(const BudgetReport *report, FILE *out);
