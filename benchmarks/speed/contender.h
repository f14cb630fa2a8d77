// A side of a bench that works in a process of its own, when it is asked: a Python script, a program, or a function of ours.
// Request and answer are a line each (benchmarks/speed/serve.h, contender.py).
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "core/error.h"

// What to start: exactly one of script, program and function. Single-threaded whatever the environment says.
typedef struct ContenderCommand {
    const char *name;                  // "PyTorch": as messages call it
    const char *script;                // a file in benchmarks/speed, for Debian's Python
    const char *program;               // a name in the folder of contenders, see contender_folder
    int (*function)(void *context);    // of this program; returns the exit code
    void *context;                     // for `function`
    const char *words[2];              // arguments of script and program; NULL: none
    const char *const *environment;    // "NAME=VALUE" for it, NULL-terminated; NULL: none
} ContenderCommand;

// What holds a side to AVX2: our kernels, oneDNN alone and in PyTorch, PyTorch's own loops, the OpenBLAS beneath it.
extern const char *const contender_held_to_avx2[];

typedef struct Contender {
    pid_t process;    // 0: there is none
    FILE *ask, *answer;
    char name[32];
    char version[64];    // or, when absent, why
} Contender;

// What the command needs and does not find (Python, PyTorch, the program) is no error: then contender->process is 0 and
// contender->version says what is missing.
bool contender_start(Contender *contender, const ContenderCommand *command, Error *error);
// One piece of work: milliseconds of CPU time and a value. False with a message when the process has died.
bool contender_ask(Contender *contender, const char *request, double *ms, double *value, Error *error);
void contender_stop(Contender *contender);

// Where compiled contenders are: $ENGRAM_CONTENDERS, else `benchmarks` beside this program, else ../libexec/engram from there.
void contender_folder(char *folder, size_t size);
