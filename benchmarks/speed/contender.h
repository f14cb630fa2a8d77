// The other side of a bench: a script that runs in a process of its own and works when it is asked (benchmarks/speed/contender.py).
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/matrix.h"
#include "core/weights.h"

// ---- the file that both sides read -----------------------------------------------------------------------------------------

// A temporary file of arrays: for each a line "name type rows cols", then the numbers.
typedef struct Exchange {
    FILE *file;    // NULL: could not be made
    char path[256];
} Exchange;

bool exchange_open(Exchange *exchange, Error *error);
void exchange_put(Exchange *exchange, const char *name, Matrix values);    // F32 or I32, without gaps between rows
void exchange_put_weights(Exchange *exchange, const char *prefix, const Weights *weights);    // F32; names: prefix + own
bool exchange_finish(Exchange *exchange, Error *error);                                       // all is on the disk
void exchange_remove(Exchange *exchange);

// ---- the process ---------------------------------------------------------------------------------------------------------------

typedef struct Contender {
    pid_t process;    // 0: there is none
    FILE *ask, *answer;
    char version[64];    // or, when absent, why
} Contender;

// Starts `script` (in benchmarks/speed) with the file and one more word (NULL: none), single-threaded. What it needs and does not find
// (Python, PyTorch) is no error: then contender->process is 0 and contender->version says what is missing.
bool contender_start(Contender *contender, const char *script, const char *path, const char *word, Error *error);
// One piece of work: milliseconds of CPU time and a loss. False with a message when the process has died.
bool contender_ask(Contender *contender, const char *request, double *ms, double *loss, Error *error);
void contender_stop(Contender *contender);
